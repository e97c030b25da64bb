"""Robust: noise that nobody sees does not move the map.

    alike_n = mean over copies of max(0, Spearman(map, map of the copy)), 0..1
    control_n = the same with the control in the place of the map
    claims: mean alike > s;   mean (alike - control) > 0

The copies carry even noise of at most `radius` 8-bit steps.

Yeh et al., On the (In)fidelity and Sensitivity of Explanations, NeurIPS 2019."""

from __future__ import annotations

import numpy as np

from ...engine.explain import explain_many
from ...metrics.sensitivity import neighbours
from ...parameters import Param
from .._check import PREDICTED, Check
from .._kind import Claim, Kind, Numbers, Shot, alike
from .same_map_after import likeness

COPIES = 2


def measure(shot: Shot) -> Numbers:
    """How alike the map is to those of its noisy copies, beside the control."""
    own, control = shot.e.upsampled(), shot.control().upsampled()
    found: list[tuple[float, float]] = []
    for copy in neighbours(shot.image.pixels, shot.check.settings["radius"], COPIES, shot.seed):
        shot.work.check()
        (other,) = explain_many(shot.handle, copy, [shot.request], cancelled=shot.work.cancelled)
        found.append((alike(own, other.upsampled()), alike(control, other.upsampled())))
    likenesses = np.mean(found, axis=0)
    return {"alike": float(likenesses[0]), "control": float(likenesses[1])}


def claims(check: Check) -> tuple[Claim, ...]:
    """The likeness itself, and its gain over the control."""
    return likeness(check, "the likeness of the map to itself under noise")


KIND = Kind(
    "robust",
    "Robust to noise",
    "Does the map stay the same under noise that nobody sees?",
    "The maps of copies with a little noise are like that of the picture itself.",
    ("alike", "control"),
    measure,
    claims,
    (
        Param(
            "radius",
            "float",
            4.0,
            "how far the noise moves a pixel, in steps of 8 bits",
            1.0,
            64.0,
            1.0,
            label="Noise, 8-bit steps",
        ),
        Param(
            "alike",
            "float",
            0.8,
            "rank correlation of the maps that is asked for, on average",
            0.01,
            0.99,
            0.05,
            label="At least this rank correlation",
        ),
    ),
    PREDICTED,
    maps=COPIES,
)
