"""The presets of Clever Hans, one click each."""

from __future__ import annotations

from ..state.shared import AUTO
from ..widgets.presets import Preset

_START = {"hans_class": 0, "hans_cluster": 0, "picked": ()}

PRESETS = (
    Preset(
        "Drawn shapes",
        "A tiny network and pictures in which nothing but the filled shape tells the class.",
        {"model": "tiny_cnn_shapes", "searched": "shapes", "target": AUTO, "versus": AUTO, **_START},
    ),
    Preset(
        "CIFAR-10, ResNet-18",
        "The ten classes of CIFAR-10: does a background tell one of them?",
        {"model": "resnet18_cifar10", "searched": "cifar10", "target": AUTO, "versus": AUTO, **_START},
    ),
)
