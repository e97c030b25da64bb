"""Shapley sampling: what each superpixel adds to the score, averaged over random orders of showing them.

    phi_j = mean_p v(S_pj + j) - v(S_pj),   v(S) = s(x with only the superpixels of S)

S_pj are the superpixels in front of j in order p. The mean over all orders is the Shapley value; over random
ones it is unbiased, and every order adds up to v(all) - v(0) exactly. With `stable`, drawing stops once the
values from two halves of the orders agree (`_adaptive`). With the baseline "drop" the superpixels are a
transformer's patches, which are left out instead of painted over. With the same orders it equals Captum's
ShapleyValueSampling.

Known failures: noisy with few orders; each order costs one pass a superpixel.

Castro, Gomez and Tejada, Polynomial calculation of the Shapley value based on sampling, Computers &
Operations Research 2009; Strumbelj and Kononenko, An Efficient Explanation of Individual Classifications
using Game Theory, JMLR 2010.
"""

from __future__ import annotations

import numpy as np
import torch

from ..network.batches import Progress
from ..network.scores import Score
from ..parameters import Param
from ..scoring.hiding import Hiding, PartsKept
from ._adaptive import FACTS, STABLE, drawn
from ._hiding import BLUR, SEGMENTATION, SEGMENTS, SUPERPIXEL_MEAN, baseline_param, dropped, only_patches
from ._inputs import SCORE
from ._spec import DIFFERENCE, MethodSpec

FIRST = 6  # orders before the first look


def shapley_sampling(
    hiding: Hiding,
    x: torch.Tensor,
    score: Score,
    segments: torch.Tensor,
    generator: torch.Generator,
    progress: Progress,
    facts: dict,
    orders: int = 20,
    stable: float = 0.0,
) -> torch.Tensor:
    """Maps (N, H, W) of inputs (N, 3, H, W), whose superpixels `segments` (N, H, W) `hiding` hides."""
    maps, counts, sampled = [], [], []
    for i in range(len(x)):
        count = int(segments[i].max()) + 1
        chosen = np.stack([torch.randperm(count, generator=generator).numpy() for _ in range(orders)])
        regions = hiding.regions(i, segments[i], orders * (count - 1) + 2)
        added = np.full((orders, count), np.nan)

        def draw(
            start: int,
            stop: int,
            i: int = i,
            chosen: np.ndarray = chosen,
            regions: PartsKept = regions,
            added: np.ndarray = added,
        ) -> None:
            rows = np.concatenate([coalitions(order) for order in chosen[start:stop]])

            def put(values: np.ndarray) -> None:
                steps = np.diff(values.reshape(stop - start, -1), axis=1)
                np.put_along_axis(added[start:stop], chosen[start:stop], steps, 1)

            def look(numbers: np.ndarray, found: torch.Tensor) -> None:
                known = np.full(len(rows), np.nan)
                known[numbers] = found.cpu().double().numpy()
                put(known)
                whole = ~np.isnan(added).any(1)
                if whole.any():
                    mean = torch.from_numpy(added[whole].mean(0)).to(x)
                    progress.show(mean[segments[i]], int(whole.sum()), orders)

            found = regions.scores(torch.from_numpy(rows), score.of(i), progress, look)
            put(found.cpu().double().numpy())

        def halves(number: int, added: np.ndarray = added) -> tuple[np.ndarray, np.ndarray] | None:
            return (added[:number:2].mean(0), added[1:number:2].mean(0)) if number > 1 else None

        sampled.append(drawn(orders, FIRST, stable, draw, halves))
        counts.append(count)
        maps.append(torch.from_numpy(added[: sampled[-1][0]].mean(0)).to(x)[segments[i]])
    facts["superpixels"] = counts
    facts["samples"], facts["reliability"] = zip(*sampled, strict=True)
    return torch.stack(maps)


def coalitions(order: np.ndarray) -> np.ndarray:
    """bool (d + 1, d): nothing shown, then one superpixel more in each row, in that order."""
    rows = np.zeros((len(order) + 1, len(order)), bool)
    rows[1:, order] = np.tri(len(order), dtype=bool)
    return rows


SPEC = MethodSpec(
    "shapley_sampling",
    "Shapley sampling",
    shapley_sampling,
    ("hiding", "x", "score", "segments", "generator", "progress", "facts"),
    (
        Param("orders", "int", 20, "Random orders of showing the superpixels.", low=1, high=1000, step=5),
        STABLE,
        SEGMENTATION,
        SEGMENTS,
        baseline_param(SUPERPIXEL_MEAN, SUPERPIXEL_MEAN, drop=True),
        BLUR,
        SCORE,
    ),
    formula=r"\phi_j=\mathrm{mean}_p\,v(S_{pj}\cup j)-v(S_{pj})",
    paper="Castro et al., Computers & Operations Research 2009",
    url="https://doi.org/10.1016/j.cor.2008.04.004",
    reading="What each superpixel adds to the score when the others are shown one by one, on average.",
    colour="#1E40AF",
    signed=lambda params: True,
    family="Perturbation",
    passes=lambda layer, params, size: params["orders"] * (params["segments"] + 1),
    rate_by=dropped,
    check=only_patches("segmentation"),
    facts={"superpixels": "Superpixels", **FACTS, "samples": "Orders drawn"},
    adds_up_to=DIFFERENCE,
    plain=(
        "The superpixels are shown one by one in random orders. What each adds to the score when it "
        "appears is averaged over the orders. It answers what each superpixel adds, averaged over all "
        "orders of showing them."
    ),
    fails=(
        "With few orders the values are noisy, although they always add up exactly. Hidden pictures are "
        "unlike those of training, and the values depend on what hides."
    ),
)
