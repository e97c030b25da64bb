"""A gallery as a product of four choices: layers, methods, classes, and what is done with the sign."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product

import xai_core as xai

from ..state.shared import AXES
from ..state.subject import Subject

DEFAULT_METHODS = ("grad_cam", "grad_cam_plus_plus", "layer_cam", "hires_cam")
VARIANTS = {
    "With ReLU": {"relu": True, "counterfactual": False},
    "Without ReLU": {"relu": False, "counterfactual": False},
    "Counterfactual": {"relu": True, "counterfactual": True},
}


@dataclass(frozen=True)
class Value:
    """One value of an axis: what is written beside it, and what it sets."""

    label: str
    method: str | None = None
    layer: str | None = None
    target: int | None = None
    params: dict[str, bool] = field(default_factory=dict)


@dataclass(frozen=True)
class Grid:
    """Rows and columns with their labels, and a request for each tile; None where a tile says nothing new."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    requests: tuple[tuple[xai.Request, ...], ...]

    def flat(self) -> list[xai.Request]:
        """All requests, row by row."""
        return [request for row in self.requests for request in row]


def request(
    subject: Subject, method: str, layer: str | None, target: int, params: dict[str, bool] | None = None
) -> xai.Request:
    """A request with what the method has of it: some have no layer or one of their own, some no ReLU."""
    spec = xai.METHODS[method]
    known = {param.name for param in spec.params}
    chosen = {name: value for name, value in (params or {}).items() if name in known}
    if not spec.takes_layer:
        return xai.Request(method, target, None, chosen)
    return xai.Request(method, target, subject.handle.layer(layer).key, chosen)


def axis_values(
    subject: Subject,
    layers: tuple[str, ...],
    methods: tuple[str, ...],
    both_classes: bool,
    variants: dict[str, dict[str, bool]],
) -> dict[str, list[Value]]:
    """The chosen values of each axis."""
    sizes = {spec.key: spec.size for spec in subject.handle.layers}
    targets = [subject.target, subject.versus] if both_classes else [subject.target]
    return {
        "layer": [Value(f"{key}, {sizes[key][0]} × {sizes[key][1]}", layer=key) for key in layers],
        "method": [Value(xai.METHODS[key].label, method=key) for key in methods],
        "class": [Value(score.label, target=score.index) for score in targets],
        "variant": [Value(label, params=params) for label, params in variants.items()],
    }


def build(subject: Subject, values: dict[str, list[Value]], rows: str, columns: str) -> Grid:
    """The grid with these axes; any other axis with several values is nested into the rows."""
    inner = [axis for axis in AXES if axis not in (rows, columns) and len(values[axis]) > 1]
    fixed = [values[axis][0] for axis in AXES if axis not in (rows, columns, *inner)]
    across = values[columns]
    down = [tuple(parts) for parts in product(values[rows], *(values[axis] for axis in inner))]
    requests = tuple(tuple(_merged(subject, [*parts, column, *fixed]) for column in across) for parts in down)
    labels = tuple(", ".join(part.label for part in parts) for parts in down)
    return Grid(labels, tuple(value.label for value in across), requests)


def _merged(subject: Subject, parts: list[Value]) -> xai.Request:
    def only(name: str) -> object:
        return next(getattr(part, name) for part in parts if getattr(part, name) is not None)

    params = {name: value for part in parts for name, value in part.params.items()}
    return request(subject, only("method"), only("layer"), only("target"), params)
