"""The presets of Compare methods: the classic figures and comparisons, one click each."""

from __future__ import annotations

import xai_core as xai

from ..state.entries import read
from ..state.shared import AUTO
from ..widgets.presets import Preset


def _maps(name: str, about: str, text: str) -> Preset:
    return Preset(name, about, {"maps": read(text), "opened_map": AUTO})


PRESETS = (
    _maps(
        "Grad-CAM and guided",
        "Grad-CAM, Guided Backprop, and their product, Guided Grad-CAM.",
        "grad_cam,guided_backprop,guided_grad_cam",
    ),
    _maps(
        "Three gradients",
        "The course's three gradients: vanilla, SmoothGrad, Integrated Gradients.",
        "gradient,smooth_grad,integrated_gradients",
    ),
    _maps(
        "Occlusion 4 / 8 / 16",
        "Windows of 4, 8 and 16 pixels beside each other.",
        "occlusion~window=4~stride=4,occlusion,occlusion~window=16~stride=16",
    ),
    _maps(
        "Occlusion, blurred",
        "Windows of 16 pixels hidden by a weaker and a stronger blur, and by black.",
        "occlusion~window=16~stride=16~baseline=blur~blur=2,occlusion~window=16~stride=16~baseline=blur,"
        "occlusion~window=16~stride=16~baseline=blur~blur=25,occlusion~window=16~stride=16",
    ),
    _maps(
        "Against occlusion",
        "The classic comparison: Grad-CAM, Guided Grad-CAM and Guided Backprop against occlusion.",
        "grad_cam,guided_grad_cam,guided_backprop,occlusion~window=16~stride=16",
    ),
    _maps(
        "Black against white baseline",
        "Integrated Gradients from a black and from a white picture.",
        "integrated_gradients,integrated_gradients~baseline=white",
    ),
)


def for_attention(handle: xai.ModelHandle) -> tuple[Preset, ...]:
    """The comparison that only a network with attention allows; () for other networks."""
    if xai.why_not(handle, "attention_rollout"):
        return ()
    about = (
        "Where heads look beside what the answer depends on; insertion and deletion measure the same maps."
    )
    methods = "raw_attention,attention_rollout,legrad,attn_lrp"
    return (_maps("Attention is not explanation", about, methods),)
