"""Task 5: of what a map marks in a chest X-ray, how much lies in the box that a radiologist drew?

    share = pixels beyond 85 % of the map's maximum that lie in the box / all pixels beyond 85 % of it

The control is a random map: the box's share of the picture. The source used two DenseNet-121, "A" and "B".

Wang et al., ChestX-ray8, CVPR 2017 (pictures and boxes)."""

from __future__ import annotations

import numpy as np

from ...engine.explain import explain_many
from ...metrics.localization import activated_share
from ...types import Params, Request
from .. import verdicts
from .._recipe import Ask, Bench, Found, Published, Step, Task, Values, each_picture
from ..clauses import about
from ..drawing import map_tile, scale_of
from ..outcome import Figure, Outcome, Table, Tile
from ._shared import COLUMNS, PAIRS, RANDOM, TRUE, asks, boxes_of, framed, region, row_of, target_of

METHODS = {
    "grad_cam": "Grad-CAM",
    "grad_cam_plus_plus": "Grad-CAM++",
    "integrated_gradients": "integrated gradients",
    "gradient_shap": "GradientSHAP",
}
NAN = float("nan")


def shares(bench: Bench, step: Step) -> Values:
    """Of one picture each map's share in the box, and the box's own share of the picture; of the first
    picture also the maps."""
    target, boxes = target_of(bench, step.picture), boxes_of(bench, step.picture)
    own = {"integrated_gradients": {"steps": bench["steps"]}, "gradient_shap": {"samples": bench["samples"]}}
    requests = [Request(method, target, None, own.get(method, {}), step.picture) for method in METHODS]
    maps = explain_many(bench.handle, bench.image(step.picture), requests, cancelled=bench.cancelled)
    values: dict[str, np.ndarray] = {
        method: np.array(activated_share(e.upsampled(), boxes, bench["share"]) if boxes else NAN)
        for method, e in zip(METHODS, maps, strict=True)
    }
    area = float(region(bench, step.picture).mean()) if boxes else NAN
    values |= {"area": np.array(area), "target": np.array(target)}
    if step.picture == 0:
        values |= {f"{e.method}, map": e.heatmap for e in maps}
    return values


def conclude(bench: Bench, found: Found) -> Outcome:
    """The mean shares, each beside a random map's, and the methods compared picture by picture."""
    each = {method: np.array([float(v[method]) for v in found.values()]) for method in METHODS}
    area = np.array([float(values["area"]) for values in found.values()])
    rows = [row_of(METHODS[method], verdicts.share_of(each[method].tolist())) for method in METHODS]
    rows.append(row_of(RANDOM, verdicts.share_of(area.tolist())))
    marked = f"the share in the box of what is marked beyond {100 * bench['share']:.0f} %"
    clauses = tuple(
        about("larger", {"measure": marked, "one": name, "other": RANDOM}, each[method], area)
        for method, name in METHODS.items()
    )
    estimates = {
        other: verdicts.gap_of(each[other].tolist(), each["grad_cam"].tolist())
        for other in METHODS
        if other != "grad_cam"
    }
    table = Table("shares", "Shares in the box with 95 % intervals.", ("", *COLUMNS), tuple(rows))
    return Outcome((_figure(bench, found), table), estimates, clauses)


def _figure(bench: Bench, found: Found) -> Figure:
    """The first picture with its box, and the maps."""
    step, values = next(iter(found.items()))
    view = bench.view(step.picture)
    boxed = view
    for box in boxes_of(bench, step.picture):
        boxed = framed(boxed, box, TRUE)
    tiles = [Tile(boxed, bench.handle.labels[int(values["target"])])]
    for method, name in METHODS.items():
        heatmap = values[f"{method}, map"]
        drawn = map_tile(view, heatmap, "", scale_of([heatmap])).pixels
        for box in boxes_of(bench, step.picture):
            drawn = framed(drawn, box, TRUE)
        share = float(values[method])
        tiles.append(Tile(drawn, f"{name}, {'no share' if np.isnan(share) else f'{share:.2f} in the box'}"))
    caption = "The first picture with its box, and the four maps, each on its own scale."
    return Figure("maps", caption, tuple(tiles), across=5)


TASK = Task(
    "5",
    "A medical network",
    "A network that reads chest X-rays is asked where it looks. A radiologist has drawn a box around each "
    "finding; what a map marks most should lie in it.",
    asks(
        Ask("densenet121_chestxray14"),
        Ask("chestxray14", Params({"classes": 14})),
        share=0.85,
        steps=25,
        samples=25,
    ),
    PAIRS,
    each_picture(),
    shares,
    conclude,
    "e = xai.explain(handle, image, 'grad_cam')\n"
    "xai.metrics.localization.activated_share(e.upsampled(), image.boxes, parameters['share'])",
    tuple(
        Published(
            method,
            f"More of what {METHODS[method]} marks lies in the box than of what Grad-CAM marks.",
            "above",
            said=said,
        )
        for method, said in (
            ("grad_cam_plus_plus", "0.254 against 0.131 (A); 0.279 against 0.207 (B)"),
            ("integrated_gradients", "0.271 against 0.131 (A); 0.425 against 0.207 (B)"),
            ("gradient_shap", "0.258 against 0.131 (A); 0.413 against 0.207 (B)"),
        )
    ),
    ("Why can a map of few single pixels score well here, and would a physician be helped by it?",),
    lambda bench, step: 3.0 * (bench["steps"] + bench["samples"]) + 12,
    200,
)
