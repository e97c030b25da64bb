"""Score-CAM: show the network the image through each channel, and weight the channel by the score it gets.

    m_k = minmax(up(A_k)) in [0, 1]        w = softmax_k(s(x * m_k))        M = sum_k w_k A_k

`up` is bilinear to the input size with aligned corners. The softmax runs over the channels. No gradients are
used, at the price of one forward pass a channel; channels that are constant all give the same black mask and
share one.

Wang et al., Score-CAM: Score-Weighted Visual Explanations for Convolutional Neural Networks, CVPRW 2020.
"""

import torch
from torch import nn
from torch.nn import functional as F

from ..network.batches import Progress
from ..network.scores import Score
from ..scoring.perturbations import score_inputs
from ._family import cam_spec, weighted_sum

EPSILON = 1e-8


def score_cam(
    scorer: nn.Module, x: torch.Tensor, score: Score, activations: torch.Tensor, progress: Progress
) -> torch.Tensor:
    """(N, 3, H, W) inputs and (N, C, h, w) activations -> (N, h, w), C forward passes an image."""
    weights = [
        channel_scores(scorer, x[i : i + 1], score.of(i), activations[i], progress).softmax(0)
        for i in range(len(x))
    ]
    return weighted_sum(torch.stack(weights), activations)


def channel_scores(
    scorer: nn.Module, x: torch.Tensor, score: Score, channels: torch.Tensor, progress: Progress
) -> torch.Tensor:
    """The score of one image seen through each of its channels: (1, 3, H, W) and (C, h, w) -> (C,)."""
    constant = channels.amax((1, 2)) == channels.amin((1, 2))
    rows = torch.cat([(~constant).nonzero()[:, 0], constant.nonzero()[:1, 0]])

    def make(start: int, stop: int) -> torch.Tensor:
        masks = F.interpolate(
            channels[None, rows[start:stop]], x.shape[2:], mode="bilinear", align_corners=True
        )[0]
        low, high = masks.amin((1, 2), keepdim=True), masks.amax((1, 2), keepdim=True)
        masks = (masks - low) / (high - low + EPSILON)
        return x * masks[:, None]

    def look(found: torch.Tensor) -> None:
        known = channels[rows[: len(found)]]
        progress.show(torch.tensordot(found.softmax(0), known, 1), len(found), len(rows))

    found = score_inputs(scorer, make, len(rows), score, x.device, progress, seen=look)
    scores = found.new_empty(len(channels))
    scores[rows] = found
    scores[constant] = found[-1]
    return scores


SPEC = cam_spec(
    "score_cam",
    "Score-CAM",
    score_cam,
    ("scorer", "x", "score", "activations", "progress"),
    formula=r"w=\mathrm{softmax}_k\, s(x\odot m_k),\quad m_k=\mathrm{minmax}(\mathrm{up}(A_k))",
    paper="Wang et al., CVPR Workshops 2020",
    url="https://arxiv.org/abs/1910.01279",
    reading=(
        "Bright where the channels are active through which the network still sees the class. No "
        "gradients; one pass a channel."
    ),
    colour="#3B8C57",
    passes=lambda layer, params, size: layer.channels,
)
