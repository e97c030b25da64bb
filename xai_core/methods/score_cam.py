"""Score-CAM: show the network the image through each channel, and weight the channel by the score it gets.

    m_k = minmax(up(A_k)) in [0, 1]        w = softmax_k(s(x * m_k))        M = sum_k w_k A_k

`up` is bilinear to the input size with aligned corners. The softmax runs over the channels. No gradients are
used, at the price of one forward pass a channel; channels that are constant all give the same black mask and
share one.

Wang et al., Score-CAM: Score-Weighted Visual Explanations for Convolutional Neural Networks, CVPRW 2020.
"""

import torch
from torch import nn

from ..network.batches import Progress
from ..network.scores import Score
from ._channel_masks import channel_scores
from ._family import cam_spec, weighted_sum


def score_cam(
    scorer: nn.Module, x: torch.Tensor, score: Score, activations: torch.Tensor, progress: Progress
) -> torch.Tensor:
    """(N, 3, H, W) inputs and (N, C, h, w) activations -> (N, h, w), C forward passes an image."""

    def weights(i: int) -> torch.Tensor:
        def seen(masks: torch.Tensor, _rounds: list[int]) -> torch.Tensor:
            return x[i : i + 1] * masks

        size = (x.shape[2], x.shape[3])
        return channel_scores(scorer, size, score.of(i), activations[i], progress, seen).softmax(0)

    return weighted_sum(torch.stack([weights(i) for i in range(len(x))]), activations)


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
    plain=(
        "Each channel is enlarged and used as a mask, and the network scores the picture seen through "
        "it. Channels are weighted by the softmax of these scores and summed. It answers through which "
        "channels the network still sees the class, without gradients."
    ),
    fails=(
        "A softmax over scores that differ by little makes all weights alike, and one over scores that "
        "differ by much leaves a single channel. Masked pictures are unlike those of training."
    ),
)
