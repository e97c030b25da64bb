"""The kinds of clauses: their statements, how their numbers follow from raw arrays, and what they choose.

    on      maps (n, h, w), regions (n, h, w) bool    does the positive part lie in the region?
    side    maps (n, h, w)                            does it lie left or right of the middle?
    sign    maps (n, h, w)                            is more of the map for the class, or against it?
    larger  numbers (n,), numbers (n,)                is the first larger, picture by picture?
    apart   numbers (n,), group (n,) bool,            are they larger in the group than outside it?
            photographs (n,), questions ()

`photographs` number what each picture shows, since copies of one photograph are no independent witnesses;
with `questions` that many intervals hold together (`metrics.paired`).

A number over three pictures and more has the 95 % interval of its mean (`metrics.paired`); one picture
alone has its exact number, and two decide nothing. A statement is chosen where the whole interval is on its
side."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from ..metrics.paired import apart, paired
from ..types import InputError

HALF = 0.5
Numbers = Mapping[str, "Number"]


@dataclass(frozen=True)
class Number:
    """A number with its interval, and from how many pictures it comes; the ends are NaN where there is no
    interval. One picture is `exact`: its ends are the number itself."""

    value: float
    low: float
    high: float
    pictures: int

    @property
    def exact(self) -> bool:
        """Whether the number is that of a single picture."""
        return self.pictures == 1

    def above(self, at: float) -> bool:
        """Whether the whole interval lies above."""
        return self.low > at

    def below(self, at: float) -> bool:
        """Whether the whole interval lies below."""
        return self.high < at


@dataclass(frozen=True)
class Form:
    """A kind of clause. `statements` have words and numbers in braces and begin with a word of their own;
    `labels` say what each number is, and
    `percent` that they are printed as such."""

    statements: tuple[str, ...]
    words: tuple[str, ...]
    numbers: Callable[..., dict[str, Number]]
    choose: Callable[[Numbers], int]
    labels: Mapping[str, str]
    percent: bool = True


def number_of(values: np.ndarray) -> Number:
    """The mean of the values (n,), one of each picture, with its interval; NaNs are left out."""
    known = np.asarray(values, float)
    known = known[~np.isnan(known)]
    if len(known) == 1:
        only = float(known[0])
        return Number(only, only, only, 1)
    gap = paired(known, np.zeros(len(known)))
    return Number(gap.mean, gap.low, gap.high, len(known))


def share_inside(values: np.ndarray, region: np.ndarray) -> float:
    """sum of the positive part inside the region / sum of all of it: 0..1; NaN for a map without any. The
    sums are exact, so that the order of the pixels does not count."""
    positive = np.maximum(np.asarray(values, float), 0)
    inside, outside = math.fsum(positive[region]), math.fsum(positive[~region])
    return inside / (inside + outside) if inside + outside > 0 else float("nan")


def _on(maps: np.ndarray, regions: np.ndarray) -> dict[str, Number]:
    if maps.ndim != 3 or maps.shape != regions.shape:
        raise InputError(
            f"The maps are {maps.shape} and the regions {regions.shape}; both must be (n, h, w)."
        )
    shares = np.array([share_inside(m, r) for m, r in zip(maps, regions, strict=True)])
    areas = np.array([float(region.mean()) for region in regions])
    control = number_of(areas)
    flat = Number(control.value, float("nan"), float("nan"), control.pictures)
    return {"share": number_of(shares), "control": flat, "gap": number_of(shares - areas)}


def _choose_on(found: Numbers) -> int:
    if found["gap"].above(0):
        return 0 if found["share"].above(HALF) else 1
    return 2 if found["gap"].below(0) else 3


def _side(maps: np.ndarray) -> dict[str, Number]:
    """The middle column of an odd number belongs to neither half."""
    if maps.ndim != 3:
        raise InputError(f"The maps are {maps.shape}; they must be (n, h, w).")
    width = maps.shape[2]
    ends = np.r_[0 : width // 2, width - width // 2 : width]
    half = np.broadcast_to(np.arange(2 * (width // 2)) < width // 2, (maps.shape[1], len(ends)))
    sides = [(share_inside(m[:, ends], half), share_inside(m[:, ends], ~half)) for m in maps]
    left, right = np.array(sides).reshape(-1, 2).T
    return {"left": number_of(left), "right": number_of(right)}


def _choose_side(found: Numbers) -> int:
    return 0 if found["left"].above(HALF) else 1 if found["right"].above(HALF) else 2


def _sign(maps: np.ndarray) -> dict[str, Number]:
    sizes = [share_inside(np.abs(m), np.asarray(m) > 0) for m in maps]
    others = [share_inside(np.abs(m), np.asarray(m) < 0) for m in maps]
    return {"favour": number_of(np.array(sizes)), "against": number_of(np.array(others))}


def _choose_sign(found: Numbers) -> int:
    return 0 if found["favour"].above(HALF) else 1 if found["against"].above(HALF) else 2


def _larger(first: np.ndarray, second: np.ndarray) -> dict[str, Number]:
    first, second = np.asarray(first, float), np.asarray(second, float)
    if first.ndim != 1 or first.shape != second.shape:
        raise InputError(f"The numbers are {first.shape} and {second.shape}; both must be (n,).")
    return {"a": number_of(first), "b": number_of(second), "gap": number_of(first - second)}


def _choose_larger(found: Numbers) -> int:
    return 0 if found["gap"].above(0) else 1 if found["gap"].below(0) else 2


def _apart(
    values: np.ndarray, group: np.ndarray, photographs: np.ndarray, questions: np.ndarray
) -> dict[str, Number]:
    values, group = np.asarray(values, float), np.asarray(group)
    if values.ndim != 1 or not values.shape == group.shape == photographs.shape:
        raise InputError(
            f"The numbers are {values.shape}, the group {group.shape} and the photographs "
            f"{photographs.shape}; all must be (n,)."
        )
    copies = len(set(photographs.tolist())) < len(photographs)
    held = [(str(one),) for one in photographs] if copies else None
    gap = apart(values, group, held, int(questions))
    found = {"gap": Number(gap.mean, gap.low, gap.high, gap.pictures)}
    for name, own in (("a", group), ("b", ~group)):
        mean = number_of(values[own])
        found[name] = Number(mean.value, float("nan"), float("nan"), mean.pictures)
    return found


FORMS: dict[str, Form] = {
    "on": Form(
        (
            "Most of {what} lies on {where}: {share}, a random map {control}.",
            "More of {what} lies on {where} than of a random map: {share}, a random map {control}.",
            "Less of {what} lies on {where} than of a random map: {share}, a random map {control}.",
            "It is not decided whether {what} prefers {where}: {share}, a random map {control}.",
        ),
        ("what", "where"),
        _on,
        _choose_on,
        {"share": "share of the map", "control": "a random map", "gap": "difference"},
    ),
    "side": Form(
        (
            "More of {what} lies in the left half: {left}.",
            "More of {what} lies in the right half: {right}.",
            "It is not decided in which half more of {what} lies: {left} in the left one.",
        ),
        ("what",),
        _side,
        _choose_side,
        {"left": "left half", "right": "right half"},
    ),
    "sign": Form(
        (
            "More of {what} speaks for {name} than against it: {favour} of its size is positive.",
            "More of {what} speaks against {name} than for it: {against} of its size is negative.",
            "It is not decided whether more of {what} speaks for {name} or against it: {favour} of its size "
            "is positive.",
        ),
        ("what", "name"),
        _sign,
        _choose_sign,
        {"favour": "for {name}", "against": "against {name}"},
    ),
    "larger": Form(
        (
            "In these pictures {measure} is larger for {one} than for {other}: {a} against {b}, difference "
            "{gap}.",
            "In these pictures {measure} is smaller for {one} than for {other}: {a} against {b}, difference "
            "{gap}.",
            "It is not decided whether {measure} is larger for {one} than for {other}: {a} against {b}, "
            "difference {gap}.",
        ),
        ("measure", "one", "other"),
        _larger,
        _choose_larger,
        {"a": "{one}", "b": "{other}", "gap": "difference"},
        percent=False,
    ),
    "apart": Form(
        (
            "On average {measure} is larger in {one} than in {other}: {a} against {b}, difference {gap}.",
            "On average {measure} is smaller in {one} than in {other}: {a} against {b}, difference {gap}.",
            "It is not decided whether {measure} is larger in {one} than in {other}: {a} against {b}, "
            "difference {gap}.",
        ),
        ("measure", "one", "other"),
        _apart,
        _choose_larger,
        {"a": "{one}", "b": "{other}", "gap": "difference"},
        percent=False,
    ),
}
