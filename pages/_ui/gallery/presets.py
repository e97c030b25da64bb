"""The presets of the CAM gallery: the classic figures and comparisons, one click each."""

from __future__ import annotations

import xai_core as xai
from xai_core.models.stages import token_blocks

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


def for_tokens(handle: xai.ModelHandle) -> tuple[Preset, ...]:
    """What is classic for a transformer, with its own layers; () for other networks."""
    suggested = [layer for layer in handle.layers if layer.suggested]
    if not suggested or suggested[-1].prefix is None:
        return ()
    last, blocks = suggested[-1].key, token_blocks(handle.layers)
    found = []
    if len(blocks) > 1:
        middle = blocks[(len(blocks) - 1) // 2]
        about = "Two layers, two classes; with ReLU, without, and counterfactual."
        found.append(
            Preset(
                f"{_short(middle)} against {_short(last)}",
                " ".join(filter(None, [about, handle.layer_note])),
                _CLASSIC | {"layers": (middle, last)},
            )
        )
    if not xai.why_not(handle, "gradient_rollout"):
        found.append(
            Preset(
                "Rollout against gradient",
                "Attention rollout knows no class; what changes when gradients weigh the attention?",
                _PLAIN
                | {"layers": (last,), "methods": ("attention_rollout", "gradient_rollout", "grad_cam")}
                | {"both": True},
            )
        )
    return tuple(found)


def _short(key: str) -> str:
    """A layer's name in a button: without the containers in front of its block."""
    return key.removeprefix("encoder.layers.")
