"""IS-CAM: Score-CAM with the score added up while the channel's mask fades in.

    w = softmax_k (1/n sum_i s(c_i x * m_k))        M = sum_k w_k A_k        m_k as in Score-CAM

    path "sum":        c_i = sum_{j <= i} j / n      (up to (n + 1) / 2)
    path "straight":   c_i = i / n                   (up to 1)

"sum" adds each step's picture to those before it, as torch-cam does; the picture then is up to (n + 1) / 2
times as bright as the network ever saw one. "straight" is the integral from the black picture to the masked
one that the method is named for. With one step both are Score-CAM. x is the normalised input, so that "black"
is its zero, a grey. The softmax runs over the channels and takes any constant away, also the score of a
baseline.

torch-cam scales the small activation to 0..1 and then enlarges it without aligned corners; here, as in
Score-CAM, it is enlarged with aligned corners, and the order makes no difference.

Naidu, Ghosh, Maurya, Nayak and Kundu, IS-CAM: Integrated Score-CAM for Axiomatic-based Explanations, 2020.
"""

import torch
from torch import nn

from ..network.batches import Progress
from ..network.scores import Score
from ..parameters import Param
from ._channel_masks import channel_scores
from ._family import cam_spec, weighted_sum

PATHS = ("sum", "straight")


def is_cam(
    scorer: nn.Module,
    x: torch.Tensor,
    score: Score,
    activations: torch.Tensor,
    progress: Progress,
    steps: int = 10,
    path: str = "sum",
) -> torch.Tensor:
    """(N, 3, H, W) inputs and (N, C, h, w) activations -> (N, h, w), `steps` x C forward passes an image."""
    factors = x.new_tensor(coefficients(steps, path))

    def weights(i: int) -> torch.Tensor:
        def seen(masks: torch.Tensor, rounds: list[int]) -> torch.Tensor:
            return x[i : i + 1] * masks * factors[rounds].view(-1, 1, 1, 1)

        size = (x.shape[2], x.shape[3])
        found = channel_scores(scorer, size, score.of(i), activations[i], progress, seen, steps)
        return found.softmax(0)

    return weighted_sum(torch.stack([weights(i) for i in range(len(x))]), activations)


def coefficients(steps: int, path: str) -> list[float]:
    """c_1 .. c_n."""
    if path == "straight":
        return [i / steps for i in range(1, steps + 1)]
    return [i * (i + 1) / 2 / steps for i in range(1, steps + 1)]


SPEC = cam_spec(
    "is_cam",
    "IS-CAM",
    is_cam,
    ("scorer", "x", "score", "activations", "progress"),
    params=(
        Param(
            "steps", "int", 10, "Strengths at which each channel's mask is tried.", low=1, high=100, step=1
        ),
        Param(
            "path",
            "choice",
            "sum",
            "How the mask fades in: each step added to those before it, or straight to the whole mask.",
            choices=PATHS,
        ),
    ),
    formula=r"w=\mathrm{softmax}_k\,\frac1n\sum_i s(c_i\,x\odot m_k),\quad c_i=\sum_{j\le i}\frac jn",
    paper="Naidu et al., 2020",
    url="https://arxiv.org/abs/2010.03023",
    reading=(
        "Like Score-CAM, with each channel's picture tried at many strengths, so that no single one of them "
        "decides."
    ),
    colour="#2C6E49",
    passes=lambda layer, params, size: layer.channels * params["steps"],
    plain=(
        "As in Score-CAM, the network scores the picture seen through each channel. The score is added "
        "up while the mask fades in, step by step, and its softmax is the channel's weight. It answers "
        "through which channels the class appears."
    ),
    fails=(
        "With the path of the published code the picture becomes much brighter than any real one. "
        "Masked pictures are unlike those of training, as in Score-CAM."
    ),
)
