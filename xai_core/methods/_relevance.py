"""What AttnLRP and CP-LRP share: their parameters, the fact that both report, and the run."""

from __future__ import annotations

from typing import Any

import torch

from ..network.attention import Attention
from ..network.relevance import patch_relevance
from ..network.scores import Score
from ._family import CONTRAST

PARAMS = (CONTRAST,)
FACTS = {"explained": "Share of the score that the map adds up to"}


def explained_relevance(
    attention: Attention,
    score: Score,
    logits: torch.Tensor,
    through_attention: bool,
    facts: dict[str, Any] | None,
) -> torch.Tensor:
    """(N, h, w), and the fact "explained": the map's sum over the score. `logits` (N, K): the network's."""
    scores = score(logits)
    net, x = attention.net, attention.x
    found = patch_relevance(net, x, attention.embedding, score, scores, through_attention)
    if facts is not None:
        facts["explained"] = found.sum((1, 2)) / scores
    return found
