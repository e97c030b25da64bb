"""Task 1: does the box around a Grad-CAM map find the object, without ever having been shown a box?

    box      the tight box around the largest region above 15 % of the map's maximum
    error@k  no right class among the first k answers, or its box and the object's overlap by at most a half

The control is the same box in the middle of the picture.

Selvaraju et al., Grad-CAM, ICCV 2017, section 4.1; Russakovsky et al., ILSVRC, IJCV 2015."""

from __future__ import annotations

import numpy as np

from ...engine.explain import explain_many, predict
from ...metrics.localization import OVERLAP, best_iou, box_of
from ...types import Box, Request, bilinear
from .. import verdicts
from .._recipe import Bench, Found, Published, Step, Task, Values, each_picture
from ..clauses import about
from ..drawing import map_tile
from ..outcome import Figure, Outcome, Table, Tile
from ._shared import (
    COLUMNS,
    FOUND,
    PAIRS,
    TRUE,
    asks,
    boxes_of,
    framed,
    layer_of,
    place_of,
    region,
    right_of,
    row_of,
    target_of,
)

FIRST, LAST = 1, 5  # answers that ILSVRC counts
SHOWN = 4
NAN = float("nan")


def located(bench: Bench, step: Step) -> Values:
    """Of one picture the place of the right class among five answers, its map, the map's box, and the
    overlaps of that box and of the same box in the middle with the object's."""
    number = step.picture
    place = place_of(predict(bench.handle, bench.image(number), LAST), right_of(bench, number))
    request = Request("grad_cam", target_of(bench, number), layer_of(bench))
    (e,) = explain_many(bench.handle, bench.image(number), [request], cancelled=bench.cancelled)
    box, boxes = box_of(e.upsampled(), bench["share"]), boxes_of(bench, number)
    overlaps = [best_iou(one, boxes) if boxes else NAN for one in (box, centred(box, bench.handle.grid.size))]
    sides = (NAN,) * 4 if box is None else (box.x0, box.y0, box.x1, box.y1)
    return {
        "place": np.array(place),
        "target": np.array(e.target),
        "map": e.heatmap,
        "box": np.array(sides),
        "iou": np.array(overlaps[0]),
        "middle": np.array(overlaps[1]),
    }


def centred(box: Box | None, size: tuple[int, int]) -> Box | None:
    """A box of the same size in the middle of a picture of (H, W)."""
    if box is None:
        return None
    wide, high = box.x1 - box.x0, box.y1 - box.y0
    left, top = (size[1] - wide) / 2, (size[0] - high) / 2
    return Box("", left, top, left + wide, top + high)


def errors(values: Values, first: int) -> tuple[float, float]:
    """(of classification, of localization) of one picture by its first answers: 1 for an error, else 0; NaN
    for the second where the object has no box in what the network sees."""
    missed = not 0 <= int(values["place"]) < first
    iou = float(values["iou"])
    return float(missed), NAN if np.isnan(iou) else float(missed or iou <= OVERLAP)


def conclude(bench: Bench, found: Found) -> Outcome:
    """The errors, the overlaps beside their control, and the boxes of the first pictures."""
    rows, estimates = [], {}
    for first in (FIRST, LAST):
        both = 100 * np.array([errors(values, first) for values in found.values()])
        rows.append(
            row_of(f"classification error, top {first} (%)", verdicts.share_of(both[:, 0].tolist(), 100))
        )
        estimates[f"top{first}"] = verdicts.share_of(both[:, 1].tolist(), 100)
        rows.append(row_of(f"localization error, top {first} (%)", estimates[f"top{first}"]))
    iou, middle = (np.array([float(v[name]) for v in found.values()]) for name in ("iou", "middle"))
    rows.append(row_of("overlap of the boxes", verdicts.share_of(iou.tolist())))
    rows.append(row_of("the same box in the middle", verdicts.share_of(middle.tolist())))
    words = {
        "measure": "the overlap with the object's box",
        "one": "the box of the map",
        "other": "the same box in the middle",
    }
    size = bench.handle.grid.size
    boxed = [(step, values) for step, values in found.items() if region(bench, step.picture).any()]
    clauses = [about("larger", words, iou, middle)]
    if boxed:
        maps = np.stack([bilinear(values["map"], size) for _, values in boxed])
        regions = np.stack([region(bench, step.picture) for step, _ in boxed])
        clauses.append(about("on", {"what": "the maps", "where": "their objects"}, maps, regions))
    table = Table("errors", "Errors and overlaps with their 95 % intervals.", ("", *COLUMNS), tuple(rows), 2)
    return Outcome((_figure(bench, found), table), estimates, tuple(clauses))


def _figure(bench: Bench, found: Found) -> Figure:
    """The first pictures with their maps, the object's box in white and that of the map in colour."""
    tiles = []
    for step, values in list(found.items())[:SHOWN]:
        drawn = map_tile(bench.view(step.picture), values["map"], "").pixels
        for box in boxes_of(bench, step.picture):
            drawn = framed(drawn, box, TRUE)
        if not np.isnan(values["box"]).any():
            drawn = framed(drawn, Box("", *map(float, values["box"])), FOUND)
        label = bench.handle.labels[int(values["target"])]
        tiles.append(Tile(drawn, f"{label}, overlap {float(values['iou']):.2f}"))
    share = f"{100 * bench['share']:.0f} %"
    caption = (
        f"Grad-CAM of the right class. White: the object's box. Orange: the box around the largest region "
        f"above {share} of the map's maximum."
    )
    return Figure("boxes", caption, tuple(tiles))


TASK = Task(
    "1",
    "Localization",
    "The box around what a Grad-CAM map marks is compared with the object's own box. It counts as found "
    "where they overlap by more than a half.",
    asks(share=0.15),
    PAIRS,
    each_picture(),
    located,
    conclude,
    "e = xai.explain(handle, image, 'grad_cam')\n"
    "xai.metrics.localization.box_of(e.upsampled(), parameters['share'])",
    (
        Published(
            "top1",
            "The top-1 localization error of VGG-16 is 56.51 %.",
            "equal",
            56.51,
            5.0,
            "56.51; re-examined 55.82",
            "%",
            True,
        ),
        Published(
            "top5",
            "The top-5 localization error of VGG-16 is 46.41 %.",
            "equal",
            46.41,
            5.0,
            "46.41; re-examined 44.82",
            "%",
            True,
        ),
    ),
    (
        "Why is the top-5 error smaller, although the maps of a picture are no better?",
        "What would a larger share of the maximum do to the boxes?",
    ),
    lambda bench, step: 5.0,
    2000,
)
