"""The only place that caches, and the only way from a page to a network. Handles are shared by all visitors. Maps
are kept one by one under (model, image sha256, request), so a gallery asks only for what is new, in as few
passes as that allows; results are NumPy."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import streamlit as st

import xai_core as xai
from xai_core.datasets import Dataset, Example, open_dataset
from xai_core.figures import encode
from xai_core.inputs.samples import load_sample, mosaic, sample_path, square
from xai_core.inputs.superpixels import segment
from xai_core.metrics import fidelity as fidelities
from xai_core.metrics.sanity import HEAD, randomised, stages
from xai_core.models import find_model, on_this_machine, weights_file
from xai_core.models.weights import fetch_weights
from xai_core.network.batches import keep_freed_memory
from xai_core.types import OnProgress

from .store import Store


@st.cache_resource(show_spinner=False)
def _store() -> Store:
    keep_freed_memory()
    return Store(96_000_000)


@st.cache_resource(show_spinner=False)
def _results() -> Store:
    return Store(96_000_000)


@dataclass(frozen=True)
class Job:
    """Work other than a map: what it is (a complete key), how it is done, and how long it takes here."""

    key: Hashable
    run: Callable[[OnProgress | None], Any]
    seconds: Callable[[], float]

    def result(self) -> Any | None:
        """What came out, if it has been done before."""
        return _results().get(self.key)

    def do(self, progress: OnProgress | None = None) -> Any:
        """The result, from memory or computed now."""
        found = self.result()
        if found is None:
            found = self.run(progress)
            _results().put(self.key, found)
        return found


@st.cache_resource(max_entries=2, show_spinner="Loading the network")
def _handle(key: str) -> xai.ModelHandle:
    _store()
    return xai.load_model(key)


@st.cache_resource(max_entries=2, show_spinner="Drawing random weights")
def _random_handle(key: str, part: str) -> xai.ModelHandle:
    trained = _handle(key)
    return randomised(trained, modules=stages(trained)[HEAD] if part == HEAD else None)


def random_key(key: str, part: str) -> str:
    """The key of the same network with random weights in its head, or in all of it."""
    return f"{key}~{part}"


def handle(key: str) -> xai.ModelHandle:
    """The loaded model, or the same network with random weights. Its weights must be on this machine
    (`weights_here`)."""
    trained, _, part = key.partition("~")
    return _random_handle(trained, part) if part else _handle(key)


@st.cache_data(ttl=60, show_spinner=False)
def models_here() -> frozenset[str]:
    """Registry models that load without a download; looked up again every minute."""
    return frozenset(key for key in xai.MODELS if on_this_machine(key))


def forget() -> None:
    """Start all caches anew: an added model may have a key that was once another's."""
    st.cache_data.clear()
    st.cache_resource.clear()


def weights_here(key: str) -> bool:
    """Whether this model loads without a download."""
    return key in models_here() or on_this_machine(key)


def download(key: str, progress: OnProgress) -> None:
    """Fetch a model's weights; raises WeightsMissing."""
    spec = find_model(key)
    fetch_weights(spec, weights_file(spec), progress)
    models_here.clear()


@st.cache_data(max_entries=64, ttl=3600, show_spinner=False)
def sample(key: str, fit: str) -> xai.ImageInput:
    """A picture of the gallery, or "a+b" for the mosaic of several."""
    keys = key.split("+")
    return load_sample(key, fit) if len(keys) == 1 else mosaic(keys, fit)


@st.cache_data(max_entries=64, ttl=3600, show_spinner=False)
def sample_is_here(key: str) -> bool:
    """Whether a picture of the gallery needs no download."""
    return sample_path(key, fetch=False) is not None


@st.cache_data(max_entries=64, show_spinner=False)
def thumbnail(key: str) -> bytes:
    """A small square picture of a sample, as JPEG."""
    return encode(square(load_sample(key).pixels, 112), "JPEG")


@st.cache_data(max_entries=256, ttl=3600, show_spinner=False)
def _classes(model: str, sha256: str, _image: xai.ImageInput) -> tuple[xai.ClassScore, ...]:
    network = handle(model)
    return xai.predict(network, _image, top=len(network.labels))


def classes(model: str, image: xai.ImageInput) -> tuple[xai.ClassScore, ...]:
    """All classes of an image, most probable first."""
    return _classes(model, image.sha256, image)


@st.cache_data(max_entries=32, ttl=3600, show_spinner=False)
def _view(model: str, sha256: str, scale: int, _image: xai.ImageInput) -> np.ndarray:
    return handle(model).view(_image, scale)


SHARP = 448  # pixels that a picture needs to stay sharp when shown large


def view(model: str, image: xai.ImageInput, scale: int = 0) -> np.ndarray:
    """The picture as the model sees it, at `scale` times its resolution; 0 is as large as stays sharp."""
    scale = scale or max(2, -(-SHARP // max(handle(model).input_size)))
    return _view(model, image.sha256, scale, image)


@st.cache_data(max_entries=8, ttl=600, show_spinner=False)
def dataset(source: str, model: str, class_map: tuple[tuple[str, str], ...], limit: int) -> Dataset:
    """The labelled pictures at `source`, at most `limit` of them (0: all), spread evenly over the set."""
    found = open_dataset(source, handle(model).labels, dict(class_map))
    return found.spread(limit) if limit else found


@st.cache_data(max_entries=128, ttl=600, show_spinner=False)
def example(one: Example) -> xai.ImageInput:
    """A picture of a dataset."""
    return one.image()


def known(model: str, image: xai.ImageInput, request: xai.Request) -> xai.Explanation | None:
    """A map that has been computed before, or None."""
    return _as_asked(_store().get((model, image.sha256, _raw(request))), request)


def explain(
    model: str,
    image: xai.ImageInput,
    requests: Sequence[xai.Request],
    progress: OnProgress | None = None,
    on_partial: Callable[[xai.Coarse], None] | None = None,
) -> list[xai.Explanation]:
    """The maps of all requests, in order; only those not known yet reach the network, together.

    Every map is computed without ReLU and rectified afterwards, and a gradient map together with its
    counterfactual, which the same pass gives: so neither switch costs a pass. `on_partial` is given the long
    ones as they grow."""
    found = {raw: _store().get((model, image.sha256, raw)) for raw in map(_raw, requests)}
    wanted = list(dict.fromkeys(v for raw, e in found.items() if e is None for v in _free_with(raw)))
    if wanted:
        asked = {_raw(request): request for request in requests}

        def look(coarse: xai.Coarse) -> None:
            on_partial(replace(coarse, map=_as_asked(coarse.map, asked[coarse.request])))

        maps = xai.explain_many(handle(model), image, wanted, progress, on_partial=on_partial and look)
        for raw, e in zip(wanted, (replace(e, view=None) for e in maps), strict=True):  # pages have views
            found[raw] = e
            _store().put((model, image.sha256, raw), e)
    return [_as_asked(found[_raw(request)], request) for request in requests]


def _as_asked(e: xai.Explanation | None, request: xai.Request) -> xai.Explanation | None:
    return e.rectified() if e is not None and request.params.get("relu", True) else e


def _raw(request: xai.Request) -> xai.Request:
    """The request as it is kept: every parameter filled in, without ReLU."""
    params = dict(xai.METHODS[request.method].complete(request.params))
    return request.replace(params=params | ({"relu": False} if "relu" in params else {}))


def _free_with(raw: xai.Request) -> list[xai.Request]:
    """The request and what the same pass gives for nothing."""
    method = xai.METHODS[raw.method]
    if method.long or "gradients" not in method.uses or "counterfactual" not in raw.params:
        return [raw]
    return [raw.replace(params=dict(raw.params) | {"counterfactual": sign}) for sign in (False, True)]


def seconds_needed(model: str, image: xai.ImageInput, requests: Sequence[xai.Request]) -> float:
    """A measured estimate for those of the requests that are not known yet."""
    missing = [request for request in requests if known(model, image, request) is None]
    return xai.estimate(handle(model), image, missing) if missing else 0.0


@st.cache_data(max_entries=16, show_spinner=False)
def _segments(model: str, sha256: str, kind: str, count: int, _image: xai.ImageInput) -> np.ndarray:
    return segment(view(model, _image, 1), kind, count)


def segments(model: str, image: xai.ImageInput, count: int, kind: str = "slic") -> np.ndarray:
    """Superpixels (H, W) on the model's input grid."""
    return _segments(model, image.sha256, kind, count, image)


@st.cache_data(max_entries=256, ttl=3600, show_spinner=False)
def _fidelity(
    model: str,
    sha256: str,
    request: str,
    threshold: str,
    percent: float,
    _image: xai.ImageInput,
    _e: xai.Explanation,
) -> fidelities.Fidelity:
    return fidelities.fidelity(handle(model), _image, _e, threshold, percent)


def fidelity(
    model: str, image: xai.ImageInput, e: xai.Explanation, threshold: str, percent: float
) -> fidelities.Fidelity:
    """What hiding the highlighted part of a map does."""
    request = xai.Request(e.method, e.target, e.layer, e.params, e.seed)
    return _fidelity(model, image.sha256, repr(request), threshold, percent, image, e)
