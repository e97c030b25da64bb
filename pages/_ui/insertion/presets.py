"""The presets of Insertion and deletion: the classic figures and comparisons, one click each."""

from __future__ import annotations

from ..state.entries import read
from ..widgets.presets import Preset


def _curves(name: str, about: str, text: str, **fields: object) -> Preset:
    return Preset(name, about, {"curve_maps": read(text)} | fields)


PRESETS = (
    _curves(
        "Grad-CAM and Guided Backprop",
        "Two maps beside a random one, 8 × 8 superpixels in all.",
        "grad_cam,guided_backprop",
        superpixel=28,
        curve_over="one",
    ),
    _curves(
        "Occlusion, SmoothGrad, Random on the samples",
        "Superpixels of 8 × 8 pixels, over the ten samples, with mean and band.",
        "occlusion,smooth_grad",
        superpixel=8,
        hidden_by="black",
        curve_over="set",
        set="samples",
    ),
    _curves(
        "Hidden by a blur",
        "The same with a blurred baseline, which leaves no edges.",
        "grad_cam,guided_backprop",
        superpixel=28,
        hidden_by="blur",
        curve_over="one",
    ),
)
