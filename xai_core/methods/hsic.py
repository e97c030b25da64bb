"""HSIC: how strongly the score depends on whether a cell is shown.

    HSIC_i = 1/n^2 trace(K_i H L H),   H = I - 1/n
    K_i[a, b] = 1/2 - (m_ai - m_bi)^2,   L[a, b] = exp(-(s_a - s_b)^2 / (2 w^2))
    s_a = s(x m_a + b (1 - m_a))

m_a are n masks of zeros and ones, one for each cell; b is the baseline, black as in the paper. With design
"latin" half of the masks show a cell (one more or less if n is odd), and the cells are drawn independently: a
rounded Latin hypercube, as in the paper. With design "sobol" the masks are the rounded points of a plain
Sobol sequence without its origin, which does not depend on the seed. HSIC_i is at least 0, and near 0 if the
score does not depend on cell i. The map has one place for each cell.

w is the median of |s_a - s_b| over a < b with width "distances", which does not change if a constant is added
to the scores. With width "scores" it is the median of the scores, as in the authors' code and in Xplique;
that works for probabilities, and for logits it depends on where their zero lies.

The values are those of Xplique's HsicAttributionMethod with the same masks and width "scores", divided by n:
Xplique and the authors' code divide the trace by n. Xplique's default masks are those of design "sobol".

With cells "patch" the cells are a transformer's patches, and with the baseline "drop" they are left out
instead of painted over. With `stable`, drawing stops once the maps of two halves of the masks agree
(`_adaptive`). The fact "above_chance" counts the cells whose HSIC is higher than that of every cell in 19
random assignments of the scores to the masks; where no cell matters, it is above 0 in one case of twenty.

Known failures: HSIC says how much a cell matters, not in which direction; it sees each cell alone, so that
of cells that work only together (one or the other, but not both) it may see none.

Novello, Fel and Vigouroux, Making Sense of Dependence: Efficient Black-box Explanations Using Dependence
Measure, NeurIPS 2022.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from ..network.batches import Progress
from ..network.patches import PATCH
from ..network.scores import Score
from ..parameters import Param
from ..scoring.hiding import Hiding
from ..types import InputError, LayerSpec
from ._adaptive import FACTS, STABLE, drawn
from ._cells import cell_labels, fits
from ._dependence import above_chance, dependence, width_of
from ._hiding import BLUR, baseline_param, dropped, only_patches
from ._inputs import SCORE
from ._spec import MethodSpec

GRID = "grid"
LATIN, SOBOL = "latin", "sobol"
DISTANCES, SCORES = "distances", "scores"
FIRST = 64  # masks before the first look


def hsic(
    hiding: Hiding,
    x: torch.Tensor,
    score: Score,
    patches: torch.Tensor | None,
    generator: torch.Generator,
    progress: Progress,
    facts: dict,
    masks: int = 1000,
    cells: str = GRID,
    grid: int = 8,
    design: str = LATIN,
    width: str = DISTANCES,
    stable: float = 0.0,
) -> torch.Tensor:
    """Maps (N, h, w) of inputs (N, 3, H, W), of which `hiding` hides cells, with `masks` forward passes for
    each input; (h, w) is (grid, grid), or the grid of the `patches` (N, H, W) with cells "patch"."""
    if cells == PATCH and patches is None:
        raise InputError(f"cells of hsic is {PATCH!r}, and no patches are given.")
    even = cell_labels(grid, (x.shape[2], x.shape[3]), x.device).expand(len(x), -1, -1)
    labels = even if patches is None or cells != PATCH else patches
    shown = drawn_masks(masks, int(labels.max()) + 1, design, generator)
    shuffle = np.random.default_rng(int(torch.randint(2**62, (1,), generator=generator)))
    maps, sampled, beyond = [], [], []
    for i in range(len(x)):
        one = _Masks(hiding, i, labels[i], score.of(i), shown, width, progress)
        count, found = drawn(masks, FIRST, stable, one.draw, one.halves)
        sampled.append((count, found))
        maps.append(one.map(count))
        beyond.append(one.above_chance(count, shuffle))
    facts["samples"], facts["reliability"] = zip(*sampled, strict=True)
    facts["above_chance"] = beyond
    return torch.stack(maps).to(x)


def drawn_masks(count: int, cells: int, design: str, generator: torch.Generator) -> torch.Tensor:
    """The masks, bool (count, cells)."""
    if design == SOBOL:
        points = torch.quasirandom.SobolEngine(cells).fast_forward(1).draw(count, dtype=torch.float64)
        return points > 0.5
    strata = torch.rand(count, cells, generator=generator, dtype=torch.float64).argsort(0)
    places = torch.rand(count, cells, generator=generator, dtype=torch.float64)
    return (strata + places) / count > 0.5


def _check(params: Mapping[str, Any], layers: Sequence[LayerSpec], size: tuple[int, int]) -> None:
    only_patches("cells")(params, layers, size)
    if params["cells"] == GRID:
        fits("hsic")(params, layers, size)


class _Masks:
    """The masks `shown` bool (n, d) of picture `number` and their scores, as far as they are known."""

    def __init__(
        self,
        hiding: Hiding,
        number: int,
        labels: torch.Tensor,
        score: Score,
        shown: torch.Tensor,
        width: str,
        progress: Progress,
    ):
        self._parts = hiding.regions(number, labels, len(shown))
        self._columns = int(labels[0].max()) + 1
        self._score, self._shown, self._kind, self._progress = score, shown, width, progress
        self._signs = np.where(shown.numpy(), 0.5, -0.5)
        self._scores = np.zeros(len(shown))

    def draw(self, start: int, stop: int) -> None:
        """Score the masks start .. stop - 1."""

        def look(numbers: np.ndarray, found: torch.Tensor) -> None:
            rows = np.concatenate([np.arange(start), start + numbers])
            scores = np.concatenate([self._scores[:start], found.cpu().double().numpy()])
            if len(rows) >= FIRST:
                values = torch.from_numpy(self._values(rows, scores)).view(-1, self._columns)
                self._progress.show(values, len(rows), len(self._shown))

        found = self._parts.scores(self._shown[start:stop], self._score, self._progress, look)
        self._scores[start:stop] = found.cpu().double().numpy()

    def _width(self, scores: np.ndarray) -> float:
        return width_of(scores, self._kind == DISTANCES)

    def _values(self, rows: np.ndarray, scores: np.ndarray) -> np.ndarray:
        return dependence(self._signs[rows], scores, self._width(scores))

    def map(self, count: int) -> torch.Tensor:
        """HSIC by the first `count` masks, float64 (h, w). Raises InputError where w is 0 and scores vary."""
        scores = self._scores[:count]
        if np.ptp(scores) and not self._width(scores):
            raise InputError(
                f"width of hsic is {SCORES!r}, and the median score is 0; {DISTANCES!r} is accepted."
            )
        return torch.from_numpy(self._values(np.arange(count), scores)).view(-1, self._columns)

    def halves(self, count: int) -> tuple[np.ndarray, np.ndarray]:
        """HSIC by the even and by the odd masks."""
        rows = np.arange(count)
        even, odd = (self._values(rows[half::2], self._scores[half:count:2]) for half in (0, 1))
        return even, odd

    def above_chance(self, count: int, shuffle: np.random.Generator) -> int:
        """How many cells lie above chance, by the first `count` masks."""
        scores = self._scores[:count]
        return above_chance(self._signs[:count], scores, self._width(scores), shuffle)


SPEC = MethodSpec(
    "hsic",
    "HSIC",
    hsic,
    ("hiding", "x", "score", "patches", "generator", "progress", "facts"),
    (
        Param(
            "masks",
            "int",
            1000,
            "Random masks. With a few hundred, the order of most cells is chance.",
            low=10,
            high=4000,
            step=50,
        ),
        Param(
            "cells",
            "choice",
            GRID,
            "What a mask hides: cells of a grid of its own, or a transformer's patches.",
            choices=(GRID, PATCH),
            needs=((PATCH, "patches"),),
        ),
        Param("grid", "int", 8, "Cells of a mask along each side.", low=2, high=16, step=1),
        Param(
            "design",
            "choice",
            LATIN,
            "Masks that show each cell equally often, by the seed; or those of a plain Sobol sequence.",
            choices=(LATIN, SOBOL),
        ),
        Param(
            "width",
            "choice",
            DISTANCES,
            "From where on scores count as different: the median distance of two, or the median score.",
            choices=(DISTANCES, SCORES),
        ),
        STABLE,
        baseline_param("black", drop=True),
        BLUR,
        SCORE,
    ),
    formula=r"\mathrm{HSIC}_i=\tfrac1{n^2}\,\mathrm{tr}(K_iHLH),\quad K_i=\tfrac12-(m_{ai}-m_{bi})^2,\quad "
    r"L=e^{-(s_a-s_b)^2/2w^2}",
    paper="Novello et al., NeurIPS 2022",
    url="https://arxiv.org/abs/2206.06219",
    reading=(
        "How strongly the score depends on each cell being shown, of whatever kind the dependence is. It "
        "says how much, not in which direction."
    ),
    colour="#7E22CE",
    signed=lambda params: False,
    family="Perturbation",
    passes=lambda layer, params, size: params["masks"],
    rate_by=dropped,
    check=_check,
    facts={**FACTS, "above_chance": "Cells above chance"},
    plain=(
        "Random halves of the picture's cells are hidden, many times, and the score is written down each "
        "time. For each cell, the scores with it are held against those without it; if the two differ in "
        "any way, in height or in spread, the score depends on that cell. The map answers how strong this "
        "dependence is. Scores that are shuffled among the masks say how much of it chance alone would give."
    ),
    fails=(
        "A cell that lowers the score is as bright as one that raises it. Cells that matter only together "
        "can stay dark, because each is looked at alone. The score depends on few cells, and the order of "
        "the others is chance: believe as many as lie above chance, or choose a coarser grid."
    ),
)
