"""Part 2: Grad-CAM of five pictures that are classified rightly and five that are not, and what differs
between the two over all pictures.

Four numbers of each map are compared, and their intervals hold together (Bonferroni). A difference between
the two groups is no cause: the wrong pictures may differ in much else."""

from __future__ import annotations

import numpy as np

from ...engine.explain import explain_many, predict
from ...metrics.agreement import spearman
from ...metrics.gini import gini
from ...types import Request, bilinear
from .._recipe import Bench, Found, Step, Task, Values
from ..clause_kinds import share_inside
from ..clauses import Clause, about
from ..drawing import map_tile
from ..outcome import Cell, Figure, Outcome, Table, Tile
from ._shared import STAND_IN, asks, in_batches, is_right, numbers_in, photographs_of

SHOWN = 5
SIDE = 32  # cells on a side of the grid on which the middle of a map is measured
SAID, SECOND, RIGHT = range(
    3
)  # whose map: of what the network says, of its second choice, of the right class
MEASURES = (
    "the sparseness of the map",
    "the share of the map in the middle quarter",
    "the largest value of the map",
    "the rank correlation with the map of the second choice",
)


def maps_of(bench: Bench, step: Step) -> Values:
    """For each picture of a batch its first and second choice (n, 2), the probability of the first (n,), and
    Grad-CAM without ReLU at the last layer (n, 3, h, w) of both and of the right class."""
    work, layer = bench.progress(len(numbers_in(step))), bench["layers"][-1]
    choices, chances, maps = [], [], []
    for number in numbers_in(step):
        work.check()
        image, right = bench.image(number), bench.examples[number].targets
        first, second = predict(bench.handle, image, 2)
        targets = (first.index, second.index, first.index if first.index in right else right[0])
        wanted = list(dict.fromkeys(targets))
        requests = [Request("grad_cam", target, layer, {"relu": False}) for target in wanted]
        found = explain_many(bench.handle, image, requests, cancelled=bench.cancelled)
        maps.append(np.stack([found[wanted.index(target)].heatmap for target in targets]))
        choices.append(targets[:2])
        chances.append(first.probability)
    return {"choices": np.array(choices), "probability": np.array(chances), "maps": np.stack(maps)}


def measured(maps: np.ndarray) -> tuple[float, float, float, float]:
    """MEASURES of the maps (3, h, w) of a picture. The first three are of the positive part; a number that a
    flat map does not have is NaN."""
    values = np.maximum(maps[SAID], 0)
    edge = SIDE // 4
    middle = np.zeros((SIDE, SIDE), bool)
    middle[edge:-edge, edge:-edge] = True
    share = share_inside(bilinear(values, (SIDE, SIDE)), middle)
    return gini(values), share, float(values.max()), spearman(maps[SAID], maps[SECOND])


def conclude(bench: Bench, found: Found) -> Outcome:
    """The first five right and the first five wrong pictures with their maps, and the table of measures."""
    numbers = [n for step in found for n in numbers_in(step)]
    choices, chances, maps = (
        np.concatenate([values[name] for values in found.values()])
        for name in ("choices", "probability", "maps")
    )
    right = is_right(bench, numbers, choices[:, 0])
    figures = []
    for name, own in (("right", right), ("wrong", ~right)):
        places = np.flatnonzero(own)[:SHOWN].tolist()
        if places:
            figures.append(_figure(name, bench, numbers, places, choices, chances, maps))
    if right.all() or not right.any():
        note = (
            f"All {len(right):,} pictures are classified {'rightly' if right.all() else 'wrongly'}, so there"
        )
        return Outcome(tuple(figures), notes=(f"{note} is nothing to compare with.",))
    photographs = photographs_of(bench, numbers)
    each = np.array([measured(one) for one in maps])
    rows, clauses = list[tuple[Cell, ...]](), list[Clause]()
    for place, measure in enumerate(MEASURES):
        words = {"measure": measure, "one": "right pictures", "other": "wrong ones"}
        clause = about("apart", words, each[:, place], right, photographs, np.array(len(MEASURES)))
        inside, outside, gap = (dict(clause.numbers)[name] for name in ("a", "b", "gap"))
        rows.append((measure, inside.value, outside.value, gap.value, gap.low, gap.high))
        clauses.append(clause)
    columns = ("mean of", "right", "wrong", "difference", "from", "to")
    caption = f"What differs between {right.sum():,} right and {(~right).sum():,} wrong pictures."
    return Outcome(
        (*figures, Table("differences", caption, columns, tuple(rows))), clauses=tuple(clauses), notes=NOTES
    )


NOTES = (
    "The four intervals hold together with 95 %. They count photographs: copies of one photograph are one.",
    "The middle quarter of the picture is a square of half its height and width; a flat map has 0.25 there.",
    "The two groups differ in other things too, such as their classes, so a difference names no cause.",
)


def _figure(
    name: str,
    bench: Bench,
    numbers: list[int],
    places: list[int],
    choices: np.ndarray,
    chances: np.ndarray,
    maps: np.ndarray,
) -> Figure:
    """The pictures, below them the maps of what the network says, and of wrong ones those of the right
    class."""
    views = [bench.view(numbers[place]) for place in places]
    labels = bench.handle.labels
    tiles = [
        Tile(view, bench.examples[numbers[place]].label) for view, place in zip(views, places, strict=True)
    ]
    for view, place in zip(views, places, strict=True):
        text = f"{labels[choices[place, 0]]}, {100 * chances[place]:.0f} %"
        tiles.append(map_tile(view, np.maximum(maps[place, SAID], 0), text))
    caption = f"The first {len(places)} pictures that are classified {name}ly" + (
        ", and Grad-CAM of the class." if name == "right" else ", Grad-CAM of what the network says, and "
    )
    if name == "wrong":
        caption += "of the right class."
        for view, place in zip(views, places, strict=True):
            target = labels[bench.examples[numbers[place]].target]
            tiles.append(map_tile(view, np.maximum(maps[place, RIGHT], 0), f"of {target}"))
    return Figure(name, caption, tuple(tiles), across=len(places))


TASK = Task(
    "2",
    "Right and wrong answers",
    "Grad-CAM of five right and five wrong answers, and what differs between the two over all pictures.",
    asks(),
    STAND_IN,
    in_batches,
    maps_of,
    conclude,
    "xai.explain(handle, image, 'grad_cam', target, parameters['layers'][-1])",
    questions=(
        "What do you see in the maps of the wrong answers that the right ones do not show?",
        "Do the measures over all pictures bear that out?",
    ),
    passes=lambda bench, step: 5.0 * len(numbers_in(step)),
)
