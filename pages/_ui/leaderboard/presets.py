"""The presets of Leaderboard."""

from __future__ import annotations

from ..state.entries import read
from ..widgets.presets import Preset

PRESETS = (
    Preset(
        "Samples, three methods",
        "Grad-CAM, LayerCAM and the gradient on the sample photographs, by relevance gain.",
        {
            "ranked_of": "samples",
            "ranked_maps": read("grad_cam,layer_cam,gradient"),
            "ranked_by": ("relevance_gain",),
            "until": "all",
        },
    ),
    Preset(
        "Do metrics agree?",
        "The same methods by two metrics: insertion asks what is enough, deletion what is needed.",
        {
            "ranked_of": "samples",
            "ranked_maps": read("grad_cam,layer_cam,gradient"),
            "ranked_by": ("insertion", "deletion"),
            "until": "all",
        },
    ),
    Preset(
        "A folder of mine",
        "Pictures on the machine that runs the app; they need no labels.",
        {"ranked_of": "folder", "until": "all"},
    ),
)
