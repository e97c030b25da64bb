"""What hides superpixels on Insertion and deletion, and how large these are."""

from __future__ import annotations

import xai_core as xai

from .. import state
from ..results.jobs import DROP, patch_side, side_of

HIDDEN = {"black": "Black", "blur": "Blurred", "mean": "Mean colour", DROP: "Left out, patch by patch"}


def offered(handle: xai.ModelHandle) -> list[str]:
    """What can hide superpixels of this network: only a transformer can do without some of its input."""
    return [key for key in HIDDEN if key != DROP or patch_side(handle)]


def side(handle: xai.ModelHandle) -> int:
    """The side of the superpixels: what was chosen, or that of the patches where these are left out."""
    return side_of(handle, state.get("superpixel"), state.get("hidden_by"))


def said(baseline: str) -> str:
    """A part of a caption."""
    if baseline == DROP:
        return "the other patches are left out, not painted over"
    return f"superpixels are hidden by {HIDDEN[baseline].lower()}"
