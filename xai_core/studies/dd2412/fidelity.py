"""Task 7: does the marked part matter (fidelity), and is it another one for another class (contrastivity)?

    fidelity       p(x) - p(x with the marked pixels in the picture's mean colour)
    contrastivity  mean over other classes of |m xor m'| / |m or m'|,   m, m' what the maps of both mark

Marked are all positive pixels, as in the source but for the lowest hundredth of them; and, so that all
methods mark the same area, the tenth of the pixels that is highest. The control is a random map. The source
used a GoogLeNet that it had trained on CIFAR-10, and DeepSHAP.

Pope et al., Explainability Methods for Graph Convolutional Neural Networks, CVPR 2019."""

from __future__ import annotations

import numpy as np

from ...engine.explain import explain_many, predict
from ...metrics.agreement import highlighted
from ...metrics.fidelity import contrastivity, fidelity
from ...types import Params, Request
from .. import verdicts
from .._recipe import Ask, Bench, Found, Published, Step, Task, Values, each_picture
from ..clauses import about
from ..drawing import map_tile, scale_of
from ..outcome import Cell, Figure, Outcome, Table, Tile
from ._shared import RANDOM, SHIPPED, asks, target_of

METHODS = {
    "grad_cam": "Grad-CAM",
    "deep_lift_shap": "SHAP",
    "integrated_gradients": "integrated gradients",
    "random": RANDOM,
}
PARTS = {"all": 100.0, "tenth": 10.0}  # per cent of the pixels that are marked at most
NAMES = {"all": "all positive pixels", "tenth": "the highest tenth"}
MEASURES = ("fidelity", "contrastivity")


def measured(bench: Bench, step: Step) -> Values:
    """Of one picture both measures of every method for both parts; of the first picture also the maps."""
    image, target = bench.image(step.picture), target_of(bench, step.picture)
    answers = predict(bench.handle, image, min(bench["others"] + 1, len(bench.handle.labels)))
    others = [answer.index for answer in answers if answer.index != target][: bench["others"]]
    own = {
        "deep_lift_shap": {"aggregate": "signed"},
        "integrated_gradients": {"aggregate": "signed", "steps": bench["steps"]},
    }
    values: dict[str, np.ndarray] = {"target": np.array(target)}
    for method in METHODS:
        requests = [
            Request(method, index, None, own.get(method, {}), 1000 * step.picture + place)
            for place, index in enumerate((target, *others))
        ]
        first, *rest = explain_many(bench.handle, image, requests, cancelled=bench.cancelled)
        for part, percent in PARTS.items():
            masks = [highlighted(e.upsampled(), percent=percent) for e in (first, *rest)]
            apart = np.array([contrastivity(masks[0], mask) for mask in masks[1:]])
            drop = fidelity(bench.handle, image, first, percent=percent, baseline="mean").drop
            known = apart[~np.isnan(apart)]
            values |= {
                f"{method}, {part}, fidelity": np.array(drop),
                f"{method}, {part}, contrastivity": np.array(known.mean() if len(known) else np.nan),
                f"{method}, {part}, area": np.array(float(masks[0].mean())),
            }
        if step.picture == 0:
            values[f"{method}, map"] = first.heatmap
    return values


def conclude(bench: Bench, found: Found) -> Outcome:
    """Both measures by method and part, Grad-CAM against the others, and each against a random map."""
    each = {
        (method, part, measure): np.array([float(v[f"{method}, {part}, {measure}"]) for v in found.values()])
        for method in METHODS
        for part in PARTS
        for measure in (*MEASURES, "area")
    }
    rows = list[tuple[Cell, ...]]()
    for part in PARTS:
        for method, name in METHODS.items():
            cells = [verdicts.mean_of(each[method, part, m].tolist()).value for m in (*MEASURES, "area")]
            rows.append((name, NAMES[part], *cells))
    clauses = tuple(
        about(
            "larger",
            {"measure": f"{measure} ({NAMES['tenth']})", "one": name, "other": RANDOM},
            each[method, "tenth", measure],
            each["random", "tenth", measure],
        )
        for measure in MEASURES
        for method, name in METHODS.items()
        if method != "random"
    )
    estimates = {
        f"{measure}.{other}": verdicts.gap_of(
            each["grad_cam", "all", measure].tolist(), each[other, "all", measure].tolist()
        )
        for measure in MEASURES
        for other in ("deep_lift_shap", "integrated_gradients")
    }
    columns = ("map", "marked", *MEASURES, "share of the picture")
    table = Table("measures", f"Means over {len(found)} pictures.", columns, tuple(rows))
    return Outcome((_figure(bench, found), table), estimates, clauses)


def _figure(bench: Bench, found: Found) -> Figure:
    """The first picture and its maps."""
    step, values = next(iter(found.items()))
    view = bench.view(step.picture)
    tiles = [Tile(view, bench.handle.labels[int(values["target"])])]
    for method, name in METHODS.items():
        heatmap = values[f"{method}, map"]
        signed = bool((heatmap < 0).any())
        tiles.append(map_tile(view, heatmap, name, scale_of([heatmap], signed), signed))
    caption = "The first picture and its maps, each on its own scale. Red raises the score, blue lowers it."
    return Figure("maps", caption, tuple(tiles), across=5)


def _published(measure: str, other: str, test: str, said: str) -> Published:
    name, less = METHODS[other], "higher" if test == "above" else "lower"
    return Published(
        f"{measure}.{other}", f"The {measure} of Grad-CAM is {less} than that of {name}.", test, said=said
    )


TASK = Task(
    "7",
    "Contrastivity and fidelity",
    "What a map marks should matter to the answer, and it should be another part of the picture for another "
    "class.",
    asks(Ask("resnet20_cifar10"), Ask("cifar10", Params({"classes": 10})), others=3, steps=25),
    SHIPPED,
    each_picture(),
    measured,
    conclude,
    "e = xai.explain(handle, image, 'grad_cam')\n"
    "xai.metrics.fidelity.fidelity(handle, image, e, percent=10, baseline='mean').drop",
    (
        _published("contrastivity", "deep_lift_shap", "above", "0.887 against 0.694 (CIFAR-10)"),
        _published("contrastivity", "integrated_gradients", "above", "0.887 against 0.729 (CIFAR-10)"),
        _published("fidelity", "deep_lift_shap", "below", "0.782 against 0.802 (CIFAR-10)"),
        _published("fidelity", "integrated_gradients", "above", "0.782 against 0.762 (CIFAR-10)"),
    ),
    ("Which of the two measures gets better when a map marks more, and how is that made fair?",),
    lambda bench, step: (1 + bench["others"]) * 3.0 * (bench["steps"] + 17) + 24,
    50,
)
