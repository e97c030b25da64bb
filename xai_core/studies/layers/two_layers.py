"""Grad-CAM at two layers for two classes of one picture: plain, without ReLU, and the counterfactual."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np

from ...engine.explain import explain_many
from ...types import Params, Request, bilinear
from .. import verdicts
from .._recipe import Ask, Bench, Found, Needs, Published, StandIn, Step, Task, Values, first_picture
from ..clauses import Clause, about
from ..drawing import map_tile, region_of, scale_of
from ..outcome import Cell, Figure, Outcome, Table, Tile

VARIANTS = {
    "plain": {"relu": True},
    "without ReLU": {"relu": False},
    "counterfactual": {"relu": True, "counterfactual": True},
}
LAST = Published(
    "last", "The map of the last layer lies on its object more than that of the earlier layer.", "above"
)


def maps_of(bench: Bench, step: Step) -> Values:
    """The maps of every class, layer and variant, named "282, layer4, plain", from one forward and one
    backward pass for each class."""
    wanted = list(product(bench["classes"], bench["layers"], VARIANTS))
    requests = [Request("grad_cam", target, layer, VARIANTS[variant]) for target, layer, variant in wanted]
    found = explain_many(bench.handle, bench.image(step.picture), requests, cancelled=bench.cancelled)
    values = {name(*key): e.heatmap for key, e in zip(wanted, found, strict=True)}
    values |= {f"{e.target}, probability": np.array(e.probability) for e in found}
    return values


def name(target: int, layer: str, variant: str) -> str:
    """The name of a map among a step's values."""
    return f"{target}, {layer}, {variant}"


def conclude(bench: Bench, found: Found) -> Outcome:
    """A figure for each class, a row a layer; where the maps lie; and whether the last layer lies better."""
    ((step, values),) = found.items()
    view, rows, gaps = bench.view(step.picture), list[tuple[Cell, ...]](), list[float]()
    figures, clauses = [], list[Clause]()
    for target, box in zip(bench["classes"], bench["objects"], strict=True):
        label = bench.handle.labels[target]
        tiles = [tile for layer in bench["layers"] for tile in _row(view, values, target, layer)]
        caption = (
            f"Grad-CAM of {label}: above at {bench['layers'][0]}, below at {bench['layers'][1]}. Without "
            "ReLU red raises the score and blue lowers it; the counterfactual is the map of the negated "
            "score."
        )
        figures.append(Figure(str(target), caption, tuple(tiles)))
        region = region_of(bench, step.picture, box)
        shares = []
        for layer in bench["layers"]:
            own = _clauses(values, target, label, layer, box, region)
            clauses += own
            shares.append(dict(own[0].numbers)["share"].value)
            other = _upsampled(values[name(target, layer, "counterfactual")], region.shape)
            against = about("on", {"what": "x", "where": "y"}, other[None], region[None]).numbers
            favour = dict(own[1].numbers)["favour"].value
            rows.append(
                (label, layer, shares[-1], dict(against)["share"].value, favour, region.mean().item())
            )
        gaps.append(shares[1] - shares[0])
    columns = (
        "class",
        "layer",
        "on its object",
        "counterfactual on it",
        "positive without ReLU",
        "a random map",
    )
    table = Table("shares", "Shares of the maps, from 0 to 1.", columns, tuple(rows))
    return Outcome((*figures, table), {"last": replace(verdicts.mean_of(gaps), of="map")}, tuple(clauses))


def _row(view: np.ndarray, values: Values, target: int, layer: str) -> list[Tile]:
    """The picture, and the variants at one layer."""
    tiles = [Tile(view, layer)]
    for variant in VARIANTS:
        found, signed = values[name(target, layer, variant)], variant == "without ReLU"
        tiles.append(map_tile(view, found, variant, scale_of([found], signed), signed))
    return tiles


def _clauses(
    values: Values, target: int, label: str, layer: str, box: str, region: np.ndarray
) -> tuple[Clause, Clause]:
    """Where the plain map lies, and for what the map without ReLU speaks."""
    plain = _upsampled(values[name(target, layer, "plain")], region.shape)
    free = values[name(target, layer, "without ReLU")]
    where = about(
        "on",
        {"what": f"the map of {label} at {layer}", "where": f"the box of {box}"},
        plain[None],
        region[None],
    )
    words = {"what": f"the map at {layer} without ReLU", "name": label}
    return where, about("sign", words, free[None])


def _upsampled(values: np.ndarray, size: tuple[int, ...]) -> np.ndarray:
    return bilinear(values, (size[0], size[1]))


PICTURE = Ask("dog_cat", Params({"classes": (243, 282), "objects": ("bull mastiff", "tiger cat")}))
MOSAIC = Ask("coffee_and_cat", Params({"classes": (967, 282), "objects": ("Coffee", "Chelsea the cat")}))
_CALL = (
    "for layer in parameters['layers']:\n"
    "    for target in parameters['classes']:\n"
    "        xai.explain(handle, image, 'grad_cam', target, layer)\n"
    "        xai.explain(handle, image, 'grad_cam', target, layer, relu=False)\n"
    "        xai.explain(handle, image, 'grad_cam', target, layer, counterfactual=True)"
)


def _task(key: str, model: str, title: str, layers: tuple[str, str], instead: tuple[str, str]) -> Task:
    """The task on one network; `instead` are the layers of its stand-in."""
    return Task(
        key,
        title,
        "The map of each of the two objects at both layers: plain, without ReLU, and counterfactual.",
        Needs(Ask(model, Params({"layers": layers})), PICTURE),
        StandIn(Ask("efficientnet_lite0", Params({"layers": instead})), MOSAIC),
        first_picture(),
        maps_of,
        conclude,
        _CALL,
        (LAST,),
        (
            "What does the earlier layer show that the last one does not?",
            "Which parts does ReLU take away, and for what do they speak?",
        ),
        lambda bench, step: 8.0,
        1,
    )


TASKS = (
    _task(
        "1", "resnet50", "ResNet-50, layer3 against layer4", ("layer3", "layer4"), ("blocks.5", "blocks.6")
    ),
    _task(
        "2",
        "vgg16",
        "VGG-16, features.25 against features.29",
        ("features.25", "features.29"),
        ("blocks.4", "blocks.6"),
    ),
)
