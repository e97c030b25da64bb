"""Long work other than maps, as the cache keeps it: what it is, how it is done, and how long it takes
here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import cache as once
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pooch

import xai_core as xai
from xai_core.datasets import Dataset
from xai_core.evaluation import predictions as answers
from xai_core.evaluation.evaluate import UNSEEING, Plan, evaluate
from xai_core.metrics import sanity
from xai_core.metrics.fillers import hiding_seconds
from xai_core.metrics.insertion import chance
from xai_core.metrics.insertion import seconds as curve_seconds
from xai_core.metrics.removal import Removal, region_effect, removal
from xai_core.types import OnProgress, Params

from . import cache


def attack(
    model: str,
    image: xai.ImageInput,
    method: str,
    params: Mapping[str, Any],
    target: int | None,
    seed: int = 0,
) -> cache.Job:
    """An attack on a picture; `target` None is any other class."""
    network = cache.handle(model)
    return cache.Job(
        ("attack", model, image.sha256, method, Params(params), target, seed),
        lambda progress: xai.attack(network, image, method, target, seed, progress, **params),
        lambda: xai.estimate_attack(network, method, params),
    )


def taken_out(
    model: str,
    image: xai.ImageInput,
    request: xai.Request,
    how: str,
    percents: tuple[int, ...],
    control_percents: tuple[int, ...],
    controls: int,
) -> cache.Job:
    """The answer as the highest part of a map is taken out of the picture."""
    network = cache.handle(model)

    def run(progress: OnProgress | None) -> Removal:
        (e,) = cache.explain(model, image, [request])
        return removal(
            network, image, e.upsampled(), how, percents, control_percents, controls, progress=progress
        )

    passes = len(percents) + controls * len(control_percents)
    return cache.Job(
        ("removal", model, image.sha256, request, how, percents, control_percents, controls),
        run,
        lambda: passes * (network.seconds_per_pass + hiding_seconds(network, image, how)),
    )


def region(model: str, image: xai.ImageInput, mask: np.ndarray, how: str, controls: int) -> cache.Job:
    """The answer with a region taken out, and with the same region elsewhere."""
    network = cache.handle(model)
    return cache.Job(
        ("region", model, image.sha256, mask.tobytes(), how, controls),
        lambda progress: region_effect(network, image, mask, how, controls, progress=progress),
        lambda: (controls + 2) * (network.seconds_per_pass + hiding_seconds(network, image, how)),
    )


SEGMENTS = 64  # as many as squares of 28 pixels


def cells(model: str, image: xai.ImageInput, superpixel: int) -> np.ndarray | None:
    """SLIC segments where `superpixel` is 0, else None, which stands for squares of that side."""
    return None if superpixel else cache.segments(model, image, SEGMENTS)


def areas(
    model: str,
    image: xai.ImageInput,
    requests: Sequence[xai.Request],
    superpixel: int,
    baseline: str,
    score: str,
) -> cache.Job:
    """Insertion and deletion for several maps of one picture, and for a random order last: a list of
    Curves."""
    network = cache.handle(model)

    def run(progress: OnProgress | None) -> list[xai.Curves]:
        maps = cache.explain(model, image, requests)
        every = [*maps, chance(maps[0])]
        return xai.curves_many(
            network,
            image,
            every,
            superpixel,
            baseline,
            score,
            cells(model, image, superpixel),
            progress=progress,
        )

    def seconds() -> float:
        count = len(requests) + 1
        own = curve_seconds(network, image, count, superpixel, cells(model, image, superpixel))
        return cache.seconds_needed(model, image, requests) + own

    return cache.Job(
        ("areas", model, image.sha256, tuple(requests), superpixel, baseline, score), run, seconds
    )


def cascade(
    model: str, image: xai.ImageInput, requests: Sequence[xai.Request], independent: bool
) -> cache.Job:
    """Maps under more and more randomised weights: a list of rows."""
    network = cache.handle(model)

    def seconds() -> float:
        one = cache.seconds_needed(model, image, requests) + 20 * network.seconds_per_pass
        return len(sanity.stages(network)) * one

    return cache.Job(
        ("cascade", model, image.sha256, tuple(requests), independent),
        lambda progress: sanity.cascade(network, image, requests, independent, progress=progress),
        seconds,
    )


READING = 0.01  # seconds to read a picture and bring it onto the grid


def predictions(model: str, data: Dataset) -> cache.Job:
    """What the model answers over a dataset: Predictions."""
    network = cache.handle(model)
    return cache.Job(
        ("predictions", model, data),
        lambda progress: answers.predictions(network, data, progress),
        lambda: len(data.examples) * (network.seconds_per_pass + READING),
    )


def maps(model: str, image: xai.ImageInput, requests: Sequence[xai.Request]) -> cache.Job:
    """Maps of one of many pictures: a list of Explanations."""
    return cache.Job(
        ("maps", model, image.sha256, tuple(requests)),
        lambda progress: cache.explain(model, image, requests, progress),
        lambda: cache.seconds_needed(model, image, requests),
    )


def measured(model: str, data: Dataset, plan: Plan) -> cache.Job:
    """Maps over a dataset, measured: the rows of `evaluate`. Its parts lie on the disk, so that what was
    cancelled, by whomever, goes on where it stopped."""
    network = cache.handle(model)
    name = hashlib.sha256(repr((model, data, plan)).encode()).hexdigest()[:24]
    file = _kept() / f"{name}.parquet"

    def run(progress: OnProgress | None) -> pd.DataFrame:
        show = None if progress is None else lambda p: progress(p.done, p.total)
        return evaluate(network, data, plan, file, show)

    def seconds() -> float:
        if file.exists():
            return 0.0
        known = [name for name in plan.methods if name not in UNSEEING]
        requests = [plan.request(name, data.examples[0].target) for name in known]
        one = xai.estimate(network, cache.example(data.examples[0]), requests) if requests else 0.0
        return len(data.examples) * (one + READING + 2 * network.seconds_per_pass)

    return cache.Job(("measured", model, data, plan), run, seconds)


@once
def _kept() -> Path:
    """Where evaluations lie: a folder for each state of the code, whose results alone may be believed."""
    digest = hashlib.sha256()
    for file in sorted(Path(xai.__file__).parent.rglob("*.py")):
        digest.update(file.read_bytes())
    folder = Path(pooch.os_cache("saliency-lab")) / "evaluations" / digest.hexdigest()[:12]
    folder.mkdir(parents=True, exist_ok=True)
    return folder
