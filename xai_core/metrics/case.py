"""What a metric of a data set is computed from: one map, and what is known about its picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..inputs.views import view_boxes
from ..methods import METHODS
from ..network.handle import ModelHandle
from ..types import Box, ClassScore, Explanation, ImageInput, IsCancelled, Request
from . import localization
from .input_stability import InputStability, input_stability
from .insertion import Curves, curves_many

SUPERPIXELS = 8  # a side of the grid on which insertion, deletion and the like are measured


@dataclass(frozen=True)
class Case:
    """One map of one picture: the right classes, the first five predictions, and the map. `cancelled` is
    asked between two batches of work for it."""

    handle: ModelHandle
    image: ImageInput
    targets: tuple[int, ...]
    scores: tuple[ClassScore, ...]
    e: Explanation
    cancelled: IsCancelled | None = None

    @cached_property
    def values(self) -> np.ndarray:
        """The map on the input grid."""
        return self.e.upsampled()

    @cached_property
    def boxes(self) -> tuple[Box, ...]:
        """The true boxes on the input grid."""
        return view_boxes(self.image, self.handle.grid)

    @property
    def request(self) -> Request | None:
        """What asks for the same map; None for a map that no method of the registry made."""
        e = self.e
        return Request(e.method, e.target, e.layer, e.params, e.seed) if e.method in METHODS else None

    @property
    def superpixel(self) -> int:
        """The side in pixels of SUPERPIXELS squares along the shorter side of the input."""
        return max(1, min(self.handle.input_size) // SUPERPIXELS)

    @cached_property
    def curves(self) -> Curves:
        """Insertion and deletion on these squares, run once for all metrics that read them."""
        given = self.handle, self.image, [self.e], self.superpixel
        return curves_many(*given, cancelled=self.cancelled)[0]

    @cached_property
    def stability(self) -> InputStability | None:
        """How far the map moves under noise; None for a map that does not look at the picture."""
        if self.request is None:
            return None
        return input_stability(self.handle, self.image, self.request, cancelled=self.cancelled)

    @cached_property
    def _found(self) -> dict[float, Box | None]:
        return {}

    def box(self, share: float = localization.SHARE) -> Box | None:
        """The map's own box, found once for each share of the maximum."""
        if share not in self._found:
            self._found[share] = localization.box_of(self.values, share)
        return self._found[share]


def boxed(measure: Callable[[Case], float]) -> Callable[[Case], float]:
    """NaN for a picture without a box."""
    return lambda case: measure(case) if case.boxes else float("nan")
