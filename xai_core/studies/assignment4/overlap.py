"""Part 4: how much of what LIME marks the class activation maps mark too, in simple and complex pictures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...metrics.agreement import highlighted, iou
from ...metrics.complexity import Complexity, complexity
from ...metrics.paired import apart
from .. import verdicts
from .._recipe import Bench, Found, Task, each_picture
from ..clauses import Clause, about
from ..drawing import overlap_tile
from ..outcome import Cell, Figure, Outcome, Table, Tile
from ._shared import ASKS, PICTURES, STAND_IN
from .maps import LIME, MAPS, NAMES, mapped, of_part, passes, upsampled

IOU = "the IoU with LIME"


@dataclass(frozen=True)
class Overlap:
    """One picture: its complexity, the IoU of LIME with each method's map, and the mean IoU of LIME with the
    same method's maps of the other pictures, which is what the habit of looking at the middle gives."""

    number: int
    complexity: Complexity
    own: dict[str, float]
    foreign: dict[str, float]


def overlaps(bench: Bench, found: Found) -> list[Overlap]:
    """Of every picture, from the one with the fewest edges to the one with the most."""
    marked = {
        number: highlighted(values["map"], percent=bench["percent"])
        for number, values in of_part(found, LIME).items()
    }
    maps = {
        number: {m: highlighted(upsampled(bench, values[m]), percent=bench["percent"]) for m in NAMES}
        for number, values in of_part(found, MAPS).items()
    }
    made = []
    for number, mask in marked.items():
        others = [other for other in maps if other != number]
        own = {m: iou(mask, maps[number][m]) for m in NAMES}
        foreign = {m: _mean([iou(mask, maps[other][m]) for other in others]) for m in NAMES}
        made.append(Overlap(number, complexity(bench.view(number)), own, foreign))
    return sorted(made, key=lambda one: (one.complexity.edges, one.number))


def conclude(bench: Bench, found: Found) -> Outcome:
    """The IoU of every picture, from simple to complex; the means against those of other pictures' maps; and
    the simple half against the complex one."""
    each = overlaps(bench, found)
    simple = np.arange(len(each)) < len(each) // 2
    return Outcome(
        (_figure(bench, found, each), _pictures(bench, each, simple), _means(each, simple)),
        clauses=(*_controls(each), *_halves(each, simple)),
    )


def _figure(bench: Bench, found: Found, each: list[Overlap]) -> Figure:
    tiles = list[Tile]()
    lime, maps = of_part(found, LIME), of_part(found, MAPS)
    for one in each:
        first = highlighted(lime[one.number]["map"], percent=bench["percent"])
        second = highlighted(upsampled(bench, maps[one.number]["grad_cam"]), percent=bench["percent"])
        text = f"{lime[one.number]['label']}, IoU {one.own['grad_cam']:.2f}"
        tiles.append(overlap_tile(bench.view(one.number), first, second, text))
    caption = (
        f"The highest {bench['percent']:.0f} % of LIME and of Grad-CAM, from the simplest picture to the "
        "most complex: in colour where both mark the picture, orange where LIME alone does, blue where "
        "Grad-CAM alone does."
    )
    return Figure("overlap", caption, tuple(tiles), across=5)


def _pictures(bench: Bench, each: list[Overlap], simple: np.ndarray) -> Table:
    rows = tuple(
        (
            bench.examples[one.number].name,
            "simple" if half else "complex",
            one.complexity.edges,
            one.complexity.entropy,
            one.complexity.regions,
            *one.own.values(),
        )
        for one, half in zip(each, simple.tolist(), strict=True)
    )
    columns = ("picture", "half", "edges", "entropy", "regions", *(f"IoU, {name}" for name in NAMES.values()))
    caption = (
        "IoU of LIME with each map. Edges are the share of pixels on an edge, by which the pictures are put "
        "into halves; entropy is in bits; regions are those of a segmentation."
    )
    return Table("iou", caption, columns, rows, digits=2)


def _means(each: list[Overlap], simple: np.ndarray) -> Table:
    rows = list[tuple[Cell, ...]]()
    for method, name in NAMES.items():
        values = np.array([one.own[method] for one in each])
        mean, foreign = verdicts.mean_of(values.tolist()), _mean([one.foreign[method] for one in each])
        halves = (_mean(values[simple].tolist()), _mean(values[~simple].tolist()))
        gap = apart(values, simple)
        rows.append((name, mean.value, mean.low, mean.high, foreign, *halves, gap.mean, gap.low, gap.high))
    columns = ("IoU of LIME with", "mean", "from", "to", "of other pictures", "simple", "complex")
    caption = (
        "Mean IoU with its 95 % interval, the same with the maps of the other pictures, and the simple half "
        "less the complex one."
    )
    return Table("means", caption, (*columns, "difference", "from", "to"), tuple(rows), digits=2)


def _controls(each: list[Overlap]) -> list[Clause]:
    """Whether a method agrees with LIME more than its maps of other pictures do."""
    return [
        about(
            "larger",
            {"measure": IOU, "one": name, "other": f"{name} of other pictures"},
            np.array([one.own[method] for one in each]),
            np.array([one.foreign[method] for one in each]),
        )
        for method, name in NAMES.items()
    ]


def _halves(each: list[Overlap], simple: np.ndarray) -> list[Clause]:
    """Whether LIME and a method agree more in simple pictures."""
    words = {"one": "simple pictures", "other": "complex pictures"}
    return [
        about(
            "apart",
            words | {"measure": f"the IoU of LIME with {name}"},
            np.array([one.own[method] for one in each]),
            simple,
            np.arange(len(each)),
            np.array(1),
        )
        for method, name in NAMES.items()
    ]


def _mean(values: list[float]) -> float:
    known = [value for value in values if not np.isnan(value)]
    return float(np.mean(known)) if known else float("nan")


TASK = Task(
    "4",
    "Where LIME and the maps agree",
    "The overlap of the highest fifth of LIME with that of each map, for simple and for complex pictures.",
    ASKS,
    STAND_IN,
    each_picture(LIME, MAPS),
    mapped,
    conclude,
    "from xai_core.metrics import lime_study\n\n"
    "lime = {'samples': parameters['samples'], 'segments': parameters['segments']}\n"
    "maps = xai.explain_many(handle, image, lime_study.requests(lime))\n"
    "lime_study.row(image.name, handle.view(image), maps, percent=parameters['percent'])",
    questions=(
        "With which map does LIME agree most, and is it more than chance?",
        "Do they agree more in simple pictures, and how would you measure complexity?",
        "Where they disagree, which of them is right, and how could one find out?",
    ),
    passes=passes,
    limit=PICTURES,
)
