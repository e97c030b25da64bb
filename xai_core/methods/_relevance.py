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
    attention: Attention, score: Score, through_attention: bool, facts: dict[str, Any] | None
) -> torch.Tensor:
    """(N, h, w), and the fact "explained": sum of the map over the score."""
    found, scores = patch_relevance(attention.net, attention.x, score, through_attention)
    if facts is not None:
        facts["explained"] = found.sum((1, 2)) / scores
    return found
