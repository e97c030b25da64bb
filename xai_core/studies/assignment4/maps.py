"""What parts 2 to 4 compute of each picture: LIME, and class activation maps of the last convolutional layer,
all of the predicted class, with what happens when what they mark is hidden, or shown alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ...engine.explain import explain_many
from ...metrics.fidelity import fidelity
from ...metrics.lime_study import CAMS, requests
from ...types import Explanation, bilinear
from .._recipe import Bench, Found, Step, Values

LIME, MAPS = "lime", "cams"  # the parts
NAMES = {"grad_cam": "Grad-CAM", "score_cam": "Score-CAM", "ablation_cam": "Ablation-CAM"}


def mapped(bench: Bench, step: Step) -> Values:
    """The part's own values. Both parts are of the class that the network predicts."""
    return _lime(bench, step) if step.part == LIME else _cams(bench, step)


def passes(bench: Bench, step: Step) -> float:
    """LIME's samples, or about one pass for each channel that Score-CAM shows and Ablation-CAM removes."""
    if step.part == LIME:
        return bench["samples"] + 3.0 * (bench["draws"] + 1)
    return 2.0 * bench.handle.layer(None).channels + 3.0 * len(CAMS)


def settings(bench: Bench) -> dict[str, object]:
    """LIME's parameters."""
    return {name: bench[name] for name in ("samples", "segments")}


def upsampled(bench: Bench, values: np.ndarray) -> np.ndarray:
    """A map on the network's input grid."""
    height, width = bench.handle.input_size
    return bilinear(values, (height, width))


def of_part(found: Found, part: str) -> dict[int, Values]:
    """The values of that part by the number of their picture."""
    return {step.picture: values for step, values in found.items() if step.part == part}


def _lime(bench: Bench, step: Step) -> Values:
    """LIME's map; by how much the logit falls without what it marks, and on average without what its weights
    mark when they are given to other superpixels at random."""
    image = bench.image(step.picture)
    (e,) = explain_many(bench.handle, image, requests(settings(bench), cams=()), cancelled=bench.cancelled)
    rng = np.random.default_rng(step.picture)
    falls = [_fall(bench, step, e)]
    falls += [_fall(bench, step, _elsewhere(e, rng)) for _ in range(bench["draws"])]
    return _facts(e) | {
        "map": e.heatmap,
        "r2": np.array(e.facts["r2"]),
        "superpixels": np.array(e.facts["superpixels"]),
        "fall": np.array(falls[0]),
        "fall elsewhere": np.array(float(np.mean(falls[1:]))),
    }


def _fall(bench: Bench, step: Step, e: Explanation) -> float:
    bench.progress().check()
    image = bench.image(step.picture)
    return fidelity(bench.handle, image, e, percent=bench["percent"], baseline=bench["baseline"]).logit_drop


def _elsewhere(e: Explanation, rng: np.random.Generator) -> Explanation:
    """The map with the weights of its superpixels exchanged at random."""
    assert e.segments is not None
    weights = np.zeros(int(e.segments.max()) + 1, np.float32)
    weights[e.segments] = e.heatmap
    return replace(e, heatmap=rng.permutation(weights)[e.segments])


def _cams(bench: Bench, step: Step) -> Values:
    """The three maps, and how much of the class's probability is lost where each shows the picture."""
    image = bench.image(step.picture)
    wanted = requests()[1:]
    maps = explain_many(bench.handle, image, wanted, cancelled=bench.cancelled)
    values = _facts(maps[0]) | {"layer": np.array(maps[0].layer)}
    for e in maps:
        values[e.method] = e.heatmap
        values[f"{e.method}, drop"] = np.array(fidelity(bench.handle, image, e).average_drop)
    return values


def _facts(e: Explanation) -> dict[str, np.ndarray]:
    return {"label": np.array(e.label), "probability": np.array(e.probability)}
