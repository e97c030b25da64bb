"""XRAI: regions of the picture, ranked by the density of their Integrated Gradients.

    a = max_c mean_b A_c(b),   b black and white, A_c(b) the Integrated Gradients from b
    R_k = argmax_R mean of a over R \\ S_k,   S_{k+1} = S_k u R_k
    M = the mean of a over R_k \\ S_k, on R_k \\ S_k

The regions R overlap: they are the segments at six scales of `inputs.overlapping`. One after the other the
region is taken whose new pixels have the highest mean; a region that adds fewer than 50 pixels is left out,
and what no region covers gets its own mean. With algorithm "fast" the regions are ranked once, by their own
means. M may be negative: max over channels as in PAIR's saliency library, which is by the paper's authors.
For the same a and the same regions this module equals it. It differs in a, twice. The library takes the
lowest and the highest value of the input for black and white where no baselines are given; here they are the
pixel values 0 and 255. Its sum for the integral counts both ends of the way in full; here it is a
Gauss-Legendre sum of `steps` terms.

Known failures: the largest of three channels is positive where the channels are noise, so that values above
0 mean little and only differences count; the map cannot be finer than the segments, and evidence that is a
part of a segment is spread over all of it; the first regions are small ones with a high density, not the
whole object.

Kapishnikov, Bolukbasi, Viegas and Terry, XRAI: Better Attributions Through Regions, ICCV 2019.
"""

from typing import Any

import numpy as np
import torch
from torch import nn

from ..inputs.overlapping import overlapping_regions
from ..network.batches import Progress
from ..network.scores import Score
from ..parameters import Param
from ._inputs import SCORE
from ._paths import straight
from ._spec import MethodSpec

FEWEST = 50  # new pixels without which a region is left out


def xrai(
    scorer: nn.Module,
    x: torch.Tensor,
    score: Score,
    bounds: tuple[torch.Tensor, torch.Tensor],
    progress: Progress,
    facts: dict[str, Any],
    steps: int = 50,
    algorithm: str = "full",
) -> torch.Tensor:
    """Maps (N, H, W) of inputs (N, 3, H, W), whose pixels lie within `bounds`, (1, 3, 1, 1) each: `steps`
    forward and backward passes from each of the two, and an image."""
    low, high = bounds
    maps, counts = [], []
    for i in range(len(x)):
        one = x[i : i + 1]
        view = ((one - low) / (high - low))[0].permute(1, 2, 0).detach().cpu().double().numpy()
        regions = overlapping_regions(view)

        def ranked(attribution: torch.Tensor, regions: list[np.ndarray] = regions) -> tuple[np.ndarray, int]:
            density = attribution[0].amax(0).detach().cpu().double().numpy()
            return by_density(density, regions, algorithm == "fast")

        def look(attribution: torch.Tensor, count: int, of: int) -> None:
            progress.show(torch.from_numpy(ranked(attribution)[0]).to(x), count, of)

        starts = torch.cat([low.expand_as(one), high.expand_as(one)])
        found, taken = ranked(straight(scorer, one, starts, score.of(i), steps, progress, look))
        maps.append(torch.from_numpy(found).to(x))
        counts.append(taken)
    facts["regions"] = counts
    return torch.stack(maps)


def by_density(values: np.ndarray, regions: list[np.ndarray], once: bool) -> tuple[np.ndarray, int]:
    """The map float64 (H, W) of `values` (H, W) and the pixels of each region, and how many regions were
    taken; `once`: they are ranked once.

    Each pixel is taken once, and then leaves the sums of all regions that hold it."""
    flat = values.ravel()
    found, free = np.empty_like(flat), np.ones(flat.size, bool)
    left = _Left(flat, regions)
    order = iter(np.argsort(-left.means(0), kind="stable").tolist())
    taken = 0
    while True:
        number = next(order, None) if once else left.densest()
        if number is None:
            break
        pixels = regions[number][free[regions[number]]]
        if len(pixels) < FEWEST:
            continue
        found[pixels] = flat[pixels].mean()
        free[pixels] = False
        left.leave(pixels)
        taken += 1
    if free.any():
        found[free] = flat[free].mean()
    return found.reshape(values.shape), taken


class _Left:
    """What is left of each region: how many pixels, and the sum of their values."""

    def __init__(self, flat: np.ndarray, regions: list[np.ndarray]):
        from scipy import sparse

        ends = np.cumsum([0, *map(len, regions)])
        pixels = np.concatenate([*regions, np.zeros(0, np.int64)])
        holds = sparse.csr_array((np.ones(len(pixels)), pixels, ends), shape=(len(regions), flat.size))
        self._flat, self._held = flat, holds.T.tocsr()
        self._counts, self._sums = holds @ np.ones(flat.size), holds @ flat

    def means(self, fewest: int) -> np.ndarray:
        """The mean of each region, -inf where fewer than `fewest` pixels are left."""
        means = self._sums / np.maximum(self._counts, 1)
        return np.where(self._counts >= fewest, means, -np.inf)

    def densest(self) -> int | None:
        """The region with the highest mean; None if none has enough pixels left."""
        means = self.means(FEWEST)
        best = int(np.argmax(means)) if len(means) else 0
        return best if len(means) and np.isfinite(means[best]) else None

    def leave(self, pixels: np.ndarray) -> None:
        """Take these pixels out of all regions."""
        gone = self._held[pixels]
        self._counts -= gone.T @ np.ones(len(pixels))
        self._sums -= gone.T @ self._flat[pixels]


SPEC = MethodSpec(
    "xrai",
    "XRAI",
    xrai,
    ("scorer", "x", "score", "bounds", "progress", "facts"),
    (
        Param("steps", "int", 50, "Points on the way from black and from white.", low=1, high=1000, step=10),
        Param(
            "algorithm",
            "choice",
            "full",
            "Whether the regions are ranked anew after each one that is taken, or once.",
            choices=("full", "fast"),
            label="Ranking",
        ),
        SCORE,
    ),
    formula=r"M|_{R_k\setminus S_k}=\mathrm{mean}_{R_k\setminus S_k}\,\max_c\,\mathrm{mean}_b\,A_c(b),\quad"
    r"R_k=\arg\max_R\,\mathrm{mean}_{R\setminus S_k}\,\max_c\,\mathrm{mean}_b\,A_c(b)",
    paper="Kapishnikov et al., ICCV 2019",
    url="https://arxiv.org/abs/1906.02825",
    reading=(
        "Regions of the picture, brightest where Integrated Gradients from black and from white are densest. "
        "The map is as coarse as the regions."
    ),
    colour="#4338CA",
    signed=lambda params: True,
    family="Input gradients",
    passes=lambda layer, params, size: 2 * params["steps"],
    facts={"regions": "Regions that were ranked"},
    plain=(
        "The picture is cut into regions of similar colour at six scales. Integrated Gradients from a black "
        "and from a white picture say what each pixel adds to the score, and the two are averaged. Then the "
        "region with the highest mean is taken, then the one whose remaining pixels have the highest mean, "
        "and so on. The map answers which areas, rather than which pixels, speak most for the class."
    ),
    fails=(
        "What lies within one region is not told apart, so evidence smaller than a region is smeared over "
        "it. Noise is positive too, so that only differences between regions count. Where colours do not "
        "follow the objects, the regions cut through them."
    ),
)
