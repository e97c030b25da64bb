"""The class activation maps of pytorch-grad-cam, which come scaled to 0..1 on the input's grid.

What its classes are given is the score that our map explains. Where a name means something else there, the
note says so."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from ...methods.finer_cam import similar
from ...methods.shapley_cam import rest
from ...network.capture import channels_first
from ...types import InputError
from .case import Case, Compute, Found

SCALED = "Both maps scaled to 0..1 on the input's grid."
TURNED = f"{SCALED} The sign of a component is arbitrary, so the library's is turned to ours."
Explained = Callable[[torch.Tensor], torch.Tensor]  # logits (K,) of the picture -> a number


def _run(case: Case, name: str, explained: Explained, turned: bool = False, **options: Any) -> np.ndarray:
    """The library's finished map (H, W). `turned`: its sign is arbitrary, and is made that of our map."""
    import pytorch_grad_cam

    if not case.e.params.get("relu", True):
        raise InputError("pytorch-grad-cam always applies ReLU; turn ReLU on to compare.")
    own, layer = case.own_copy(), case.arguments.handle.layer(case.e.layer)
    moved = layer.channels_last or layer.prefix is not None
    reshape = (lambda values: channels_first(values, layer)) if moved else None
    cls = getattr(pytorch_grad_cam, name)
    with cls(own, [own.get_submodule(layer.key)], reshape_transform=reshape, **options) as cam:
        cam.batch_size = 8
        if turned:
            make = cam.get_cam_image
            cam.get_cam_image = lambda *given: _with_our_sign(np.asarray(make(*given)), case)
        return cam(case.x.clone(), [explained])[0]


def _with_our_sign(found: np.ndarray, case: Case) -> np.ndarray:
    """The raw maps (1, h, w) of the library, negated if they point away from ours."""
    return -found if (found[0] * case.e.heatmap).sum() < 0 else found


def _plain(name: str, turned: bool = False) -> Compute:
    def run(case: Case) -> Found:
        found = _run(case, name, lambda logits: case.score(logits[None])[0], turned)
        return found, TURNED if turned else SCALED

    return run


def _finer(case: Case) -> Found:
    """Its Grad-CAM of the weighted gap; FinerCAM itself takes the classes nearest to the largest logit."""
    e, params = case.e, case.e.params
    target = torch.tensor([e.target], device=case.x.device)
    with torch.no_grad():
        logits = case.net(case.x)
    nearest = similar(logits, target, params["classes"], params.get("contrast"))[0].tolist()
    sign = -1.0 if case.score.negate else 1.0
    if params["weighting"] == "probability":
        if case.score.activation != "softmax":
            raise InputError("pytorch-grad-cam weighs classes by their softmax, which this model has not.")
        from pytorch_grad_cam.utils.model_targets import FinerWeightedTarget

        gap = FinerWeightedTarget(e.target, nearest, params["strength"])
        note = (
            "The library's weighted gap of the same classes; by itself it takes those nearest to the first."
        )
        return _run(case, "GradCAM", lambda logits: sign * gap(logits)), f"{SCALED} {note}"

    def equal(logits: torch.Tensor) -> torch.Tensor:
        return sign * (logits[e.target] - params["strength"] * logits[nearest].mean())

    note = "The library weighs classes by probability; here its Grad-CAM explains the paper's equal weights."
    return _run(case, "GradCAM", equal), f"{SCALED} {note}"


def _shapley(case: Case) -> Found:
    if case.arguments.handle.layer(case.e.layer).prefix is not None:
        raise InputError("pytorch-grad-cam's ShapleyCAM does not work on tokens.")
    logit = case.e.params["utility"] == "logit"

    def explained(logits: torch.Tensor) -> torch.Tensor:
        values = logits[None]
        return case.score(values if logit else rest(values, case.score.activation))[0]

    return _run(case, "ShapleyCAM", explained), SCALED


def _kpca(case: Case) -> Found:
    if importlib.util.find_spec("sklearn") is None:
        raise InputError("pytorch-grad-cam's KPCA_CAM needs scikit-learn, which is not installed.")
    kernel, gamma = case.e.params["kernel"], case.e.params.get("gamma") or None
    found = _run(case, "KPCA_CAM", lambda logits: logits.sum(), True, kernel=kernel, gamma=gamma)
    return found, TURNED


def _fem(case: Case) -> Found:
    found = _run(case, "FEM", lambda logits: logits.sum(), k=case.e.params["sigmas"])
    note = (
        "The library adds up activations times the share of places that stand out; the paper, and this map, "
        "binary maps times the channel's mean. So the two differ."
    )
    return found, f"{SCALED} {note}"


TABLE: dict[str, Compute] = {
    "grad_cam": _plain("GradCAM"),
    "grad_cam_plus_plus": _plain("GradCAMPlusPlus"),
    "xgrad_cam": _plain("XGradCAM"),
    "layer_cam": _plain("LayerCAM"),
    "hires_cam": _plain("HiResCAM"),
    "grad_cam_elementwise": _plain("GradCAMElementWise"),
    "eigen_cam": _plain("EigenCAM", turned=True),
    "eigen_grad_cam": _plain("EigenGradCAM", turned=True),
    "score_cam": _plain("ScoreCAM"),
    "finer_cam": _finer,
    "shapley_cam": _shapley,
    "kpca_cam": _kpca,
    "fem": _fem,
}
