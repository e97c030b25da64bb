"""Same map after: the map stays where it was when the picture is flipped, blurred or made brighter.

    alike_n = max(0, Spearman(map, map of the changed picture)), 0..1; a flip is undone first
    control_n = max(0, Spearman(control, map of the changed picture))
    claims: mean alike > s;   mean (alike - control) > 0

Both maps explain the same class. A control that has not looked is equal to itself after any change; so the
changed picture's map has to be more like its own than like the control.

Alvarez-Melis and Jaakkola, On the Robustness of Interpretability Methods, 2018; Hendrycks and Dietterich,
Benchmarking Neural Network Robustness, ICLR 2019 (the blur)."""

from __future__ import annotations

import numpy as np

from ...engine.explain import explain_many
from ...inputs.corruptions import corrupt
from ...metrics.sanity import HARDLY
from ...parameters import Param
from ...types import ImageInput
from .._check import PREDICTED, Check
from .._kind import NAMES, Claim, Kind, Numbers, Shot, alike

FLIP, BLUR, BRIGHTNESS = CHANGES = ("flip", "blur", "brightness")
BRIGHTER = 1.25  # times the pixel values
BLUR_STRENGTH = 1  # of `corruptions`


def changed(view: np.ndarray, change: str) -> np.ndarray:
    """uint8 (H, W, 3), changed."""
    if change == FLIP:
        return np.ascontiguousarray(view[:, ::-1])
    if change == BLUR:
        return corrupt(view, "blur", BLUR_STRENGTH)
    return np.rint(view * BRIGHTER).clip(0, 255).astype(np.uint8)


def measure(shot: Shot) -> Numbers:
    """How alike the map is to that of the changed picture, beside the control."""
    change = shot.check.settings["change"]
    picture = ImageInput(changed(shot.image.pixels, change), "squash")
    (other,) = explain_many(shot.handle, picture, [shot.request], cancelled=shot.work.cancelled)
    values = other.upsampled()
    back = values[:, ::-1] if change == FLIP else values
    return {"alike": alike(shot.e.upsampled(), back), "control": alike(shot.control().upsampled(), back)}


def claims(check: Check) -> tuple[Claim, ...]:
    """The likeness itself, and its gain over the control."""
    return likeness(check, "the likeness of the map to itself after the change")


def likeness(check: Check, noun: str) -> tuple[Claim, ...]:
    """That maps are alike, and more so than with the control."""
    name = NAMES[check.against]
    gain = f"how much more the map is like itself than like {name}"
    return (
        Claim("alike", noun, check.settings["alike"]),
        Claim("alike", gain, 0.0, (-1.0, 1.0), "control", control=name),
    )


KIND = Kind(
    "same_map_after",
    "Same map after a change",
    "Does the map stay the same after this change?",
    "The map of the changed picture is like that of the picture itself.",
    ("alike", "control"),
    measure,
    claims,
    (
        Param(
            "change",
            "choice",
            FLIP,
            "what is done to the picture: flip mirrors it, blur takes fine detail, brightness adds a quarter",
            choices=CHANGES,
            label="Change",
        ),
        Param(
            "alike",
            "float",
            HARDLY,
            "rank correlation of the two maps that is asked for, on average",
            0.01,
            0.99,
            0.05,
            label="At least this rank correlation",
        ),
    ),
    PREDICTED,
    maps=1,
)
