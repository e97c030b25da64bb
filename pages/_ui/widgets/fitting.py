"""Parameters that depend on each other: which of them matter, and what they become so that they fit."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import xai_core as xai
from xai_core.network.patches import DROP, PATCH, patch_side

OF_PATCHES = ("segmentation", "cells")  # parameters that say that patches are what is hidden
OF_BASELINE = {"blur": "blur", "draws": "noise"}  # parameters of one baseline
INSTEAD = {"segments": "segmentation", "grid": "cells"}  # means nothing where patches are hidden


def matters(name: str, values: Mapping[str, Any]) -> bool:
    """Whether the parameter changes anything with these values of the others."""
    if name in OF_BASELINE:
        return values["baseline"] == OF_BASELINE[name]
    return values.get(INSTEAD.get(name, "")) != PATCH


def bound(name: str, values: Mapping[str, Any]) -> bool:
    """Whether the baseline settles what this parameter can be."""
    return values.get("baseline") == DROP and name in (*OF_PATCHES, "window", "stride")


def fitted(handle: xai.ModelHandle, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values with what the baseline asks of the others: only whole patches can be left out. A step longer
    than its window would leave gaps."""
    found = dict(values)
    if found.get("baseline") == DROP:
        found |= {name: PATCH for name in OF_PATCHES if name in found}
    if "window" in found:
        if found["baseline"] == DROP and any(layer.prefix is not None for layer in handle.layers):
            side = math.lcm(*patch_side(handle.layers, handle.input_size))
            found |= {name: max(1, round(found[name] / side)) * side for name in ("window", "stride")}
        found["stride"] = min(found["stride"], found["window"])
    return found
