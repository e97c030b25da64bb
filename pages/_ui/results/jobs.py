"""Long work other than maps: what it is, how it is done, and how long it takes here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

import xai_core as xai
from xai_core.datasets import Dataset
from xai_core.evaluation import predictions as answered
from xai_core.metrics import insertion, lime_study, sanity
from xai_core.metrics.fillers import hiding_seconds
from xai_core.metrics.patch_curves import DROP
from xai_core.metrics.removal import Removal, region_effect, removal
from xai_core.network.patches import patch_grid
from xai_core.types import Params

from . import answers, maps, networks, pictures
from .flights import Job, Report

SEGMENTS = 64  # as many as squares of 28 pixels
READING = 0.01  # seconds to read a picture and bring it onto the grid


def attack(
    model: str,
    image: xai.ImageInput,
    method: str,
    params: Mapping[str, Any],
    target: int | None,
    seed: int = 0,
) -> Job:
    """An attack on a picture; `target` None is any other class. Gives a PerturbedImage."""
    network = networks.handle(model)
    return Job(
        ("attack", network.identity, image.sha256, method, Params(params), target, seed),
        lambda report: xai.attack(
            network, image, method, target, seed, report.progress, report.cancelled, **params
        ),
        lambda: xai.estimate_attack(network, method, params),
        thing="attacks",
        guess=lambda: xai.estimate_attack(network, method, params, measured=False),
    )


def taken_out(
    model: str,
    image: xai.ImageInput,
    request: xai.Request,
    how: str,
    percents: tuple[int, ...],
    control_percents: tuple[int, ...],
    controls: int,
) -> Job:
    """The answer as the highest part of a map is taken out of the picture. Gives a Removal."""
    network = networks.handle(model)

    def run(report: Report) -> Removal:
        (e,) = maps.explain(model, image, [request], report)
        return removal(
            network, image, e.upsampled(), how, percents, control_percents, controls, progress=report.progress
        )

    passes = len(percents) + controls * len(control_percents)
    shares = (percents, control_percents, controls)
    return Job(
        ("removal", network.identity, image.sha256, request.keyed(), how, *shares),
        run,
        lambda: passes * (seconds_per_pass(network) + hiding_seconds(network, image, how)),
        unit="pictures",
    )


def region(model: str, image: xai.ImageInput, mask: np.ndarray, how: str, controls: int) -> Job:
    """The answer with a region taken out, and with the same region elsewhere. Gives a RegionEffect."""
    network = networks.handle(model)
    return Job(
        ("region", network.identity, image.sha256, mask.tobytes(), how, controls),
        lambda report: region_effect(network, image, mask, how, controls, progress=report.progress),
        lambda: (controls + 2) * (seconds_per_pass(network) + hiding_seconds(network, image, how)),
        unit="pictures",
    )


def cells(model: str, image: xai.ImageInput, superpixel: int) -> np.ndarray | None:
    """SLIC segments where `superpixel` is 0, else None, which stands for squares of that side."""
    return None if superpixel else answers.segments(model, image, SEGMENTS)


def patch_side(handle: xai.ModelHandle) -> int | None:
    """The side of a transformer's patches in pixels; None for another network."""
    if all(layer.prefix is None for layer in handle.layers):
        return None
    return handle.input_size[0] // patch_grid(handle.layers)[0]


def side_of(handle: xai.ModelHandle, superpixel: int, baseline: str) -> int:
    """The side of the superpixels: that of the patches where these are left out, else what is asked for."""
    return (patch_side(handle) or superpixel) if baseline == DROP else superpixel


def areas(
    model: str,
    image: xai.ImageInput,
    requests: Sequence[xai.Request],
    superpixel: int,
    baseline: str,
    score: str,
) -> Job:
    """Insertion and deletion for several maps of one picture, and for a random order last. Gives a list of
    Curves."""
    network = networks.handle(model)
    superpixel = side_of(network, superpixel, baseline)

    def run(report: Report) -> list[xai.Curves]:
        found = maps.explain(model, image, requests, report)
        every = [*found, insertion.chance(found[0])]
        shapes = cells(model, image, superpixel)
        return xai.curves_many(
            network, image, every, superpixel, baseline, score, shapes, progress=report.progress
        )

    def seconds(measured: bool = True) -> float:
        shapes = cells(model, image, superpixel)
        own = insertion.seconds(network, image, len(requests) + 1, superpixel, shapes, measured, baseline)
        return maps.seconds_needed(model, image, requests, measured) + own

    key = ("areas", network.identity, image.sha256, _keyed(requests), superpixel, baseline, score)
    return Job(key, run, seconds, guess=lambda: seconds(measured=False))


def cascade(model: str, image: xai.ImageInput, requests: Sequence[xai.Request], independent: bool) -> Job:
    """Maps under more and more randomised weights. Gives a list of rows."""
    network = networks.handle(model)

    def seconds() -> float:
        one = maps.seconds_needed(model, image, requests) + 20 * seconds_per_pass(network)
        return len(sanity.stages(network)) * one

    return Job(
        ("cascade", network.identity, image.sha256, _keyed(requests), independent),
        lambda report: sanity.cascade(network, image, requests, independent, progress=report.progress),
        seconds,
        unit="stages",
    )


def lime_row(
    model: str,
    name: str,
    image: xai.ImageInput,
    requests: Sequence[xai.Request],
    threshold: str,
    percent: float,
) -> Job:
    """LIME beside class activation maps, for the predicted class of one picture of a set. Gives the row of
    `lime_study.row`: small, so that a set of any length is held."""
    network = networks.handle(model)

    def run(report: Report) -> dict[str, object]:
        found = maps.explain(model, image, requests, report)
        return lime_study.row(name, pictures.view(model, image, 1), found, threshold, percent)

    key = ("lime row", network.identity, name, image.sha256, _keyed(requests), threshold, percent)
    return Job(key, run, lambda: maps.seconds_needed(model, image, requests))


def predictions(model: str, data: Dataset) -> Job:
    """What the model answers over a dataset. Gives Predictions."""
    network = networks.handle(model)
    return Job(
        ("predictions", network.identity, data.fingerprint),
        lambda report: answered.predictions(network, data, report.progress, report.cancelled),
        lambda: len(data.examples) * (seconds_per_pass(network) + READING),
        unit="pictures",
    )


def maps_of(model: str, image: xai.ImageInput, requests: Sequence[xai.Request]) -> Job:
    """Maps of one of many pictures. Gives a list of Explanations."""
    network = networks.handle(model)
    return Job(
        ("maps of", network.identity, image.sha256, _keyed(requests)),
        lambda report: maps.explain(model, image, requests, report),
        lambda: maps.seconds_needed(model, image, requests),
        guess=lambda: maps.seconds_needed(model, image, requests, measured=False),
    )


def seconds_per_pass(network: xai.ModelHandle) -> float:
    """Measured seconds of one picture in a scoring batch."""
    return network.seconds_per_pass


def _keyed(requests: Sequence[xai.Request]) -> tuple[xai.Request, ...]:
    """The requests, as a part of a key."""
    return tuple(request.keyed() for request in requests)
