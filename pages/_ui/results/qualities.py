"""Every quality of a map, as work that a page announces."""

from __future__ import annotations

from dataclasses import replace

import xai_core as xai
from xai_core.metrics.case import Case
from xai_core.metrics.insertion import CHANCE, chance
from xai_core.metrics.qualities import QUALITIES
from xai_core.types import Box, Params

from . import maps, networks
from .flights import Job, Report


def of_map(model: str, image: xai.ImageInput, request: xai.Request) -> Job:
    """Gives Params: quality -> value."""
    network = networks.handle(model)

    def run(report: Report) -> Params:
        (e,) = maps.explain(model, image, [request], report)
        return _measured(network, image, e, report)

    def seconds() -> float:
        inputs = sum(quality.inputs for quality in QUALITIES)
        more = sum(quality.maps for quality in QUALITIES)
        of_one = maps.seconds_of(model, image, [request], measured=False)
        return inputs * network.seconds_per_pass + (more + 1) * of_one

    key = ("qualities", network.identity, image.sha256, image.boxes, request.keyed())
    return Job(key, run, seconds, unit="measures", thing="maps")


def of_noise(model: str, image: xai.ImageInput, target: int) -> Job:
    """The same of noise in the place of a map of that class: what every map has to beat."""
    network = networks.handle(model)

    def run(report: Report) -> Params:
        (e,) = maps.explain(model, image, [xai.Request("gradient", target)], report)
        return _measured(network, image, chance(e), report)

    inputs = sum(quality.inputs for quality in QUALITIES if not quality.maps)
    key = ("qualities", network.identity, image.sha256, image.boxes, CHANCE, target)
    return Job(key, run, lambda: inputs * network.seconds_per_pass, unit="measures", thing="maps")


def _measured(network: xai.ModelHandle, image: xai.ImageInput, e: xai.Explanation, report: Report) -> Params:
    boxes = _of_class(image.boxes, e.target, network.labels[e.target])
    case = Case(network, replace(image, boxes=boxes), (), (), e, report.cancelled)
    values = {}
    for number, quality in enumerate(QUALITIES):
        report.progress(number, len(QUALITIES))
        values[quality.key] = float(quality.value(case))
    return Params(values)


def _of_class(boxes: tuple[Box, ...], target: int, label: str) -> tuple[Box, ...]:
    """The boxes of one class's objects: those that bear its label, or that of a sample of the class."""
    named = {sample.label: sample.classes for sample in xai.samples().values()}
    return tuple(box for box in boxes if box.label == label or target in named.get(box.label, ()))
