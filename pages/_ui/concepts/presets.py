"""The presets of Neuron concepts: the classic figures and comparisons, one click each."""

from __future__ import annotations

from ..widgets.presets import Preset

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
