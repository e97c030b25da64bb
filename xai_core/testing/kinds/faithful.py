"""Faithful: the map ranks the picture's parts in the order in which the network needs them.

    insertion_n, deletion_n = areas under the curves of the probability, on a grid of superpixels, 0..1
    claims: mean (insertion - control's insertion) > g;   mean (control's deletion - deletion) > g

The control is a random map, or a bump in the middle.

Petsiuk, Das and Saenko, RISE, BMVC 2018."""

from __future__ import annotations

from ...metrics.case import SUPERPIXELS
from ...metrics.insertion import curves_many
from ...parameters import Param
from .._check import PREDICTED, RANDOM, Check
from .._kind import NAMES, Claim, Kind, Numbers, Shot


def measure(shot: Shot) -> Numbers:
    """Both areas of the map and of its control."""
    side = max(1, min(shot.handle.input_size) // SUPERPIXELS)
    every = [shot.e, shot.control()]
    own, control = curves_many(shot.handle, shot.image, every, side, cancelled=shot.work.cancelled)
    return {
        "insertion": own.insertion_auc,
        "control_insertion": control.insertion_auc,
        "deletion": own.deletion_auc,
        "control_deletion": control.deletion_auc,
    }


def claims(check: Check) -> tuple[Claim, ...]:
    """That the map beats the control both ways."""
    name, gain = NAMES[check.against], check.settings["gain"]
    pairs = (("insertion", "control_insertion", "more"), ("control_deletion", "deletion", "less"))
    return tuple(
        Claim(
            first,
            f"how much {word} area lies under the {first.removeprefix('control_')} curve of the map than "
            f"under that of {name}",
            gain,
            (-1.0, 1.0),
            second,
            control=name,
        )
        for first, second, word in pairs
    )


KIND = Kind(
    "faithful",
    "Faithful to the network",
    "Does the network need what the map marks?",
    "Showing what the map ranks first brings the answer back sooner than another order, and hiding it "
    "takes the answer away sooner.",
    ("insertion", "control_insertion", "deletion", "control_deletion"),
    measure,
    claims,
    (
        Param(
            "gain",
            "float",
            0.0,
            "how much area has to lie between the curves of the map and of the control, on average",
            0.0,
            0.9,
            0.01,
            label="By at least this area",
        ),
    ),
    PREDICTED,
    RANDOM,
    inputs=2 + 4 * (SUPERPIXELS**2 - 1),
)
