"""Part 3: Grad-CAM, Score-CAM and Ablation-CAM of the last convolutional layer."""

from __future__ import annotations

import numpy as np

from ...metrics.agreement import highlighted, iou
from .. import verdicts
from .._recipe import Bench, Found, Published, Task, each_picture
from ..clauses import about
from ..drawing import map_tile
from ..outcome import Cell, Figure, Outcome, Table, Tile
from ._shared import ASKS, PICTURES, STAND_IN
from .maps import MAPS, NAMES, mapped, of_part, passes, upsampled

PAIRS = (("grad_cam", "score_cam"), ("grad_cam", "ablation_cam"), ("score_cam", "ablation_cam"))


def conclude(bench: Bench, found: Found) -> Outcome:
    """The three maps of every picture, where they overlap, and which of them keeps the class best."""
    tiles, rows, layer = [], list[tuple[Cell, ...]](), ""
    drops: dict[str, list[float]] = {method: [] for method in NAMES}
    for number, values in of_part(found, MAPS).items():
        view, layer = bench.view(number), str(values["layer"])
        tiles.append(Tile(view, f"{values['label']}, {100 * float(values['probability']):.0f}\u00a0%"))
        tiles += [map_tile(view, values[method], name) for method, name in NAMES.items()]
        full = {m: highlighted(upsampled(bench, values[m]), percent=bench["percent"]) for m in NAMES}
        for method in NAMES:
            drops[method].append(float(values[f"{method}, drop"]))
        overlaps = (iou(full[a], full[b]) for a, b in PAIRS)
        rows.append((bench.examples[number].name, *(drops[m][-1] for m in NAMES), *overlaps))
    means = np.nanmean(np.array([row[1:] for row in rows], float), axis=0).tolist()
    columns = (
        "picture",
        *(f"drop, {name}" for name in NAMES.values()),
        *(f"IoU, {NAMES[a]} and {NAMES[b]}" for a, b in PAIRS),
    )
    caption = f"The last convolutional layer ({layer}), predicted class, each map on its own scale."
    about_drops = (
        "The share of the probability that is lost where a map alone shows the picture (average drop), and "
        f"the overlap of the highest {bench['percent']:.0f} % of two maps."
    )
    words = {"measure": "the average drop", "one": "Grad-CAM"}
    each = of_part(found, MAPS).values()
    empty = {name: sum(not (values[m] > 0).any() for values in each) for m, name in NAMES.items()}
    return Outcome(
        (
            Figure("cams", caption, tuple(tiles), across=4, on_paper=8),
            Table("cams", about_drops, columns, (*rows, ("mean", *means)), digits=2),
        ),
        {"score_cam": verdicts.gap_of(drops["grad_cam"], drops["score_cam"])},
        tuple(
            about("larger", {**words, "other": NAMES[m]}, np.array(drops["grad_cam"]), np.array(drops[m]))
            for m in ("score_cam", "ablation_cam")
        ),
        tuple(
            f"{name} is nowhere positive in {count} of {len(rows)} pictures. Such a map shows nothing of the "
            "picture, so its drop is that of a black one."
            for name, count in empty.items()
            if count
        ),
    )


TASK = Task(
    "3",
    "Grad-CAM, Score-CAM and Ablation-CAM",
    "Three ways to weigh the channels of the last convolutional layer: by gradients, by what each channel "
    "shows of the picture, and by what is lost without it.",
    ASKS,
    STAND_IN,
    each_picture(MAPS),
    mapped,
    conclude,
    "for method in ('grad_cam', 'score_cam', 'ablation_cam'):\n    xai.explain(handle, image, method)",
    (
        Published(
            "score_cam",
            "Score-CAM keeps the class better than Grad-CAM: the average drop is smaller.",
            "above",
            said="31.5 % against 47.8 % (Wang et al., VGG-16)",
        ),
    ),
    (
        "Where do the three maps differ, and does it follow from how they weigh channels?",
        "Which of the three would you use, and at what cost?",
    ),
    passes,
    PICTURES,
)
