"""Sobol indices: which share of the score's variance a cell takes part in when all cells fade at random.

    ST_i = E[Var(s | all cells but i)] / Var(s)
         = sum_j (s(a_j) - s(a_j with cell i of b_j))^2 / (2 N Var_j s(a_j))          (Jansen)
    s(m) = s(x m + b (1 - m))

a_j and b_j are N designs each: masks of grid x grid cells with values between 0 and 1, enlarged to the
nearest cell. b is the baseline, black as in the paper. The 2 grid^2 coordinates of (a_j, b_j) are point j of
a Sobol sequence. With sequence "scrambled" it is scrambled by the seed; with "plain" it is the one of the
paper, which leaves out the origin and does not depend on the seed. The variance has N - 1 in its denominator.
ST_i is at least 0; it adds up to 1 over the cells if they act independently, and to more if they interact.
The map has one place for each cell. With `stable`, drawing stops once the maps of two halves of the designs
agree (`_adaptive`).

The values are those of Xplique's SobolAttributionMethod with the same points, before it enlarges the map;
"plain" are its default points. Xplique also scores the masks b_j, which the formula does not use, and sets a
variance below 1e-12 to 1e-12; here a score that does not vary gives zeros.

Known failures: an index says how much a cell matters, not in which direction: what speaks against the class
is as bright. Few designs leave chance in small indices.

Fel, Cadene, Chalvidal, Cord, Vigouroux and Serre, Look at the Variance! Efficient Black-box Explanations with
Sobol-based Sensitivity Analysis, NeurIPS 2021; Jansen, Analysis of variance designs for model output, 1999.
"""

from __future__ import annotations

import numpy as np
import torch

from ..network.batches import Progress
from ..network.scores import Score
from ..parameters import Param
from ..scoring.hiding import Hiding
from ._adaptive import FACTS, STABLE, drawn
from ._cells import cell_labels, fits
from ._hiding import BLUR, baseline_param
from ._inputs import SCORE
from ._spec import MethodSpec

SCRAMBLED, PLAIN = "scrambled", "plain"
FIRST = 8  # designs before the first look
FEWEST = 4  # each of two halves needs a variance


def sobol(
    hiding: Hiding,
    x: torch.Tensor,
    score: Score,
    generator: torch.Generator,
    progress: Progress,
    facts: dict,
    designs: int = 32,
    grid: int = 8,
    sequence: str = SCRAMBLED,
    stable: float = 0.0,
) -> torch.Tensor:
    """Maps (N, grid, grid) of inputs (N, 3, H, W), which `hiding` hides; designs (grid^2 + 1) forward passes
    for each input."""
    seed = int(torch.randint(2**62, (1,), generator=generator))
    first, second = points(designs, grid**2, sequence, seed)
    maps, sampled = [], []
    for i in range(len(x)):
        one = _Designs(hiding, i, x, score.of(i), first, second, grid, progress)
        sampled.append(drawn(designs, FIRST, stable, one.draw, one.halves))
        maps.append(one.map(sampled[-1][0]))
    facts["samples"], facts["reliability"] = zip(*sampled, strict=True)
    facts["total"] = [float(values.sum()) for values in maps]
    return torch.stack(maps).to(x)


def points(count: int, cells: int, sequence: str, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The designs a and b, float64 (count, cells) each, with values in [0, 1)."""
    if sequence == SCRAMBLED:
        engine = torch.quasirandom.SobolEngine(2 * cells, scramble=True, seed=seed)
    else:
        engine = torch.quasirandom.SobolEngine(2 * cells).fast_forward(1)
    found = engine.draw(count, dtype=torch.float64)
    return found[:, :cells], found[:, cells:]


def total_indices(scores: np.ndarray) -> np.ndarray:
    """ST (d,) from the scores (N, 1 + d): of a_j, then of a_j with cell 1 .. d of b_j."""
    whole, swapped = scores[:, :1], scores[:, 1:]
    if not np.ptp(whole):
        return np.zeros(swapped.shape[1])
    return np.asarray(((whole - swapped) ** 2).sum(0) / (2 * len(scores) * whole.var(ddof=1)))


class _Designs:
    """The designs of picture `number`, and their scores as far as they are known (N, 1 + d)."""

    def __init__(
        self,
        hiding: Hiding,
        number: int,
        x: torch.Tensor,
        score: Score,
        first: torch.Tensor,
        second: torch.Tensor,
        grid: int,
        progress: Progress,
    ):
        self._hiding, self._number, self._score, self._progress = hiding, number, score, progress
        self._first, self._second, self._grid, self._like = first, second, grid, x[:1, :1, :1, :1]
        self._labels = cell_labels(grid, (x.shape[2], x.shape[3]), x.device)
        self._scores = np.full((len(first), 1 + first.shape[1]), np.nan)

    def draw(self, start: int, stop: int) -> None:
        """Score the designs start .. stop - 1: each a_j, followed by all that differ from it in one cell."""
        each = self._scores.shape[1]

        def masks(first: int, last: int) -> torch.Tensor:
            numbers = torch.arange(start * each + first, start * each + last)
            return self._masks(numbers // each, numbers % each)

        def look(found: torch.Tensor) -> None:
            done = len(found) // each
            if start + done < FEWEST:
                return
            known = found[: done * each].cpu().double().numpy().reshape(done, each)
            values = total_indices(np.concatenate([self._scores[:start], known]))
            self._progress.show(self._map(values).to(self._like), start + done, len(self._first))

        total = (stop - start) * each
        found = self._hiding.masked(self._number, masks, total, self._score, self._progress, look)
        self._scores[start:stop] = found.cpu().double().numpy().reshape(stop - start, each)

    def _masks(self, designs: torch.Tensor, swapped: torch.Tensor) -> torch.Tensor:
        """(B, 1, H, W): a_j, with cell `swapped` - 1 of b_j where that is not negative."""
        values = self._first[designs]
        rows = torch.nonzero(swapped)[:, 0]
        cells = swapped[rows] - 1
        values[rows, cells] = self._second[designs[rows], cells]
        return values.to(self._like)[:, self._labels][:, None]

    def _map(self, values: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(values).view(self._grid, self._grid)

    def map(self, count: int) -> torch.Tensor:
        """ST of the first `count` designs, float64 (grid, grid)."""
        return self._map(total_indices(self._scores[:count]))

    def halves(self, count: int) -> tuple[np.ndarray, np.ndarray]:
        """The indices by the even and by the odd designs."""
        return total_indices(self._scores[:count:2]), total_indices(self._scores[1:count:2])


SPEC = MethodSpec(
    "sobol",
    "Sobol indices",
    sobol,
    ("hiding", "x", "score", "generator", "progress", "facts"),
    (
        Param("designs", "int", 32, "Masks that are varied cell by cell.", low=FEWEST, high=256, step=4),
        Param("grid", "int", 8, "Cells of a mask along each side.", low=2, high=16, step=1),
        Param(
            "sequence",
            "choice",
            SCRAMBLED,
            "The Sobol sequence of the masks: scrambled by the seed, or plain as in the paper.",
            choices=(SCRAMBLED, PLAIN),
        ),
        STABLE,
        baseline_param("black"),
        BLUR,
        SCORE,
    ),
    formula=r"S_{T_i}=\frac{\mathbb E[\mathrm{Var}(s\mid m_{\setminus i})]}{\mathrm{Var}(s)}"
    r"\approx\frac{\sum_j\bigl(s(a_j)-s(a_j^{(i)})\bigr)^2}{2N\,\mathrm{Var}_j\,s(a_j)}",
    paper="Fel et al., NeurIPS 2021",
    url="https://arxiv.org/abs/2111.04138",
    reading=(
        "The share of the score's variation in which each cell takes part, alone or together with others. "
        "It says how much, not in which direction."
    ),
    colour="#A21CAF",
    signed=lambda params: False,
    family="Perturbation",
    passes=lambda layer, params, size: params["designs"] * (params["grid"] ** 2 + 1),
    check=fits("sobol"),
    facts={**FACTS, "samples": "Designs drawn", "total": "Sum of all indices; 1 without interactions"},
    plain=(
        "All cells of a grid are darkened at random, each by its own amount, and the score is watched. Then "
        "one cell at a time gets another amount while all others stay. The more the score changes, on "
        "average, the more that cell matters; what several cells do together counts for each of them. The "
        "map answers how much of the score's variation involves each cell."
    ),
    fails=(
        "A cell that lowers the score is as bright as one that raises it. Where the score hardly moves under "
        "half-dark pictures, the shares divide up noise."
    ),
)
