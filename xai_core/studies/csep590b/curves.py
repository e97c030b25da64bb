"""Part 4: insertion and deletion. Three maps and a random order, of one picture and on average over ten.

All tasks of this part share one step for each picture, which computes the maps and all curves."""

from __future__ import annotations

import numpy as np

from ...engine.explain import explain_many
from ...metrics.insertion import chance, curves_many
from ...types import Request
from .._recipe import Bench, Found, Step, Values
from ._shared import target_of

CHANCE = "random order"
METHODS = {
    "occlusion": "occlusion",
    "smooth_grad": "SmoothGrad",
    "integrated_gradients": "integrated gradients",
}
NAMES = (*METHODS.values(), CHANCE)


def curves_of(bench: Bench, step: Step) -> Values:
    """Of one picture the maps of the three methods, and for each of them and a random order the curves
    (d + 1,) and the areas under them."""
    image, side = bench.image(step.picture), bench["superpixel"]
    target = target_of(bench, step.picture)
    params = {
        "occlusion": {"window": side, "stride": side},
        "smooth_grad": {"samples": bench["samples"]},
        "integrated_gradients": {"steps": bench["steps"]},
    }
    requests = [Request(method, target, None, params[method]) for method in METHODS]
    maps = explain_many(bench.handle, image, requests, cancelled=bench.cancelled)
    ordered = [*maps, chance(maps[0], seed=step.picture)]
    found = curves_many(bench.handle, image, ordered, side, bench["baseline"], cancelled=bench.cancelled)
    values: dict[str, np.ndarray] = {"target": np.array(target)}
    for name, e, c in zip(NAMES, ordered, found, strict=True):
        values |= {
            f"{name}, map": e.heatmap,
            f"{name}, order": c.order,
            f"{name}, insertion": c.insertion,
            f"{name}, deletion": c.deletion,
            f"{name}, insertion area": np.array(c.insertion_auc),
            f"{name}, deletion area": np.array(c.deletion_auc),
        }
    return values


def areas(found: Found, which: str) -> dict[str, np.ndarray]:
    """For each order the areas (n,) under its curves, "insertion" or "deletion"."""
    return {
        name: np.array([float(values[f"{name}, {which} area"]) for values in found.values()])
        for name in NAMES
    }


def passes(bench: Bench, step: Step) -> float:
    height, width = bench.handle.input_size
    squares = (height // bench["superpixel"]) * (width // bench["superpixel"])
    return squares * (2 * len(NAMES) + 1) + 3 * (bench["samples"] + bench["steps"])


def stacked(found: Found, which: str) -> dict[str, np.ndarray]:
    return {name: np.stack([values[f"{name}, {which}"] for values in found.values()]) for name in NAMES}
