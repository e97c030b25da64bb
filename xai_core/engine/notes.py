"""Sentences worth reading beside a map: what the method does not cover here, and why a map is zero."""

from __future__ import annotations

import numpy as np
from torch import nn

from ..methods import MethodSpec
from ..network.handle import ModelHandle
from ..network.head import zero_head
from ..types import LayerSpec


def notes(
    handle: ModelHandle, net: nn.Module, method: MethodSpec, layer: LayerSpec | None, heatmap: np.ndarray
) -> tuple[str, ...]:
    """The sentences for one map, as the method gave it (before ReLU); inside a session of the handle."""
    found = [text for trait, text in method.cautions.items() if trait in (handle.traits or ())]
    if handle.autocast is not None and {"scorer", "hiding"} & set(method.uses):
        precision = str(handle.autocast).removeprefix("torch.")
        found.append(f"Computed in {precision} (autocast): not exact.")
    if not heatmap.any() and method.class_specific and (why := _why_zero(handle, net, layer)):
        found.append(why)
    return tuple(found)


def _why_zero(handle: ModelHandle, net: nn.Module, layer: LayerSpec | None) -> str:
    """Why a map of a class is zero everywhere, where the network itself shows it."""
    head = zero_head(net, handle.blank())
    if head:
        return f"All weights of {head} are zero, so no class depends on the picture."
    return handle.layer_note if layer is not None and not layer.reached else ""
