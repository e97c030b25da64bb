"""What a method is like, in the words by which people choose one: all that follows from what it declares."""

from __future__ import annotations

from dataclasses import dataclass

from ..parameters import Param
from ..types import LayerSpec
from ._spec import DIFFERENCE, WHOLE, MethodSpec

# the network and the layer for which passes are counted: EfficientNet-Lite0 and its last stage
USUAL_LAYER = LayerSpec("blocks.6", "Sequential", 320, (7, 7), 32.0, suggested=True)
USUAL_SIZE = (224, 224)
SUMS = {
    "": "",
    DIFFERENCE: "the score less the mean score of the baselines",
    WHOLE: "the score less what biases hold",
}
SIGNS = ("always", "by choice", "never")


@dataclass(frozen=True)
class Card:
    """What a method is like. `passes` is the number of pictures that it sends through EfficientNet-Lite0 at
    its default parameters; `knows_class` says whether the map depends on the class; `adds_up` what the whole
    map sums to, "" where nothing is promised; `draws` whether random numbers enter, so that another seed
    gives another map; `signed` whether values may be negative, out of SIGNS; `places` what one value belongs
    to, out of the same names as MethodSpec's."""

    family: str
    needs: tuple[str, ...]
    passes: int
    knows_class: bool
    adds_up: str
    draws: bool
    signed: str
    places: str


def card(spec: MethodSpec) -> Card:
    """The card of a method."""
    return Card(
        spec.family,
        spec.needs,
        spec.passes(USUAL_LAYER, spec.complete({}), USUAL_SIZE),
        spec.class_specific,
        SUMS[spec.adds_up_to],
        "generator" in spec.uses,
        _sign(spec),
        _places(spec),
    )


def _sign(spec: MethodSpec) -> str:
    """Whether a map may be negative: whatever one chooses, for some value of some parameter, or never."""
    usual = spec.complete({})
    varied = [{**usual, param.name: value} for param in spec.params for value in _values(param)]
    found = {bool(spec.signed(params)) for params in (usual, *varied)}
    return "by choice" if len(found) == 2 else "always" if True in found else "never"


def _values(param: Param) -> tuple[object, ...]:
    return (True, False) if param.kind == "bool" else param.choices


def _places(spec: MethodSpec) -> str:
    if spec.places:
        return spec.places
    if "segments" in spec.uses:
        return "superpixel"
    if "attention" in spec.uses:
        return "patch"
    return "cell" if spec.layered else "pixel"
