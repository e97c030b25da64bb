"""The picture seen through each channel of a layer, for the methods that weight channels by what the network
then says.

    m_k = minmax(up(A_k)) in [0, 1]

`up` is bilinear to the input size with aligned corners. Channels that are constant all give the same mask and
share one.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn
from torch.nn import functional as F

from ..network.batches import Progress
from ..network.scores import Score
from ..scoring.perturbations import score_inputs

EPSILON = 1e-8
Seen = Callable[[torch.Tensor, list[int]], torch.Tensor]  # masks (B, 1, H, W), rounds (B) -> (B, 3, H, W)


def channel_masks(channels: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    """m_k: (C, h, w) -> (C, H, W)."""
    masks = F.interpolate(channels[None], size, mode="bilinear", align_corners=True)[0]
    low, high = masks.amin((1, 2), keepdim=True), masks.amax((1, 2), keepdim=True)
    return (masks - low) / (high - low + EPSILON)


def channel_scores(
    scorer: nn.Module,
    size: tuple[int, int],
    score: Score,
    channels: torch.Tensor,
    progress: Progress,
    seen: Seen,
    rounds: int = 1,
) -> torch.Tensor:
    """The mean score (C,) of one image seen through each of its channels (C, h, w) in every round.

    `seen(masks, rounds)` makes the pictures, each from a mask and the number of its round. All channels have
    their turn in a round before the next one starts, so that the growing map is one of fewer rounds."""
    constant = channels.amax((1, 2)) == channels.amin((1, 2))
    rows = torch.cat([(~constant).nonzero()[:, 0], constant.nonzero()[:1, 0]])
    total = rounds * len(rows)

    def make(start: int, stop: int) -> torch.Tensor:
        places = [n % len(rows) for n in range(start, stop)]
        masks = channel_masks(channels[rows[places]], size)
        return seen(masks[:, None], [n // len(rows) for n in range(start, stop)])

    def mean(found: torch.Tensor) -> torch.Tensor:
        whole = len(found) // len(rows)
        return found if not whole else found[: whole * len(rows)].view(whole, len(rows)).mean(0)

    def look(found: torch.Tensor) -> None:
        known = mean(found)
        progress.show(torch.tensordot(known.softmax(0), channels[rows[: len(known)]], 1), len(found), total)

    found = mean(score_inputs(scorer, make, total, score, channels.device, progress, seen=look))
    scores = found.new_empty(len(channels))
    scores[rows] = found
    scores[constant] = found[-1]
    return scores
