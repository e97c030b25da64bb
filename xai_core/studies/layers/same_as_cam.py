"""CAM equals Grad-CAM up to a constant on a network that ends in global pooling and one linear layer.

    CAM       = sum_k w_k A_k                       w_k: weight of channel k in the linear layer
    Grad-CAM  = sum_k (1 / Z sum_ij ds/dA_kij) A_k   = CAM / Z,   Z = h w cells

so that the largest difference between CAM and c Grad-CAM, c fitted by least squares, is rounding. The control
is the Grad-CAM map of the second class, fitted in the same way."""

from __future__ import annotations

import numpy as np

from ...engine.explain import explain_many, predict
from ...types import Request
from .. import verdicts
from .._recipe import Ask, Bench, Found, Needs, Published, StandIn, Step, Task, Values, each_picture
from ..clauses import about
from ..drawing import map_tile, scale_of
from ..outcome import Cell, Figure, Outcome, Table, Tile

TOLERANCE = 1e-4  # of the map's largest size: float32 rounding through one backward pass


def both(bench: Bench, step: Step) -> Values:
    """CAM and Grad-CAM, both without ReLU, of the first class, and Grad-CAM of the second."""
    image = bench.image(step.picture)
    first, second = (score.index for score in predict(bench.handle, image, 2))
    (cam,) = explain_many(bench.handle, image, [Request("cam", first, None, {"relu": False})])
    requests = [Request("grad_cam", target, cam.layer, {"relu": False}) for target in (first, second)]
    grad, other = explain_many(bench.handle, image, requests, cancelled=bench.cancelled)
    return {
        "cam": cam.heatmap,
        "grad_cam": grad.heatmap,
        "other": other.heatmap,
        "layer": np.array(cam.layer),
        "target": np.array(first),
    }


def fit(cam: np.ndarray, grad: np.ndarray) -> tuple[float, float]:
    """(c, max |CAM - c Grad-CAM| / max |CAM|) for the c of least squares."""
    a, b = cam.astype(np.float64).ravel(), grad.astype(np.float64).ravel()
    size = float(b @ b)
    c = float(a @ b) / size if size else 0.0
    return c, float(np.abs(a - c * b).max()) / max(float(np.abs(a).max()), 1e-30)


def conclude(bench: Bench, found: Found) -> Outcome:
    """The two maps of the first picture; constant and difference of every picture; the control."""
    rows, own, control, shares = list[tuple[Cell, ...]](), [], [], []
    for step, values in found.items():
        constant, apart = fit(values["cam"], values["grad_cam"])
        _, far = fit(values["cam"], values["other"])
        cells = values["cam"].size
        rows.append((bench.examples[step.picture].name, constant, cells, apart, far))
        own.append(apart)
        control.append(far)
        shares.append(constant / cells)
    step, values = next(iter(found.items()))
    view = bench.view(step.picture)
    tiles = [Tile(view, bench.examples[step.picture].name)]
    for key, label in (("cam", "CAM"), ("grad_cam", "Grad-CAM"), ("other", "Grad-CAM of the second class")):
        tiles.append(map_tile(view, values[key], label, scale_of([values[key]], signed=True), signed=True))
    caption = f"At {values['layer']}, without ReLU, each map on its own scale."
    columns = ("picture", "constant", "cells", "largest difference", "of the second class")
    table = Table("constant", "CAM against Grad-CAM times a constant.", columns, tuple(rows), digits=6)
    words = {"measure": "the largest difference", "one": "the second class", "other": "the same class"}
    return Outcome(
        (Figure("both", caption, tuple(tiles)), table),
        {"apart": verdicts.range_of(own), "constant": verdicts.range_of(shares)},
        (about("larger", words, np.array(control), np.array(own)),),
    )


TASK = Task(
    "3",
    "CAM and Grad-CAM",
    "On a network with global pooling the two maps differ by a constant factor, the number of cells.",
    Needs(Ask("resnet50"), Ask("ten")),
    StandIn(Ask("efficientnet_lite0"), Ask("shipped")),
    each_picture(),
    both,
    conclude,
    "cam = xai.explain(handle, image, 'cam', relu=False)\n"
    "grad_cam = xai.explain(handle, image, 'grad_cam', cam.target, cam.layer, relu=False)\n"
    "cam.heatmap / grad_cam.heatmap",
    (
        Published(
            "apart",
            "CAM is Grad-CAM times a constant: the largest difference is rounding.",
            "equal",
            0.0,
            TOLERANCE,
        ),
        Published("constant", "The constant is the number of cells.", "equal", 1.0, TOLERANCE, "1 a cell"),
    ),
    ("Why does the equality need global average pooling?",),
    lambda bench, step: 6.0,
    10,
)
