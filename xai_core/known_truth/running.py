"""Run a method on a case and measure its error in units of the truth.

    a_j = sum of the map over region j,     error = sum_j |f a_j - phi_j| / sum_j |phi_j|

phi is the truth (`case`). f is 1 for a method that promises completeness, whose map has the units of the
score. Every other method has no units of its own, and f >= 0 is the factor with the smallest error, which is
1 at most: an empty map, and one with the wrong sign everywhere, have the error 1. There is no offset: a map
that is bright everywhere is wrong about the regions that do nothing. A method passes a case where its error
is at most PASSED and, in a case with a second class, its maps pass the class test: the map of each of the two
classes is nearer to the truth of its own class than to that of the other.

Each method is asked the question that the truth answers: with the baseline of the case, on its regions, about
the logit, and with the sign kept where it has a choice. Everything else has its default.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..engine.explain import explain_many
from ..methods import DIFFERENCE, MethodSpec, find_method
from ..parameters import Param
from ..types import Explanation, InputError, Request
from .case import Case

PASSED = 0.1  # of the truth
DIGITS = 4  # of an error that is kept


@dataclass(frozen=True)
class Row:
    """What came of a method on a case.

    `error` is in units of the truth, rounded to DIGITS; None where the method cannot run. `passed` says
    whether the error is at most PASSED and the class test, where the case has one, is passed. `sentence` says
    why the method cannot run, or what else it failed; "" where there is nothing to say. `class_test` is None
    in a case with one class, and where the method cannot run."""

    method: str
    case: str
    error: float | None
    passed: bool
    sentence: str = ""
    class_test: bool | None = None


@dataclass(frozen=True, eq=False)
class Ran:
    """A row and the map behind it; None where the method cannot run."""

    row: Row
    map: Explanation | None


def run(case: Case, method: str, seed: int = 0) -> Ran:
    """Explain the case's picture with the method. Raises InputError for an unknown method; what a method
    cannot do is said in the row."""
    spec = find_method(method)
    classes = (case.target,) if case.other is None else (case.target, case.other)
    params = asked(spec, case)
    try:
        maps = explain_many(
            case.handle, case.picture, [Request(method, c, params=params, seed=seed) for c in classes]
        )
    except InputError as reason:
        return Ran(Row(method, case.key, None, False, str(reason)), None)
    found = error(spec, case, maps[0], case.target)
    told = None if case.other is None else tells_apart(spec, case, maps, classes)
    kept = round(found, DIGITS)
    sentence = _sentence(maps[0], told)
    return Ran(Row(method, case.key, kept, kept <= PASSED and told is not False, sentence, told), maps[0])


def asked(spec: MethodSpec, case: Case) -> dict[str, Any]:
    """The parameters with which a method is asked about the regions of a case; what it does not have, or does
    not accept, is left out."""
    height, width = case.handle.input_size
    wanted: dict[str, Any] = {
        "aggregate": "signed",
        "relu": False,
        "score": "logit",
        "baseline": case.baseline,
        "segmentation": "grid",
        "segments": case.rows * case.columns,
    }
    side = height // case.rows
    if side * case.rows == height and side * case.columns == width:  # square regions that a window can cover
        wanted |= {"window": side, "stride": side}
    return {p.name: wanted[p.name] for p in spec.params if p.name in wanted and _accepts(p, wanted[p.name])}


def is_complete(spec: MethodSpec) -> bool:
    """Whether the method promises a map that adds up to a difference of scores."""
    return spec.adds_up_to == DIFFERENCE


def over_regions(spec: MethodSpec, case: Case, heatmap: np.ndarray) -> np.ndarray:
    """float64 (d,): what a map (h, w) says about each region.

    The map is laid on the input grid, each of its values spread evenly over its own cell, and summed over the
    regions. A method that paints the value of each superpixel on all its pixels is averaged instead."""
    grid = case.regions
    rows, columns = (np.arange(n) * m // n for n, m in zip(grid.shape, heatmap.shape, strict=True))
    spread = heatmap.astype(float)[rows[:, None], columns]
    sums = np.bincount(grid.ravel(), spread.ravel())
    if "segments" in spec.uses:
        return sums / np.bincount(grid.ravel())
    return sums * heatmap.size / grid.size


def error(spec: MethodSpec, case: Case, found: Explanation, target: int) -> float:
    """How far a map is from the truth of class `target`, in units of that truth."""
    truth = case.truths[target]
    values = over_regions(spec, case, found.heatmap)
    factors = np.ones(1) if is_complete(spec) else _factors(values, truth)
    missed = np.abs(factors[:, None] * values - truth).sum(1)
    return float(missed.min() / np.abs(truth).sum())


def tells_apart(spec: MethodSpec, case: Case, maps: list[Explanation], classes: tuple[int, ...]) -> bool:
    """The class test: whether the map of each class is nearer to its own truth than to the other's."""
    errors = [[error(spec, case, found, c) for c in classes] for found in maps]
    return errors[0][0] < errors[0][1] and errors[1][1] < errors[1][0]


def _factors(values: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """The factors, not negative, of which one has the smallest sum |f values - truth|: this sum is piecewise
    linear in f, and bends at 0 and where a region is met exactly."""
    own = values != 0
    return np.maximum(0, np.append(truth[own] / values[own], 0.0))


def _accepts(param: Param, value: Any) -> bool:
    try:
        param.check(value, "")
    except InputError:
        return False
    return True


def _sentence(found: Explanation, told: bool | None) -> str:
    said = [] if found.heatmap.any() else ["The map is empty."]
    if told is False:
        said.append("The maps of the two classes do not tell them apart.")
    return " ".join(said)
