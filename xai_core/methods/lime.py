"""LIME: a small linear model of the score in terms of which superpixels are visible.

    z_i in {0, 1}^d at random, z_0 = 1;   y_i = s(x with only the superpixels of z_i visible)
    z_2k+1 = 1 - z_2k;   w_i = sqrt(exp(-D(z_i, 1)^2 / width^2)),   D the cosine distance
    (c, c_0) = argmin sum_i w_i (y_i - c_0 - c.z_i)^2 + |c|^2;   M = c painted on its superpixels

A superpixel's coefficient is what seeing it adds to the score, for pictures close to the given one. The
weighted R^2 says how well the linear model fits. With `features`, a first fit selects the superpixels with
the largest coefficients, and a second fit uses these alone. Kernel and regression are those of the lime
library, and with `draw` "independent" its masks as well. By default each mask is followed by its opposite, as
Kernel SHAP's coalitions are (Covert and Lee): what the score of the two has in common then says nothing about
any superpixel, and 500 samples come as near to the converged map as 1,000 independent ones. With `stable`,
drawing stops once the maps of two halves of the samples, or of the pairs, agree (`_adaptive`).
With the baseline "drop" the superpixels are a transformer's patches, and those that are not visible are left
out instead of painted over.

Ribeiro, Singh and Guestrin, "Why Should I Trust You?", KDD 2016; Covert and Lee, Improving KernelSHAP,
AISTATS 2021.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch

from ..network.batches import Progress
from ..network.scores import Score
from ..parameters import Param
from ..scoring.hiding import Hiding, PartsKept
from ._adaptive import FACTS, STABLE, drawn
from ._hiding import BLUR, SEGMENTATION, SEGMENTS, SUPERPIXEL_MEAN, baseline_param, dropped, only_patches
from ._inputs import SCORE
from ._pairs import INDEPENDENT, PAIRS, draw_param, followed_by, halves_of, together
from ._spec import MethodSpec


def lime(
    hiding: Hiding,
    x: torch.Tensor,
    score: Score,
    segments: torch.Tensor,
    generator: torch.Generator,
    progress: Progress,
    facts: dict,
    samples: int = 1000,
    kernel_width: float = 0.25,
    features: int = 0,
    stable: float = 0.0,
    draw: str = PAIRS,
) -> torch.Tensor:
    """Maps (N, H, W) of inputs (N, 3, H, W), whose superpixels `segments` (N, H, W) `hiding` hides."""
    fits, maps, sampled = [], [], []
    for i in range(len(x)):
        keep = random_masks(int(segments[i].max()) + 1, samples, generator, draw)
        regions = hiding.regions(i, segments[i], samples)
        scores = np.empty(samples)

        fit = partial(_fit, keep, scores, kernel_width, features)

        def ask(
            start: int,
            stop: int,
            i: int = i,
            keep: torch.Tensor = keep,
            scores: np.ndarray = scores,
            regions: PartsKept = regions,
            fit: Callable[[np.ndarray | slice], Surrogate] = fit,
        ) -> None:
            def look(numbers: np.ndarray, found: torch.Tensor) -> None:
                scores[start + numbers] = found.cpu()
                known = np.concatenate([np.arange(start), start + numbers])
                if len(known) > 1:  # one sample says nothing about a slope
                    coarse = torch.from_numpy(fit(known).coefficients).to(x)
                    progress.show(coarse[segments[i]], len(known), samples)

            scores[start:stop] = regions.scores(keep[start:stop], score.of(i), progress, look).cpu()

        def halves(
            count: int, fit: Callable[[np.ndarray | slice], Surrogate] = fit
        ) -> tuple[np.ndarray, np.ndarray]:
            one, other = halves_of(count, draw)
            return fit(one).coefficients, fit(other).coefficients

        first = max(50, 2 * keep.shape[1])
        sampled.append(drawn(samples, first, stable, ask, halves, together(draw)))
        fits.append(fit(slice(sampled[-1][0])))
        maps.append(torch.from_numpy(fits[-1].coefficients).to(x)[segments[i]])
    facts["r2"] = [one.r2 for one in fits]
    facts["superpixels"] = [len(one.coefficients) for one in fits]
    facts["samples"], facts["reliability"] = zip(*sampled, strict=True)
    return torch.stack(maps)


def _fit(
    keep: torch.Tensor, scores: np.ndarray, width: float, features: int, rows: np.ndarray | slice
) -> Surrogate:
    return fit_surrogate(keep[rows].numpy(), scores[rows], width, features)


def random_masks(
    count: int, samples: int, generator: torch.Generator, draw: str = INDEPENDENT
) -> torch.Tensor:
    """bool (samples, count): each superpixel is visible with probability 1/2, in the first row all are. With
    `draw` "pairs" row 2 k + 1 shows what row 2 k hides, so nothing is visible in the second row."""
    drawn_rows = samples if draw == INDEPENDENT else (samples + 1) // 2
    keep = torch.randint(0, 2, (drawn_rows, count), generator=generator).bool()
    keep[0] = True
    return keep if draw == INDEPENDENT else followed_by(keep, ~keep, samples)


@dataclass(frozen=True)
class Surrogate:
    """The linear model: a coefficient for each superpixel (0 if it was not selected), the intercept, and the
    weighted R^2."""

    coefficients: np.ndarray
    intercept: float
    r2: float


def fit_surrogate(
    keep: np.ndarray, scores: np.ndarray, kernel_width: float = 0.25, features: int = 0
) -> Surrogate:
    """Weighted ridge regression of the scores (M,) on the visibilities `keep` (M, d). `features` 0 uses all
    superpixels."""
    z = keep.astype(np.float64)
    distance = 1 - np.sqrt(z.mean(1))  # the cosine distance of a 0/1 vector to the vector of ones
    weights = np.sqrt(np.exp(-(distance**2) / kernel_width**2))
    used = np.arange(z.shape[1])
    if 0 < features < len(used):
        first, _ = ridge(z, scores, weights, 0.01)
        used = np.sort(np.argsort(-np.abs(first), kind="stable")[:features])
    coefficients = np.zeros(z.shape[1])
    coefficients[used], intercept = ridge(z[:, used], scores, weights, 1.0)
    return Surrogate(coefficients, intercept, _r2(scores, z @ coefficients + intercept, weights))


def ridge(z: np.ndarray, y: np.ndarray, weights: np.ndarray, alpha: float) -> tuple[np.ndarray, float]:
    """Coefficients (d,) and intercept of ridge regression with weights (M,), in closed form. Centred by the
    weighted means, which leaves the intercept free of the penalty:

    c = (Z' W Z + alpha I)^-1 Z' W y;   c_0 = mean(y) - mean(z).c"""
    share = weights / weights.sum()
    centre, level = share @ z, y[0] + share @ (y - y[0])  # exactly y where all are equal
    centred = z - centre
    weighted = centred * weights[:, None]
    coefficients = np.linalg.solve(
        centred.T @ weighted + alpha * np.eye(z.shape[1]), weighted.T @ (y - level)
    )
    return coefficients, float(level - centre @ coefficients)


def _r2(y: np.ndarray, found: np.ndarray, weights: np.ndarray) -> float:
    """The weighted share of the variance of `y` that is explained; where there is none, 1 if nothing is left
    to explain and else 0."""
    moved = y - y[0]  # exactly 0 where all are equal
    left = float(weights @ (y - found) ** 2)
    every = float(weights @ (moved - np.average(moved, weights=weights)) ** 2)
    return 1 - left / every if every else float(left == 0)


SPEC = MethodSpec(
    "lime",
    "LIME",
    lime,
    ("hiding", "x", "score", "segments", "generator", "progress", "facts"),
    (
        Param("samples", "int", 1000, "Random choices of what is visible.", low=10, high=10_000, step=100),
        SEGMENTATION,
        SEGMENTS,
        Param(
            "kernel_width",
            "float",
            0.25,
            "How fast a sample loses weight as it hides more.",
            low=0.05,
            high=5,
            step=0.05,
            label="Kernel width",
        ),
        Param("features", "int", 0, "Superpixels in the linear model; 0 is all.", low=0, high=400, step=1),
        STABLE,
        draw_param(
            PAIRS, "Pairs: each mask is followed by its opposite. Independent is the lime library's own way."
        ),
        baseline_param(SUPERPIXEL_MEAN, SUPERPIXEL_MEAN, drop=True),
        BLUR,
        SCORE,
    ),
    formula=r"c=\arg\min_c\sum_i w_i\bigl(s(x_{z_i})-c_0-c^\top z_i\bigr)^2+\lVert c\rVert^2",
    paper="Ribeiro et al., KDD 2016",
    url="https://arxiv.org/abs/1602.04938",
    reading=(
        "Each superpixel's weight in a linear model of the network around this picture. R² says how well the "
        "linear model fits."
    ),
    colour="#15803D",
    signed=lambda params: True,
    family="Perturbation",
    passes=lambda layer, params, size: params["samples"],
    rate_by=dropped,
    check=only_patches("segmentation"),
    facts={"r2": "R² of the linear model", "superpixels": "Superpixels", **FACTS},
    plain=(
        "The picture is cut into superpixels, and the network scores many pictures in which random ones "
        "are hidden. A linear model is fitted to these scores. Its weights answer what seeing each "
        "superpixel adds, for pictures close to this one."
    ),
    fails=(
        "Where superpixels matter only together, a linear model cannot say so: look at R² first. With "
        "few samples another draw gives another map, and the segmentation decides what can be found."
    ),
)
