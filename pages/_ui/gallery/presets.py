"""The presets of the CAM gallery: the classic figures and comparisons, one click each."""

from __future__ import annotations

from ..state.shared import AUTO
from ..widgets.presets import Preset

_CLASSIC = {
    "methods": ("grad_cam",),
    "rows": "layer",
    "columns": "variant",
    "both": True,
    "relu": True,
    "counterfactual": False,
    "tile": AUTO,
}

_PLAIN = {
    "layers": (),
    "methods": (),
    "rows": "layer",
    "columns": "method",
    "both": False,
    "relu": True,
    "counterfactual": False,
    "tile": AUTO,
}

PRESETS = (
    Preset("Layers × methods", "Three layers under four methods, for the model of your choice.", _PLAIN),
    Preset(
        "Lite0: blocks.4 against blocks.6",
        "Two layers, two classes; with ReLU, without, and counterfactual.",
        _CLASSIC | {"model": "efficientnet_lite0", "layers": ("blocks.4", "blocks.6")},
    ),
    Preset(
        "ResNet-50: layer3 against layer4",
        "Two layers, two classes; with ReLU, without, and counterfactual.",
        _CLASSIC | {"model": "resnet50", "layers": ("layer3", "layer4")},
    ),
    Preset(
        "VGG-16: features_25 against features_29",
        "Two layers, two classes; with ReLU, without, and counterfactual.",
        _CLASSIC | {"model": "vgg16", "layers": ("features.25", "features.29")},
    ),
)
