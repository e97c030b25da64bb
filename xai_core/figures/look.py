"""How maps are drawn: settings of figures, never of a network."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..types import Explanation, InputError
from .colours import SIGN_NAMES
from .scale import Scale, limits

VALUE, CONTOURS, BLEND, BESIDE = FORMS = ("value", "contours", "blend", "beside")


@dataclass(frozen=True)
class Look:
    """A scale for positive and one for signed maps, `opacity` 0..1 of the map where it is strongest, `smooth`
    for bilinear rather than the layer's own cells, and the form:

    value     the grey picture under the map, which is as opaque as its value is large
    contours  the picture with lines around the strongest shares of the map
    blend     the picture under the map, which is equally opaque everywhere
    beside    the picture, and the map alone to its right

    `full`: scales of maps of single pixels end at the largest value, not at the 99th percentile."""

    colours: str = "inferno"
    signed_colours: str = "rdbu"
    opacity: float = 0.7
    smooth: bool = True
    form: str = VALUE
    full: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.opacity <= 1:
            raise InputError(f"opacity is {self.opacity!r}; a number from 0 to 1 is accepted.")
        if self.form not in FORMS:
            raise InputError(f"form is {self.form!r}; accepted are {', '.join(FORMS)}.")

    def scale_of(self, signed: bool) -> str:
        """The colour scale for a map of that kind: a signed map never gets a sequential one."""
        return self.signed_colours if signed else self.colours

    def sign_names(self) -> tuple[str, str]:
        """What the high and the low end of the scale for signed maps are called."""
        return SIGN_NAMES[self.signed_colours]

    def limits(self, explanations: Iterable[Explanation]) -> Scale:
        """The ends of the scale that these maps share."""
        return limits(explanations, self.full)
