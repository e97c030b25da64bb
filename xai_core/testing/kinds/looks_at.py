"""Looks at: the map lies on the object, and more of it than of a map that has not looked.

    share_n = sum of the map's positive part inside the boxes of picture n / sum of all of it, 0..1
    claims: mean share > s;   mean (share - control's share) > g;   mean (share - the boxes' area) > g

The control is a bump in the middle or noise. The last claim compares with a flat map, and is made with
either: where objects keep to the corners, even noise beats the bump. A map without a positive value looks at
nothing, and its share is 0. g is 0.02: over some pictures noise lies inside the boxes a little more often
than not, and that is no gain.

Wang et al., Score-CAM, CVPRW 2020 (the energy-based pointing game); Choe et al., Evaluating Weakly Supervised
Object Localization Methods Right, CVPR 2020 (the bump in the middle)."""

from __future__ import annotations

from ...metrics.localization import energy, mask_of
from ...parameters import Param
from ...types import InputError
from .._check import TRUE, Check
from .._kind import NAMES, Claim, Kind, Numbers, Shot

GAIN = 0.02  # of the map


def measure(shot: Shot) -> Numbers:
    """The share of the map, of its control and of a flat map that lies inside the boxes. Raises InputError
    for a picture without a box on the grid."""
    if not shot.boxes:
        raise InputError("The picture has no box that lies on the model's grid.")
    share = energy(shot.e.upsampled(), shot.boxes)
    return {
        "share": share if share == share else 0.0,
        "control": energy(shot.control().upsampled(), shot.boxes),
        "area": float(mask_of(shot.boxes, shot.e.view_size).mean()),
    }


def claims(check: Check) -> tuple[Claim, ...]:
    """The share itself, and its gain over the control and over a flat map."""
    gain = "the share that the map gains inside the boxes over "
    return (
        Claim("share", "the share of the map inside the boxes", check.settings["share"]),
        *(
            Claim("share", gain + name, GAIN, (-1.0, 1.0), minus, control=name)
            for minus, name in (("control", NAMES[check.against]), ("area", "a flat map"))
        ),
    )


KIND = Kind(
    "looks_at",
    "Looks at the object",
    "Does the network look at the object?",
    "The map lies inside the boxes, and more of it than of a map that has not looked.",
    ("share", "control", "area"),
    measure,
    claims,
    (
        Param(
            "share",
            "float",
            0.6,
            "how much of the map has to lie inside the boxes, on average",
            0.01,
            0.99,
            0.05,
            label="At least this share inside",
        ),
    ),
    TRUE,
    boxed=True,
)
