"""Shared by the methods that hide parts of the picture: parameters of the baseline and of the superpixels."""

from __future__ import annotations

from ..inputs.superpixels import BASELINES, SEGMENTATIONS
from ..parameters import Param


def baseline_param(default: str, *more: str) -> Param:
    """The parameter for what replaces the hidden part. `more` are choices besides
    `inputs.superpixels.BASELINES`."""
    text = "What stands where the picture is hidden."
    return Param("baseline", "choice", default, text, choices=(*more, *BASELINES))


BLUR = Param(
    "blur",
    "float",
    10.0,
    "Standard deviation of the blurred baseline, in pixels.",
    low=0.5,
    high=50,
    step=0.5,
)
PATCH = "patch"  # one superpixel for each patch of a transformer
SEGMENTATION = Param(
    "segmentation",
    "choice",
    "slic",
    "How the picture is cut into superpixels. Quickshift finds its own number; patch is a transformer's own.",
    choices=(*SEGMENTATIONS, PATCH),
)
SEGMENTS = Param("segments", "int", 50, "How many superpixels to aim at.", low=2, high=400, step=1)
SUPERPIXEL_MEAN = "superpixel"  # the baseline that fills each superpixel with its own mean colour
