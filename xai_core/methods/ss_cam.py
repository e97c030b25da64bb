"""SS-CAM: Score-CAM with the score averaged over noise.

    w = softmax_k (1/n sum_i s_ki)        M = sum_k w_k A_k        m_k as in Score-CAM

    smooth "activations":   s_ki = s(x * (m_k + e_i))        e_i ~ N(0, sigma^2), one value a place
    smooth "input":         s_ki = s(x * m_k + e_i)          one value a place and colour

x is the normalised input. Both are in the paper, with sigma = 2. The same noise e_i serves all channels, so
that they differ by their masks alone; torch-cam, which has "activations" only, draws anew for each channel.
With sigma = 0 it is Score-CAM. Each e_i has a seed of its own, so that the size of the batches changes
nothing.

Known failure: a mask lies in 0..1, and noise of deviation 2 buries it. The weights then are nearly equal and
the map is nearly the mean of all channels.

Wang, Naidu, Michael and Kundu, SS-CAM: Smoothed Score-CAM for Sharper Visual Feature Localization, 2020.
"""

from functools import lru_cache

import torch
from torch import nn

from ..network.batches import Progress
from ..network.scores import Score
from ..parameters import Param
from ._channel_masks import channel_scores
from ._family import cam_spec, weighted_sum

SMOOTH = ("activations", "input")


def ss_cam(
    scorer: nn.Module,
    x: torch.Tensor,
    score: Score,
    activations: torch.Tensor,
    generator: torch.Generator,
    progress: Progress,
    samples: int = 10,
    sigma: float = 2.0,
    smooth: str = "activations",
) -> torch.Tensor:
    """(N, 3, H, W) inputs and (N, C, h, w) activations -> (N, h, w), `samples` x C forward passes an
    image."""
    size = (x.shape[2], x.shape[3])
    seeds = torch.randint(2**62, (len(x), samples), generator=generator)

    def weights(i: int) -> torch.Tensor:
        image = x[i : i + 1]

        @lru_cache(2)  # a batch may hold the end of a round and the start of the next
        def noise(number: int) -> torch.Tensor:
            drawn = torch.Generator().manual_seed(int(seeds[i, number]))
            shape = (1, *size) if smooth == "activations" else (3, *size)
            return sigma * torch.randn(shape, generator=drawn).to(x)

        def seen(masks: torch.Tensor, rounds: list[int]) -> torch.Tensor:
            drawn = torch.stack([noise(number) for number in rounds])
            return image * (masks + drawn) if smooth == "activations" else image * masks + drawn

        found = channel_scores(scorer, size, score.of(i), activations[i], progress, seen, samples)
        return found.softmax(0)

    return weighted_sum(torch.stack([weights(i) for i in range(len(x))]), activations)


SPEC = cam_spec(
    "ss_cam",
    "SS-CAM",
    ss_cam,
    ("scorer", "x", "score", "activations", "generator", "progress"),
    params=(
        Param("samples", "int", 10, "Draws of the noise.", low=1, high=100, step=1),
        Param("sigma", "float", 2.0, "Standard deviation of the noise.", low=0, high=5, step=0.1),
        Param(
            "smooth",
            "choice",
            "activations",
            "What the noise is added to: the channel's mask, or the picture seen through it.",
            choices=SMOOTH,
        ),
    ),
    formula=r"w=\mathrm{softmax}_k\,\frac1n\sum_i s\bigl(x\odot(m_k+\varepsilon_i)\bigr)",
    paper="Wang et al., 2020",
    url="https://arxiv.org/abs/2006.14255",
    reading=(
        "Like Score-CAM, with each channel's picture tried under noise. Strong noise leaves little of the "
        "difference between channels."
    ),
    colour="#4FA36C",
    passes=lambda layer, params, size: layer.channels * params["samples"],
    plain=(
        "As in Score-CAM, the network scores the picture seen through each channel. Noise is added many "
        "times, and the mean score decides the channel's weight. It answers through which channels the "
        "class is seen reliably."
    ),
    fails=(
        "Masks lie between 0 and 1, and the published noise of deviation 2 buries them. All weights are "
        "then nearly equal, and the map is nearly the mean of all channels."
    ),
)
