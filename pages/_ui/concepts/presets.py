"""The presets of Neuron concepts: the classic figures and comparisons, one click each."""

from __future__ import annotations

from ..sets import made_for
from ..state.subject import Subject
from ..widgets.presets import Preset
from . import units
from .probing import MASKS, backends

_NAMES = {"part_of": "names", "concept": "", "kinds": (), "probed_layers": ()}

PRESETS = (
    Preset(
        "What the answer rests on",
        "The units that speak for the class of this picture, and the answer without them.",
        {"part_of": "effect", "backend": "conse", "units_off": ()},
    ),
    Preset(
        "Last three stages",
        "What the units of the last three stages answer to.",
        _NAMES | {"backend": "conse", "beside": ""},
    ),
    Preset(
        "Lite0 against Lite2",
        "Two networks of one family, side by side.",
        _NAMES | {"model": "efficientnet_lite0", "beside": "efficientnet_lite2", "backend": "conse"},
    ),
    Preset(
        "Colours and textures",
        "Network Dissection: overlap with pixel masks.",
        _NAMES | {"backend": "network_dissection", "beside": ""},
    ),
    Preset(
        "ResNet-18: ImageNet against Places365",
        "The last three layers, trained on things and on places.",
        _NAMES | {"model": "resnet18", "beside": "resnet18_places365", "backend": "conse"},
    ),
)

DRAWN = (
    Preset(
        "What the answer rests on",
        "The units that speak for the class of this picture, and the answer without them.",
        {"part_of": "effect", "backend": MASKS, "units_off": (), "probed_layers": ()},
    ),
    Preset(
        "Which shape",
        "Network Dissection: which drawn shape the units of the last three stages lie on.",
        _NAMES | {"backend": MASKS, "probing": "shapes", "beside": ""},
    ),
)


def offered(subject: Subject) -> tuple[Preset, ...]:
    """Those that fit the network: of drawn shapes, or of photographs, and of heads where they can be read."""
    fitting = DRAWN if made_for.drawn(subject.model) else PRESETS
    heads, _ = units.heads(subject.handle)
    if not heads:
        return fitting
    about = "What each attention head of the last three blocks looks at, head by head."
    backend = next(iter(backends(subject.model)))
    chosen = {"part_of": "unit", "probed_layers": heads[-3:], "backend": backend, "beside": ""}
    return (*fitting, Preset("Attention heads", about, chosen))
