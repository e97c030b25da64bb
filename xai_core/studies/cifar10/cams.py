"""Part 3: Grad-CAM against Grad-CAM++ and XGrad-CAM, at an earlier layer and at the last one.

    average drop = mean over pictures of max(0, p(x) - p(E * x)) / p(x),   E the map scaled to 0..1

says how much of the class's probability is lost when the picture is darkened wherever the map is low; a map
that marks what counts loses little. The control is a map with random channel weights.

At the last layer of a network that ends in global average pooling and one linear layer, the gradient of a
channel is the same in every place, g_k, so XGrad-CAM weighs the channel by sum A_k g_k / sum A_k = g_k, as
Grad-CAM does: the two maps are the same but for rounding.

Chattopadhay et al., Grad-CAM++, WACV 2018; Fu et al., Axiom-based Grad-CAM, BMVC 2020."""

from __future__ import annotations

from itertools import product

import numpy as np

from ...engine.explain import explain_many, predict
from ...metrics.agreement import highlighted, iou, spearman
from ...metrics.fidelity import fidelity
from ...types import Request
from .. import verdicts
from .._recipe import Bench, Found, Published, Step, Task, Values, each_picture
from ..clauses import Clause, about
from ..drawing import map_tile
from ..outcome import Cell, Estimate, Figure, Outcome, Table, Tile
from ._shared import STAND_IN, asks, by_photograph, counted, photographs_of

GRAD, PLUS, XGRAD, RANDOM = "Grad-CAM", "Grad-CAM++", "XGrad-CAM", "random weights"
METHODS = {GRAD: "grad_cam", PLUS: "grad_cam_plus_plus", XGRAD: "xgrad_cam", RANDOM: "random"}
SHOWN = 3
TOLERANCE = 1e-4  # of the map's largest value: float32 rounding through one backward pass
EMPTY = 1e-12  # a map that is nowhere larger than this has no largest value to compare with


def maps_of(bench: Bench, step: Step) -> Values:
    """The maps of one picture, for what the network says, named "layer4, Grad-CAM", and with each the drop of
    the probability, named "layer4, Grad-CAM, drop"."""
    image = bench.image(step.picture)
    (first,) = predict(bench.handle, image, 1)
    wanted = list(product(bench["layers"], METHODS.items()))
    requests = [Request(key, first.index, layer, {}, step.picture) for layer, (_, key) in wanted]
    found = explain_many(bench.handle, image, requests, cancelled=bench.cancelled)
    values: dict[str, np.ndarray] = {"target": np.array(first.index)}
    for (layer, (name, _)), e in zip(wanted, found, strict=True):
        values[f"{layer}, {name}"] = e.heatmap
        values[f"{layer}, {name}, drop"] = np.array(fidelity(bench.handle, image, e).average_drop)
    return values


def largest_difference(one: np.ndarray, other: np.ndarray) -> float:
    """max |one - other| / max |one|; 0 where both maps are empty."""
    size = float(np.abs(one).max())
    gap = float(np.abs(one.astype(np.float64) - other).max())
    return gap / size if size > EMPTY else 0.0 if gap <= EMPTY else float("inf")


def conclude(bench: Bench, found: Found) -> Outcome:
    """Maps of the first pictures; agreement with Grad-CAM and average drop by layer and method."""
    photographs = photographs_of(bench, [step.picture for step in found])
    rows, clauses = list[tuple[Cell, ...]](), list[Clause]()
    for layer in bench["layers"]:
        drops = {}
        for name in METHODS:
            alike, overlap, drops[name] = (
                by_photograph(values, photographs) for values in _numbers(found, layer, name)
            )
            drop = verdicts.mean_of(drops[name].tolist())
            means = [verdicts.mean_of(values.tolist()).value for values in (alike, overlap)]
            rows.append((layer, name, *means, drop.value, drop.low, drop.high))
        words = {"measure": f"the average drop at {layer}"}
        pairs = ((GRAD, RANDOM), (PLUS, RANDOM), (PLUS, GRAD))
        clauses += [
            about("larger", {**words, "one": one, "other": other}, drops[one], drops[other])
            for one, other in pairs
        ]
    columns = ("layer", "method", "rank correlation", "overlap", "average drop", "from", "to")
    caption = "Agreement with Grad-CAM, and the average drop of the probability, from 0 to 1."
    table = Table("methods", caption, columns, tuple(rows))
    last = bench["layers"][-1]
    apart = verdicts.gap_of(drops[PLUS].tolist(), drops[GRAD].tolist())  # of the last layer
    estimates = {"same": _same(found, last), "plus": counted(bench, apart)}
    return Outcome((*_figures(bench, found), table), estimates, tuple(clauses), NOTES)


NOTES = (
    "The rank correlation counts all cells; the overlap is the share that the top 20 % of both maps have in "
    "common of what either has.",
)


def _numbers(found: Found, layer: str, name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of each picture (n,): rank correlation and overlap with Grad-CAM at that layer, and the drop."""
    pairs = [(values[f"{layer}, {GRAD}"], values[f"{layer}, {name}"]) for values in found.values()]
    alike = [spearman(*pair) for pair in pairs]
    overlap = [iou(*(highlighted(one) for one in pair)) for pair in pairs]
    drops = [float(values[f"{layer}, {name}, drop"]) for values in found.values()]
    return np.array(alike), np.array(overlap), np.array(drops)


def _same(found: Found, layer: str) -> Estimate:
    """The largest difference of XGrad-CAM from Grad-CAM, over pictures."""
    return verdicts.range_of(
        [largest_difference(v[f"{layer}, {GRAD}"], v[f"{layer}, {XGRAD}"]) for v in found.values()]
    )


def _figures(bench: Bench, found: Found) -> list[Figure]:
    """A figure for each layer: a row for each of the first pictures."""
    figures = []
    for layer in bench["layers"]:
        tiles = []
        for step, values in list(found.items())[:SHOWN]:
            view = bench.view(step.picture)
            tiles.append(Tile(view, bench.handle.labels[int(values["target"])]))
            tiles += [map_tile(view, values[f"{layer}, {name}"], name) for name in METHODS]
        caption = f"The maps at {layer} of what the network says, each on its own scale."
        figures.append(Figure(layer, caption, tuple(tiles), across=1 + len(METHODS)))
    return figures


TASK = Task(
    "3",
    "Grad-CAM, Grad-CAM++ and XGrad-CAM",
    "The three maps at an earlier layer and at the last one: how alike they are, and how much of the class's "
    "probability is lost when only what they mark is shown.",
    asks(),
    STAND_IN,
    each_picture(),
    maps_of,
    conclude,
    "for method in ('grad_cam', 'grad_cam_plus_plus', 'xgrad_cam'):\n"
    "    for layer in parameters['layers']:\n"
    "        xai.explain(handle, image, method, target, layer)",
    (
        Published(
            "same",
            "At the last layer of a network with global pooling XGrad-CAM is Grad-CAM.",
            "equal",
            0.0,
            TOLERANCE,
        ),
        Published(
            "plus",
            "Grad-CAM++ has a smaller average drop than Grad-CAM.",
            "below",
            said="36.84 % against 46.56 % (VGG-16, ImageNet)",
        ),
    ),
    (
        "Where do the three maps differ, and at which layer more?",
        "Would you trust a comparison by the average drop, which darkens the picture?",
    ),
    lambda bench, step: 36.0,
    100,
)
