"""Shared by the methods that hide parts of the picture: parameters of the baseline and of the superpixels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..inputs.backgrounds import BLACK_WHITE, PICTURES
from ..inputs.superpixels import BASELINES, SEGMENTATIONS
from ..network.patches import DROP, PATCH, patch_grid
from ..parameters import Param
from ..types import InputError, LayerSpec
from ._spec import Check


def baseline_param(default: str, *more: str, drop: bool = False) -> Param:
    """The parameter for what replaces the hidden part. `more` are choices besides
    `inputs.superpixels.BASELINES`; `drop` says whether patches can be left out instead."""
    text = "What stands where the picture is hidden."
    if not drop:
        return Param("baseline", "choice", default, text, choices=(*more, *BASELINES))
    return Param(
        "baseline",
        "choice",
        default,
        f"{text} With drop nothing does: the patches of a transformer are left out.",
        choices=(*more, *BASELINES, DROP),
        needs=((DROP, "patches"), (DROP, "attention")),
    )


def dropped(params: Mapping[str, Any]) -> tuple[str, ...]:
    """What of `baseline` the seconds of a pass depend on: fewer tokens take less time."""
    return (DROP,) if params["baseline"] == DROP else ()


def only_patches(name: str) -> Check:
    """A check of parameters: patches can be left out if the parameter `name` says that patches are hidden,
    and that needs a network with patches."""

    def check(params: Mapping[str, Any], layers: Sequence[LayerSpec], _size: tuple[int, int]) -> None:
        if params[name] == PATCH:
            patch_grid(layers)
        if params["baseline"] == DROP and params[name] != PATCH:
            raise InputError(
                f"baseline is {DROP!r}, which leaves out whole patches, and {name} is {params[name]!r}; "
                f"with it {name}={PATCH!r} is accepted."
            )

    return check


BLUR = Param(
    "blur",
    "float",
    10.0,
    "Standard deviation of the blurred baseline, in pixels.",
    low=0.5,
    high=50,
    step=0.5,
)
SEGMENTATION = Param(
    "segmentation",
    "choice",
    "slic",
    "How the picture is cut into superpixels. Quickshift finds its own number; patch is a transformer's own.",
    choices=(*SEGMENTATIONS, PATCH),
    needs=((PATCH, "patches"),),
)
SEGMENTS = Param("segments", "int", 50, "How many superpixels to aim at.", low=2, high=400, step=1)
SUPERPIXEL_MEAN = "superpixel"  # the baseline that fills each superpixel with its own mean colour
BACKGROUNDS = Param(
    "baseline",
    "choice",
    PICTURES,
    "What the picture is compared with: eight photographs, sixteen pictures of noise, or one baseline.",
    choices=(PICTURES, *BASELINES),
)
SEVERAL = Param(
    "baseline",
    "choice",
    "black",
    "What the picture is compared with: one baseline, or the mean over black and white, eight photographs or "
    "several pictures of noise.",
    choices=(*BASELINES, BLACK_WHITE, PICTURES),
)
DRAWS = Param("draws", "int", 1, "Pictures of noise that are averaged over.", low=1, high=64, step=1)
