"""The presets of Checks: the usual questions, one click each."""

from __future__ import annotations

from ..state.entries import read
from ..widgets.presets import Preset

(_CAM,) = read("grad_cam")
(_GUIDED,) = read("guided_backprop")
_MOSAICS = {"checked_on": "mosaics", "verdict_about": "these", "checked_against": "own"}

PRESETS = (
    Preset(
        "Looks at the object",
        "Two samples side by side: does most of the map lie in the half that is asked for?",
        {**_MOSAICS, "check_kind": "looks_at", "check_map": _CAM, "share_inside": 60},
    ),
    Preset(
        "Ignores a corner",
        "Does the network do without the corner where photographers put their names?",
        {**_MOSAICS, "check_kind": "ignores", "check_map": _CAM, "checked_region": "bottom_right"},
    ),
    Preset(
        "Same map in a mirror",
        "Does the map turn with the picture?",
        {**_MOSAICS, "check_kind": "same_map_after", "check_map": _CAM, "changed_by": "flip"},
    ),
    Preset(
        "A map that is refused",
        "Guided backpropagation shows the picture, and not what the network learned.",
        {**_MOSAICS, "check_kind": "looks_at", "check_map": _GUIDED, "share_inside": 60},
    ),
)
