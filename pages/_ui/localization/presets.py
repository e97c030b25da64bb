"""The presets of Localization: the classic figures and comparisons, one click each."""

from __future__ import annotations

from ..state.entries import read
from ..state.shared import AUTO
from ..widgets.presets import Preset

_BOXED = "grad_cam,grad_cam_plus_plus,layer_cam,guided_grad_cam,occlusion~window=28~stride=28"

_THREE = "grad_cam,layer_cam,guided_grad_cam"

PRESETS = (
    Preset(
        "Mosaics: three methods",
        "Two samples side by side: does the map find the half that is asked for?",
        {"boxed": "set", "boxes_of": "mosaics", "box_maps": read(_THREE), "share": 20, "tolerance": 15},
    ),
    Preset(
        "Mosaics: five methods",
        "Two samples side by side: does the map find the half that is asked for?",
        {"boxed": "set", "boxes_of": "mosaics", "box_maps": read(_BOXED), "share": 20, "tolerance": 15},
    ),
    Preset(
        "One picture",
        "Boxes from the maps of this picture, beside the true one or one of your own.",
        {"boxed": "one"},
    ),
    Preset(
        "Chest X-rays",
        "DenseNet-121 and the boxes of NIH ChestX-ray14: the activated share per finding.",
        {
            "model": "densenet121_chestxray14",
            "boxed": "set",
            "boxes_of": "folder",
            "sorted_by": "activated_share",
            "target": AUTO,
            "versus": AUTO,
        },
    ),
)
