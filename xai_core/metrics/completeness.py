"""Completeness: does a map add up to what its method promises?

    error = |sum M - d| / |d|,   d = s(x) - mean_b s(b)  or  d = s(x)

0 is exact, smaller is better. Which d is promised is declared by the method (`MethodSpec.adds_up_to`); b are
the baselines of its parameters, or what the method names in their place (`MethodSpec.start`). Here both sides
are computed anew: the signed map is summed, over superpixels where the method works on them, and the picture
and its baselines are scored. The relevance of LRP adds up to s(x) without biases only; its error is what the
biases hold, and of AttnLRP also what softmax holds.

Quantus 0.6.0 (Completeness) asks whether both sides are equal to the last bit, after it has divided the map
by its maximum, so that exact maps fail.

Sundararajan, Taly and Yan, Axiomatic Attribution for Deep Networks, ICML 2017 (completeness); Bach et al., On
pixel-wise explanations, PLOS ONE 2015 (conservation); Lundberg and Lee, NeurIPS 2017 (efficiency).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from ..engine.arguments import Arguments
from ..engine.explain import explain_many
from ..methods import DIFFERENCE, METHODS
from ..network.handle import ModelHandle
from ..network.patches import DROP, PATCH
from ..network.scores import Score
from ..types import Explanation, ImageInput, InputError, IsCancelled, Request
from ._quality import LOWER, Quality
from .case import Case


@dataclass(frozen=True)
class Completeness:
    """The map's sum, what it should be, and the `error` as a share of that; NaN where that is 0."""

    sum: float
    promised: float

    @property
    def error(self) -> float:
        return abs(self.sum - self.promised) / abs(self.promised) if self.promised else float("nan")


def completeness(
    handle: ModelHandle, image: ImageInput, e: Explanation, cancelled: IsCancelled | None = None
) -> Completeness:
    """Of a map of this picture. A map of absolute values is made again with its signs, since those add up.
    Raises InputError for a method that promises no sum."""
    spec = METHODS.get(e.method)
    if spec is None or not spec.adds_up_to:
        promising = ", ".join(key for key, one in METHODS.items() if one.adds_up_to)
        raise InputError(f"{e.method!r} promises no sum; the methods that do are {promising}.")
    if e.params.get("aggregate") == "abs":
        request = Request(e.method, e.target, e.layer, {**e.params, "aggregate": "signed"}, e.seed)
        (e,) = explain_many(handle, image, [request], cancelled=cancelled)
    return Completeness(_sum(e), _promised(handle, image, e, spec.adds_up_to))


def _sum(e: Explanation) -> float:
    """Over the pixels, or over the superpixels, each of which the map paints with its value."""
    values = e.heatmap.astype(np.float64)
    if e.segments is None:
        return float(values.sum())
    flat = e.segments.ravel()
    return float((np.bincount(flat, values.ravel()) / np.bincount(flat)).sum())


def _promised(handle: ModelHandle, image: ImageInput, e: Explanation, kind: str) -> float:
    score = Score.asked(e.target, e.params, handle.activation)
    with handle.session() as net:
        x = handle.preprocess(image)
        arguments = Arguments.of_input(handle, net, image, x)
        if e.params.get("baseline") == DROP:
            patches = arguments.segments(PATCH, 0)[0]
            ends = torch.tensor([[False], [True]]).expand(2, int(patches.max()) + 1)
            hiding = arguments.hiding(e.params, e.seed).regions(0, patches, 2)
            without, whole = hiding.scores(ends, score, handle.progress()).cpu().double().tolist()
            return whole - without
        inputs = [x]
        if kind == DIFFERENCE:
            inputs.append(_starts(arguments, x, e))
        with torch.inference_mode():
            found = torch.cat([score(net(one)) for each in inputs for one in each.split(1)]).cpu().double()
        handle.ledger.count(len(found))
    return float(found[0] - (found[1:].mean() if kind == DIFFERENCE else 0.0))


def _starts(arguments: Arguments, x: torch.Tensor, e: Explanation) -> torch.Tensor:
    """The inputs (S, 3, H, W) from whose mean score the map counts."""
    spec = METHODS[e.method]
    if spec.start is not None:
        return spec.start(x, e.params)
    return (arguments.backgrounds if "backgrounds" in spec.uses else arguments.baseline)(e.params, e.seed)


def _value(case: Case) -> float:
    """NaN for a method that promises no sum."""
    spec = METHODS.get(case.e.method)
    if spec is None or not spec.adds_up_to:
        return float("nan")
    return completeness(case.handle, case.image, case.e, case.cancelled).error


QUALITY = Quality(
    "completeness_error",
    "Completeness error",
    _value,
    LOWER,
    "0 (exact) upwards; empty where the method promises no sum",
    "how far the map's sum misses the one that its method promises, as a share of that; smaller is better",
    formula=r"\frac{\left|\sum M-d\right|}{|d|},\quad d=s(x)-s(b)\ \text{or}\ s(x)",
    reading=(
        "How far the map's sum misses what the method promises: the score's difference from the baseline, or "
        "the score. Empty where nothing is promised. For LRP the error is what biases hold; for AttnLRP, "
        "what biases and softmax hold."
    ),
    paper="Sundararajan et al., ICML 2017",
    url="https://arxiv.org/abs/1703.01365",
    inputs=2,
    maps=1,
)
