"""Kernel SHAP: Shapley values of the superpixels, by a weighted regression over coalitions.

    phi = argmin sum_S k(S) (v(S) - v(0) - sum_{j in S} phi_j)^2   subject to   sum_j phi_j = v(all) - v(0)
    k(S) = (d - 1) / (C(d, |S|) |S| (d - |S|)),   v(S) = s(x with only the superpixels of S)

With all 2^d - 2 coalitions the solution is the exact Shapley values; all are used if they are at most
1.05 x `samples`. Otherwise coalitions are drawn by their leverage scores, every size about equally often,
each coalition together with its complement, and those of a size share the weight of all of that size. With
`draw` "enumerated" the coalition sizes with the largest weight are enumerated, and pairs of the others are
drawn by their weight, as shap does (`_coalitions`). The efficiency error is the difference between the two
sides of the constraint, as a share of |v(all) - v(0)|. With `stable`, drawing stops once the values from two
halves of the drawn pairs agree (`_adaptive`).

With the baseline "drop" the superpixels are a transformer's patches, and those that are not in S are left out
instead of painted over; v(0) is the score without any patch.

Lundberg and Lee, A Unified Approach to Interpreting Model Predictions, NeurIPS 2017; Musco and Witter,
Provably Accurate Shapley Value Estimation via Leverage Score Sampling, ICLR 2025.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from ..network.batches import Progress
from ..network.scores import Score
from ..parameters import Param
from ..scoring.distinct import Seen
from ..scoring.hiding import Hiding, PartsKept
from ._adaptive import FACTS, STABLE, drawn
from ._coalitions import ENUMERATED, LEVERAGE, Coalitions, coalitions
from ._hiding import BLUR, SEGMENTATION, SEGMENTS, SUPERPIXEL_MEAN, baseline_param, dropped, only_patches
from ._inputs import SCORE
from ._spec import DIFFERENCE, MethodSpec


def kernel_shap(
    hiding: Hiding,
    x: torch.Tensor,
    score: Score,
    segments: torch.Tensor,
    generator: torch.Generator,
    progress: Progress,
    facts: dict,
    samples: int = 1000,
    stable: float = 0.0,
    draw: str = LEVERAGE,
) -> torch.Tensor:
    """Maps (N, H, W) of inputs (N, 3, H, W), whose superpixels `segments` (N, H, W) `hiding` hides."""
    maps, errors, counts, sampled = [], [], [], []
    for i in range(len(x)):
        count = int(segments[i].max()) + 1
        seed = int(torch.randint(2**62, (1,), generator=generator))
        game = _Game(coalitions(count, samples, draw, np.random.default_rng(seed)))

        regions = hiding.regions(i, segments[i], samples)

        def play(rows: np.ndarray, look: Seen | None, i: int = i, regions: PartsKept = regions) -> np.ndarray:
            values = regions.scores(torch.from_numpy(rows), score.of(i), progress, look)
            return values.cpu().double().numpy()

        def ask(start: int, stop: int, i: int = i, game: _Game = game, play: Play = play) -> None:
            def look(numbers: np.ndarray, found: torch.Tensor) -> None:
                phi = game.so_far(numbers, found.cpu().double().numpy())
                if phi is not None:
                    known = len(game.values) + len(found)
                    progress.show(torch.from_numpy(phi).to(x)[segments[i]], known, len(game.keep))

            if start < stop:  # one superpixel has no coalitions besides the empty and the full one
                game.values += play(game.keep[start:stop], look).tolist()

        game.ends = play(np.array([[False] * count, [True] * count]), None)
        first = max(50, 2 * count, game.fixed + 20)
        sampled.append(drawn(len(game.keep), first, stable, ask, game.halves, 2))
        phi = game.solution(np.arange(sampled[-1][0]))
        difference = float(game.ends[1] - game.ends[0])
        errors.append(abs(phi.sum() - difference) / max(abs(difference), 1e-12))
        counts.append(count)
        maps.append(torch.from_numpy(phi).to(x)[segments[i]])
    facts["efficiency_error"], facts["superpixels"] = errors, counts
    facts["samples"], facts["reliability"] = zip(*sampled, strict=True)
    return torch.stack(maps)


Play = Callable[[np.ndarray, Seen | None], np.ndarray]


class _Game:
    """The coalitions of one picture. `values` are those of the first coalitions, as far as they were scored,
    and `ends` those of the empty and of the full coalition."""

    def __init__(self, asked: Coalitions):
        self.keep, self.fixed, self._weigh = asked
        self.values: list[float] = []
        self.ends = np.zeros(2)

    def solution(self, chosen: np.ndarray) -> np.ndarray:
        """phi from the chosen coalitions."""
        return self._solved(chosen, np.array(self.values)[chosen])

    def so_far(self, numbers: np.ndarray, values: np.ndarray) -> np.ndarray | None:
        """phi from all scored coalitions and from those that follow them by `numbers`, with `values`; None if
        they are fewer than the superpixels."""
        known = np.full(len(self.values) + numbers.max(initial=-1) + 1, np.nan)
        known[: len(self.values)] = self.values
        known[len(self.values) + numbers] = values
        chosen = np.flatnonzero(~np.isnan(known))
        return self._solved(chosen, known[chosen]) if len(chosen) >= self.keep.shape[1] else None

    def _solved(self, chosen: np.ndarray, values: np.ndarray) -> np.ndarray:
        """phi from these coalitions."""
        empty, full = self.ends
        return shapley_regression(self.keep[chosen], self._weigh(chosen), values - empty, full - empty)

    def halves(self, count: int) -> tuple[np.ndarray, np.ndarray] | None:
        """phi from the enumerated coalitions with one half of the drawn pairs, and with the other half; None
        if fewer than two pairs were drawn."""
        if count - self.fixed < 4:
            return None
        fixed, random = np.arange(self.fixed), np.arange(self.fixed, count)
        parts = [random[(random - self.fixed) // 2 % 2 == half] for half in (0, 1)]
        first, second = (self.solution(np.concatenate([fixed, part])) for part in parts)
        return first, second


def shapley_regression(keep: np.ndarray, weights: np.ndarray, values: np.ndarray, total: float) -> np.ndarray:
    """phi (d,) with sum phi = `total`, from the coalitions (M, d) and their `values` minus that of the empty
    coalition.

    The constraint eliminates the last superpixel, which leaves ordinary weighted least squares."""
    if keep.shape[1] == 1:
        return np.array([total])
    z = keep.astype(np.float64)
    root = np.sqrt(weights)
    design, goal = z[:, :-1] - z[:, -1:], values - z[:, -1] * total
    phi = np.linalg.lstsq(design * root[:, None], goal * root, rcond=None)[0]
    return np.append(phi, total - phi.sum())


SPEC = MethodSpec(
    "kernel_shap",
    "Kernel SHAP",
    kernel_shap,
    ("hiding", "x", "score", "segments", "generator", "progress", "facts"),
    (
        Param("samples", "int", 1000, "Coalitions of superpixels.", low=10, high=10_000, step=100),
        STABLE,
        Param(
            "draw",
            "choice",
            LEVERAGE,
            "Leverage: every size of coalition about equally often. Enumerated: the sizes with the largest "
            "weight first, as shap does.",
            choices=(LEVERAGE, ENUMERATED),
            earlier=ENUMERATED,
        ),
        SEGMENTATION,
        SEGMENTS,
        baseline_param(SUPERPIXEL_MEAN, SUPERPIXEL_MEAN, drop=True),
        BLUR,
        SCORE,
    ),
    formula=r"\phi=\arg\min\sum_S k(S)\bigl(v(S)-v(\emptyset)-\sum_{j\in S}\phi_j\bigr)^2",
    paper="Lundberg and Lee, NeurIPS 2017",
    url="https://arxiv.org/abs/1705.07874",
    reading="Each superpixel's fair share of the score: together they add up to it, less the baseline's.",
    colour="#1D4ED8",
    signed=lambda params: True,
    family="Perturbation",
    passes=lambda layer, params, size: params["samples"],
    rate_by=dropped,
    check=only_patches("segmentation"),
    facts={
        "efficiency_error": "Efficiency error, as a share of the score's difference",
        "superpixels": "Superpixels",
        **FACTS,
    },
    adds_up_to=DIFFERENCE,
    plain=(
        "The picture is cut into superpixels, and the network scores chosen groups of them. A weighted "
        "regression gives their Shapley values, which add up to the score less that of the hidden "
        "picture. They answer what each superpixel adds, averaged over all orders of showing them."
    ),
    fails=(
        "With many superpixels and few samples the values are noisy. Hidden pictures are unlike those "
        "of training, and the values depend on what hides."
    ),
)
