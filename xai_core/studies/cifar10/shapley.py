"""Part 4: Grad-CAM against Shapley values, which hide parts of the picture instead of asking for a gradient.

The Shapley values are Partition SHAP's, on the pixels. Grad-CAM is taken without ReLU, so that both maps may
be negative. The control is Grad-CAM of the next picture: two maps of different pictures are alike too, as far
as both lie in the middle.

Lundberg and Lee, A Unified Approach to Interpreting Model Predictions, NeurIPS 2017."""

from __future__ import annotations

import numpy as np

from ...engine.explain import explain_many, predict
from ...metrics.agreement import highlighted, iou, spearman
from ...types import Request, bilinear
from .. import verdicts
from .._recipe import Bench, Found, Step, Task, Values, each_picture
from ..clauses import about
from ..drawing import map_tile, scale_of
from ..outcome import Cell, Figure, Outcome, Table, Tile
from ._shared import STAND_IN, asks, by_photograph, photographs_of

SHOWN = 5


def both(bench: Bench, step: Step) -> Values:
    """Grad-CAM (h, w) and Partition SHAP (H, W) of what the network says of one picture."""
    image = bench.image(step.picture)
    (first,) = predict(bench.handle, image, 1)
    requests = [
        Request("grad_cam", first.index, bench["layers"][-1], {"relu": False}),
        Request("partition_shap", first.index, None, {"samples": bench["samples"]}),
    ]
    cam, shap = explain_many(bench.handle, image, requests, cancelled=bench.cancelled)
    return {"target": np.array(first.index), "grad_cam": cam.heatmap, "shap": shap.heatmap}


def agreement(cam: np.ndarray, shap: np.ndarray) -> tuple[float, float]:
    """Rank correlation and overlap of the top 20 % of Grad-CAM (h, w), brought to the pixels, with Shapley
    values (H, W)."""
    full = bilinear(cam, (shap.shape[0], shap.shape[1]))
    return spearman(full, shap), iou(highlighted(full), highlighted(shap))


def conclude(bench: Bench, found: Found) -> Outcome:
    """Both maps of the first pictures, and how alike they are beside the control."""
    steps = list(found.items())
    own = np.array([agreement(values["grad_cam"], values["shap"]) for _, values in steps])
    others = np.full_like(own, np.nan)
    if len(steps) > 1:
        nexts = [*steps[1:], steps[0]]
        pairs = zip(steps, nexts, strict=True)
        others = np.array([agreement(b["grad_cam"], a["shap"]) for (_, a), (_, b) in pairs])
    photographs = photographs_of(bench, [step.picture for step in found])
    rows, clauses = list[tuple[Cell, ...]](), []
    for place, measure in enumerate(
        ("the rank correlation with the Shapley values", "the overlap with them")
    ):
        mine, control = (by_photograph(values[:, place], photographs) for values in (own, others))
        words = {"measure": measure, "one": "Grad-CAM", "other": "Grad-CAM of another picture"}
        clauses.append(about("larger", words, mine, control))
        mean, apart = verdicts.mean_of(mine.tolist()), verdicts.gap_of(mine.tolist(), control.tolist())
        other = verdicts.mean_of(control.tolist()).value
        rows.append((measure, mean.value, mean.low, mean.high, other, apart.value, apart.low, apart.high))
    columns = ("mean of", "here", "from", "to", "another picture", "difference", "from", "to")
    table = Table("shapley", f"Agreement over {len(steps)} pictures.", columns, tuple(rows))
    return Outcome((_figure(bench, steps[:SHOWN]), table), clauses=tuple(clauses))


def _figure(bench: Bench, steps: list[tuple[Step, Values]]) -> Figure:
    """Above the pictures, below them Grad-CAM, and below that the Shapley values."""
    views = [bench.view(step.picture) for step, _ in steps]
    labels = [bench.handle.labels[int(values["target"])] for _, values in steps]
    tiles = [Tile(view, label) for view, label in zip(views, labels, strict=True)]
    for key, name in (("grad_cam", "Grad-CAM"), ("shap", "Shapley values")):
        for view, (_, values) in zip(views, steps, strict=True):
            scale = scale_of([values[key]], signed=True)
            tiles.append(map_tile(view, values[key], name, scale, signed=True))
    caption = "Red raises the score of what the network says, blue lowers it; each map on its own scale."
    return Figure("maps", caption, tuple(tiles), across=len(steps))


TASK = Task(
    "4",
    "Grad-CAM against Shapley values",
    "How alike Grad-CAM and Shapley values of the same picture are, beside Grad-CAM of another picture.",
    asks(samples=200),
    STAND_IN,
    each_picture(),
    both,
    conclude,
    "xai.explain(handle, image, 'grad_cam', target, parameters['layers'][-1], relu=False)\n"
    "xai.explain(handle, image, 'partition_shap', target, samples=parameters['samples'])",
    questions=("Where do the two disagree, and what would decide which of them is right?",),
    passes=lambda bench, step: bench["samples"] + 4.0,
    limit=30,
)
