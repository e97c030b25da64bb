"""Partition SHAP: Owen values over halves of the picture, halves of those, and so on.

    phi(A) = mean over both contexts of v(C + A) - v(C),   v(S) = s(x with only the pixels of S)

A region is cut across its longer side into A and B. With the context C of the region, A is shown once next to
C alone and once next to C + B, and likewise B; each case is a region with its context, at half the weight.
Whatever has the largest weight |v(C + A) - v(C)| is cut next, until `samples` pictures are scored or every
pixel is alone. A region that is not cut spreads its value evenly over its pixels. M holds the values of
pixels: sum M = s(x) - s(baseline), exactly. Nothing is random.

With the same number in a batch it equals shap's PartitionExplainer with its Image masker.

Known failures: what lies on both sides of a cut is split by chance of the grid; few samples give blocks.

Owen, Values of games with a priori unions, 1977; Lundberg and Lee, A Unified Approach to Interpreting Model
Predictions, NeurIPS 2017 (shap).
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from itertools import count

import torch

from ..network.batches import Progress
from ..network.scores import Score
from ..parameters import Param
from ..scoring.hiding import Hiding
from ._hiding import BLUR, baseline_param
from ._inputs import SCORE
from ._spec import DIFFERENCE, MethodSpec

BATCH = 10  # pictures between two choices of what to cut, as in shap

Box = tuple[int, int, int, int]  # top, left, height, width


@dataclass(frozen=True)
class _Case:
    """A region in a context: the boxes that are shown beside it. `without` and `with_` are the scores without
    and with the region; `weight` is its share of the mean."""

    box: Box
    context: tuple[Box, ...]
    without: float
    with_: float
    weight: float


Waiting = list[tuple[float, int, _Case]]  # a heap: largest difference first, of equal ones the oldest


def partition_shap(
    hiding: Hiding, x: torch.Tensor, score: Score, progress: Progress, samples: int = 500
) -> torch.Tensor:
    """Maps (N, H, W) of inputs (N, 3, H, W), whose pixels `hiding` hides; `samples` forward passes each."""
    return torch.stack([_values(hiding, i, x, score.of(i), progress, samples) for i in range(len(x))])


def _values(
    hiding: Hiding, i: int, x: torch.Tensor, score: Score, progress: Progress, samples: int
) -> torch.Tensor:
    size = x.shape[2], x.shape[3]
    whole = (0, 0, *size)

    def scores(shown: list[tuple[Box, ...]]) -> list[float]:
        def masks(start: int, stop: int) -> torch.Tensor:
            return torch.stack([_mask(boxes, size) for boxes in shown[start:stop]]).to(x)

        found = hiding.masked(i, masks, len(shown), score, progress, lambda _found: None)
        return found.cpu().double().tolist()

    numbers = count()
    values = torch.zeros(size, dtype=torch.float64)
    nothing, everything = scores([(), (whole,)])
    waiting: Waiting = [(0.0, next(numbers), _Case(whole, (), nothing, everything, 1.0))]
    done = 2
    while waiting and done < samples:
        cases: list[_Case] = []
        while waiting and 2 * len(cases) < BATCH and done + 2 * len(cases) < samples:
            _, _, case = heapq.heappop(waiting)
            if case.box[2] * case.box[3] > 1:
                cases.append(case)
            else:
                _spread(values, case)
        halves = [cut(case.box) for case in cases]
        shown = [(*case.context, half) for case, pair in zip(cases, halves, strict=True) for half in pair]
        found = scores(shown) if shown else []
        done += len(shown)
        for n, (case, pair) in enumerate(zip(cases, halves, strict=True)):
            for new in _children(case, pair, found[2 * n], found[2 * n + 1]):
                rank = -abs(new.with_ - new.without) * new.weight
                heapq.heappush(waiting, (rank, next(numbers), new))
        if progress.due():
            progress.show(_with_rest(values, waiting).to(x), done, samples)
    return _with_rest(values, waiting).to(x)


def cut(box: Box) -> tuple[Box, Box]:
    """The two halves of a box, cut across its longer side; of two equal sides, across the height."""
    top, left, height, width = box
    if height >= width:
        half = height // 2
        return (top, left, half, width), (top + half, left, height - half, width)
    half = width // 2
    return (top, left, height, half), (top, left + half, height, width - half)


def _children(case: _Case, pair: tuple[Box, Box], first: float, second: float) -> list[_Case]:
    """The four cases of two halves, where `first` and `second` are the scores with one half alone."""
    one, other = pair
    weight, context = case.weight / 2, case.context
    return [
        _Case(one, context, case.without, first, weight),
        _Case(other, context, case.without, second, weight),
        _Case(one, (*context, other), second, case.with_, weight),
        _Case(other, (*context, one), first, case.with_, weight),
    ]


def _mask(boxes: tuple[Box, ...], size: tuple[int, int]) -> torch.Tensor:
    mask = torch.zeros(1, *size)
    for top, left, height, width in boxes:
        mask[:, top : top + height, left : left + width] = 1
    return mask


def _spread(values: torch.Tensor, case: _Case) -> None:
    top, left, height, width = case.box
    share = (case.with_ - case.without) * case.weight / (height * width)
    values[top : top + height, left : left + width] += share


def _with_rest(values: torch.Tensor, waiting: Waiting) -> torch.Tensor:
    total = values.clone()
    for _, _, case in waiting:
        _spread(total, case)
    return total


SPEC = MethodSpec(
    "partition_shap",
    "Partition SHAP",
    partition_shap,
    ("hiding", "x", "score", "progress"),
    (
        Param("samples", "int", 500, "Pictures that are scored.", low=10, high=10_000, step=100),
        baseline_param("blur"),
        BLUR,
        SCORE,
    ),
    formula=r"\phi(A)=\tfrac12\bigl[v(C\cup A)-v(C)+v(C\cup A\cup B)-v(C\cup B)\bigr]",
    paper="Owen, 1977; Lundberg and Lee, NeurIPS 2017",
    url="https://shap.readthedocs.io/en/latest/generated/shap.PartitionExplainer.html",
    reading=(
        "The score's difference from a baseline, divided among halves of the picture and their halves: large "
        "squares were not worth cutting."
    ),
    colour="#0369A1",
    signed=lambda params: True,
    family="Perturbation",
    passes=lambda layer, params, size: params["samples"],
    adds_up_to=DIFFERENCE,
    plain=(
        "The picture is cut into halves, those into halves again, and so on. Each half is scored with "
        "and without its neighbour, and what it adds is shared down the tree; the most important region "
        "is cut next. It answers what each region adds, in finer detail where more is at stake."
    ),
    fails=(
        "An object that a cut divides is treated as two, only because of where the grid lies. With few "
        "samples large blocks have one value each."
    ),
)
