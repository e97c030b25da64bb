"""What is searched for, checked before anything runs."""

from __future__ import annotations

import dataclasses

from ..engine.explain import check
from ..methods import METHODS
from ..metrics.fillers import FILLS
from ..network.handle import ModelHandle
from ..types import InputError, Params, Request

GRID = 14  # cells a side of the grid to which every map is reduced
WHOLE = {  # whole numbers: field -> the smallest that is accepted
    "least": 10,
    "pictures": 5,
    "receivers": 10,
    "controls": 1,
    "neighbours": 2,
    "most_clusters": 2,
}


@dataclasses.dataclass(frozen=True)
class Search:
    """Settings of a search; the same settings give the same findings.

    `method`, `layer` and `params` say which map is taken of each picture, for its own class. `labels` are the
    classes that are searched, () all; a class with fewer than `least` pictures is left out. `side` is the
    side of a region as a share of the picture's, `fill` how it is taken out (grey, blur, inpaint).
    `neighbours` and `most_clusters` belong to the clustering. Of a cluster at most `pictures` are tried,
    against `controls` other places each, and the region is pasted into at most `receivers` pictures of
    other classes."""

    method: str = "grad_cam"
    layer: str | None = None
    params: Params = dataclasses.field(default_factory=Params)
    labels: tuple[str, ...] = ()
    least: int = 20
    side: float = 0.25
    fill: str = "grey"
    neighbours: int = 5
    most_clusters: int = 8
    pictures: int = 40
    receivers: int = 60
    controls: int = 3
    seed: int = 0

    def check(self, handle: ModelHandle) -> None:
        """Raise InputError, in one sentence, for a setting that is not accepted."""
        if self.method not in METHODS:
            raise InputError(f"There is no method {self.method!r}; the methods are {', '.join(METHODS)}.")
        check(handle, self.request(None))
        if len(handle.labels) < 2:
            raise InputError(f"{handle.key} has {len(handle.labels)} classes; a search needs two.")
        if self.fill not in FILLS:
            raise InputError(f"fill is {self.fill!r}; accepted are {', '.join(FILLS)}.")
        if not 0.1 <= self.side <= 0.3:  # else some region leaves no place for its control
            raise InputError(
                f"side is {self.side!r}; a share of a picture's side from 0.1 to 0.3 is accepted."
            )
        for name, low in WHOLE.items():
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or value < low:
                raise InputError(f"{name} is {value!r}; a whole number of at least {low} is accepted.")

    @property
    def cells(self) -> int:
        """Cells of the grid along a region's side."""
        return max(1, round(self.side * GRID))

    def request(self, target: int | None) -> Request:
        """The map that is taken of a picture whose class is `target`."""
        return Request(self.method, target, self.layer, self.params)

    def map_settings(self) -> dict[str, object]:
        """In plain values, for JSON: what the maps depend on."""
        return {"method": self.method, "layer": self.layer, "params": dict(self.params), "grid": GRID}

    def settings(self) -> dict[str, object]:
        """In plain values, for JSON: everything."""
        return {**dataclasses.asdict(self), "params": dict(self.params), "labels": list(self.labels)}
