"""Frozen requests and results: what travels between the library, the cache, the pages and a notebook.

Nothing here knows a network. Arrays are NumPy and read-only, everything pickles, and a `Request` is hashable,
so that (model key, image sha256, request) is a complete cache key.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .arrays import bilinear as bilinear
from .arrays import read_only
from .display import Displayed
from .errors import Cancelled as Cancelled
from .errors import InputError as InputError
from .errors import WeightsMissing as WeightsMissing
from .frozen import Params as Params

OnProgress = Callable[[int, int], None]  # called with what is done and what there is in all
IsCancelled = Callable[[], bool]  # asked between two batches; True ends the work
ScoreFunction = Callable[[Any], Any]  # what a network returns for N pictures -> a tensor (N,)
NO_CLASS = -1  # stands for the class where a score of one's own is explained


@dataclass(frozen=True)
class Box:
    """A labelled rectangle in pixels of its picture: x0 <= x < x1, y0 <= y < y1."""

    label: str
    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True, eq=False)
class ImageInput:
    """A checked picture: `pixels` is uint8 (H, W, 3), upright sRGB, read-only.

    `fit` says how it is brought onto a model's input grid: "crop" (the model's own resize and centre crop),
    "squash" (aspect ratio given up) or "pad" (whole picture, bars of the model's mean colour). `sha256`
    covers pixels, size and fit, so it names what a network sees. `notes` are plain sentences on what was done
    to the file (only the first frame used, transparency laid on white ...). Two ImageInputs are equal when
    their sha256 are."""

    pixels: np.ndarray
    fit: str = "crop"
    name: str = "image"
    notes: tuple[str, ...] = ()
    boxes: tuple[Box, ...] = ()
    sha256: str = field(init=False)

    def __post_init__(self) -> None:
        pixels = read_only(self.pixels)
        object.__setattr__(self, "pixels", pixels)
        digest = hashlib.sha256(f"{pixels.shape}|{self.fit}|".encode())
        digest.update(pixels.data)
        object.__setattr__(self, "sha256", digest.hexdigest())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ImageInput) and self.sha256 == other.sha256

    def __hash__(self) -> int:
        return hash(self.sha256)

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self.pixels.flags.writeable = False  # pickle does not keep it

    def with_fit(self, fit: str) -> ImageInput:
        """The same picture with another fit; `fit` must be one of crop, squash, pad."""
        if fit not in FITS:
            raise InputError(f"fit is {fit!r}; accepted are {', '.join(FITS)}.")
        return self if fit == self.fit else dataclasses.replace(self, fit=fit)


FITS = ("crop", "squash", "pad")


@dataclass(frozen=True)
class ClassScore:
    """One class of a prediction: `logit` is the score before softmax or sigmoid, `probability` lies in
    0..1.
    """

    index: int
    label: str
    logit: float
    probability: float


@dataclass(frozen=True)
class LayerSpec:
    """A module with a spatial output, found by running the network once.

    `key` is the module path; `channels` and `size` = (h, w) describe the output for one image; `stride` is
    the input height over h; `suggested` marks the last layer of each stage; `channels_last` says that the
    module returns (N, h, w, C), which `capture` turns into (N, C, h, w).

    A token layer has a `prefix`: its module returns (N, T, C), `prefix` tokens (class, distillation,
    registers) in front of h w patch tokens in row-major order. `capture` gives the patch tokens as
    (N, C, h, w). `reached` is False where no patch token reaches the answer any more, since only the tokens
    in front are read behind the layer: every gradient is zero there."""

    key: str
    kind: str
    channels: int
    size: tuple[int, int]
    stride: float
    suggested: bool = False
    channels_last: bool = False
    prefix: int | None = None
    reached: bool = True


@dataclass(frozen=True)
class Request:
    """One wanted map. `target=None` is the predicted class, `layer=None` the method's default layer.

    `score` is a function of what the network returns for N pictures (a tensor, tuple or dict); it gives a
    tensor (N,), and that number is explained instead of a class."""

    method: str
    target: int | None = None
    layer: str | None = None
    params: Mapping[str, Any] = field(default_factory=Params)
    seed: int = 0
    score: ScoreFunction | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.params, Params):
            object.__setattr__(self, "params", Params(self.params))
        if self.score is not None and not callable(self.score):
            raise InputError(f"score is {self.score!r}; a function of the network's output is accepted.")

    def keyed(self) -> Request:
        """The request itself, as a part of a cache key. Raises InputError for one with a score of its own,
        since nothing that a process knows of a function stays the same when its code changes."""
        if self.score is not None:
            raise InputError(
                "The map of a score of its own is not kept, since a function is no part of a key."
            )
        return self

    def replace(self, **changes: Any) -> Request:
        """A copy with some fields changed."""
        return dataclasses.replace(self, **changes)


@dataclass(frozen=True, eq=False)
class Explanation(Displayed):
    """One map and how it was made. A notebook shows it over its picture; `figure()` gives the Plotly figure.

    `heatmap`: float32 (h, w), the method's own resolution and units; positive raises the target score.
    `signed`: the map may be negative. `layer` is None for methods without one. `params` holds every
    parameter, defaults filled in. `logit` and `probability` are the target's on this image. `forwards` counts
    the inputs pushed through the network, or through the part of it behind the layer; a pass shared by
    several maps counts in each of them. `seconds` is this map's own time plus the shared pass. `notes` are
    sentences worth reading beside the map. `view_size` is the model's input grid (H, W). `facts` holds what
    the method measured about itself, by name (the method's SPEC says what each means); `segments` is the
    (H, W) label map of a method that works on superpixels, else None. `view` is the picture as the network
    saw it, uint8 (H, W, 3), one array for all maps of one call; None where it was not kept. `versus` is the
    label of the class that the parameter `contrast` names, "" without one.

    For a request with a score of its own, `target` is NO_CLASS, `label` the function's name, `logit` its
    value and `probability` not a number."""

    _kind = "explanation"
    heatmap: np.ndarray
    method: str
    target: int
    label: str
    layer: str | None
    params: Params
    signed: bool
    logit: float
    probability: float
    forwards: int
    seconds: float
    view_size: tuple[int, int]
    seed: int = 0
    notes: tuple[str, ...] = ()
    facts: Mapping[str, float] = field(default_factory=Params)
    segments: np.ndarray | None = None
    view: np.ndarray | None = field(default=None, repr=False)
    versus: str = ""

    def __post_init__(self) -> None:
        for name in ("heatmap", "segments", "view"):
            values = getattr(self, name)
            if values is not None:
                object.__setattr__(self, name, read_only(values))

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        for values in (self.heatmap, self.segments, self.view):
            if values is not None:
                values.flags.writeable = False  # pickle does not keep it

    def upsampled(self, size: tuple[int, int] | None = None) -> np.ndarray:
        """float32 (H, W) on the model's input grid (or `size`), bilinear with half-pixel centres."""
        return bilinear(self.heatmap, size or self.view_size)

    @property
    def emptiness(self) -> str | None:
        """Why the map shows nothing: "one cell" (a 1 x 1 layer), "all negative" (ReLU kept nothing), "all
        zero", or None where it does show something."""
        if self.heatmap.size == 1:
            return "one cell"
        if self.heatmap.any():
            return None
        return "all negative" if self.params.get("relu") else "all zero"

    def rectified(self) -> Explanation:
        """The same map after ReLU, max(0, map): a pure function, no network runs. Notes stay."""
        if self.params.get("relu", True) is True:
            return self
        params = Params({**self.params, "relu": True})
        heatmap = np.maximum(self.heatmap, 0)
        return dataclasses.replace(self, heatmap=heatmap, params=params, signed=False)
