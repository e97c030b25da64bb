"""The same map from the library that people know, where it is installed: pytorch-grad-cam, Captum, lime,
shap.

    check(handle, image, explanation) -> Reference(library, difference, correlation, note)

The library gets the unfolded network, the same input, and where it works on superpixels the same ones.
Methods that draw random numbers are given ours, so that what is compared is the arithmetic. A library that is
not installed, or has no such method, is named in an InputError."""

from __future__ import annotations

import copy
import importlib.util
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn

from ..arrays import bilinear
from ..network.capture import channels_first
from ..network.handle import ModelHandle
from ..network.patches import DROP
from ..network.scores import Score
from ..scoring.hiding import Painted
from ..types import Explanation, ImageInput, InputError
from .arguments import Arguments

_KINKS = (
    "The library ran the unfolded network. Near the kinks of activations rounding alone moves a float32 "
    "gradient, by up to a few per cent at single pixels; in float64 the maps agree to 1e-4."
)
_MODULES = {"pytorch-grad-cam": "pytorch_grad_cam", "Captum": "captum", "lime": "lime", "shap": "shap"}


@dataclass(frozen=True, eq=False)
class Reference:
    """The library's map beside ours: `heatmap` (h, w) in the library's own scale, `difference` the largest
    difference of the two as a share of ours' largest size, `correlation` Pearson's r; `note` says how they
    were made comparable."""

    library: str
    heatmap: np.ndarray
    difference: float
    correlation: float
    note: str = ""


@dataclass(frozen=True)
class _Case:
    """What a library's function is given."""

    net: nn.Module
    x: torch.Tensor
    e: Explanation
    score: Score
    arguments: Arguments  # of the picture alone

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The score (N,) of a batch."""
        self.arguments.progress.note(len(x))
        return self.score(self.net(x))

    def baseline(self) -> torch.Tensor:
        """What is painted over hidden parts. Raises InputError where they are left out instead."""
        if self.e.params["baseline"] == DROP:
            raise InputError("The library paints over what is hidden; it cannot leave patches out.")
        return self.arguments.baseline(self.e.params, self.e.seed)

    def scores(self, keep: torch.Tensor) -> torch.Tensor:
        """The scores (M,) of the picture with only the superpixels left that `keep` bool (M, d) names."""
        segments = torch.as_tensor(np.array(self.e.segments)).long().to(self.x.device)
        drop = self.e.params["baseline"] == DROP
        hiding = self.arguments.dropped if drop else Painted(self.net, self.x, self.baseline())
        found = hiding.regions(0, segments, len(keep)).scores(keep, self.score, self.arguments.progress)
        return found.cpu().double()


def library_for(method: str) -> str | None:
    """The library that has this method and is installed here, or None."""
    name = _TABLE[method][0] if method in _TABLE else None
    return name if name and importlib.util.find_spec(_MODULES[name]) is not None else None


def check(handle: ModelHandle, image: ImageInput, e: Explanation) -> Reference:
    """Compute `e` with the library and compare. Raises InputError where that cannot be done."""
    library = library_for(e.method)
    if library is None:
        raise InputError(f"No installed library has {e.method}.")
    _, run = _TABLE[e.method]
    with handle.session() as net, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the libraries warn of what they do to the network
        x = handle.preprocess(image)
        score = Score.asked(e.target, e.params, handle.activation)
        arguments = Arguments.of_input(handle, net, image, x)
        theirs, note = run(_Case(net, x, e, score, arguments))
    return _compare(library, np.asarray(theirs, np.float64), e, note)


def _compare(library: str, theirs: np.ndarray, e: Explanation, note: str) -> Reference:
    ours: np.ndarray = e.heatmap.astype(np.float64)
    if library == "pytorch-grad-cam":  # the library's maps are 0..1 on the input's grid
        ours = bilinear(ours, theirs.shape).astype(np.float64)
        ours = (ours - ours.min()) / max(float(np.ptp(ours)), 1e-12) if ours.any() else ours
    elif theirs.shape != ours.shape:
        ours = np.kron(ours, np.ones([a // b for a, b in zip(theirs.shape, ours.shape, strict=True)]))
    size = max(float(np.abs(ours).max()), 1e-12)
    flat = min(float(ours.std()), float(theirs.std())) == 0
    correlation = float("nan") if flat else float(np.corrcoef(ours.ravel(), theirs.ravel())[0, 1])
    return Reference(library, theirs, float(np.abs(ours - theirs).max()) / size, correlation, note)


def _over_channels(values: torch.Tensor, case: _Case) -> np.ndarray:
    values = values.abs() if case.e.params.get("aggregate", "signed") == "abs" else values
    return values.sum(1)[0].detach().cpu().double().numpy()


def _saliency(case: _Case) -> tuple[np.ndarray, str]:
    from captum.attr import Saliency

    found = Saliency(case.forward).attribute(case.x.clone().requires_grad_(), abs=False)
    return _over_channels(found, case), _KINKS


def _input_x_gradient(case: _Case) -> tuple[np.ndarray, str]:
    from captum.attr import InputXGradient

    return _over_channels(
        InputXGradient(case.forward).attribute(case.x.clone().requires_grad_()), case
    ), _KINKS


def _integrated_gradients(case: _Case) -> tuple[np.ndarray, str]:
    from captum.attr import IntegratedGradients

    found = IntegratedGradients(case.forward).attribute(
        case.x.clone(), case.baseline(), n_steps=case.e.params["steps"], internal_batch_size=8
    )
    return _over_channels(found, case), _KINKS


def _guided(case: _Case) -> tuple[np.ndarray, str]:
    """Captum's rule knows nn.ReLU alone; where the network has other rectifiers, the note says so."""
    from captum.attr import GuidedBackprop

    own = _own_copy(case)
    found = GuidedBackprop(own).attribute(case.x.clone().requires_grad_(), target=case.e.target)
    others = any(isinstance(module, (nn.ReLU6, nn.SiLU, nn.GELU, nn.Hardswish)) for module in own.modules())
    note = "Captum's rule covers ReLU alone and this network has other rectifiers, so the maps differ."
    return _over_channels(found, case), note if others else ""


def _occlusion(case: _Case) -> tuple[np.ndarray, str]:
    from captum.attr import Occlusion

    window, stride = case.e.params["window"], case.e.params["stride"]
    found = Occlusion(case.forward).attribute(
        case.x,
        (3, window, window),
        strides=(3, stride, stride),
        baselines=case.baseline(),
        perturbations_per_eval=8,
    )
    return found[0, 0].cpu().double().numpy(), ""


def _cam(name: str) -> Callable[[_Case], tuple[np.ndarray, str]]:
    def run(case: _Case) -> tuple[np.ndarray, str]:
        import pytorch_grad_cam

        if not case.e.params.get("relu", True):
            raise InputError("pytorch-grad-cam always applies ReLU; turn ReLU on to compare.")
        own, layer = _own_copy(case), case.arguments.handle.layer(case.e.layer)
        turned = layer.channels_last or layer.prefix is not None
        reshape = (lambda values: channels_first(values, layer)) if turned else None
        cls = getattr(pytorch_grad_cam, name)
        with cls(own, [own.get_submodule(layer.key)], reshape_transform=reshape) as cam:
            cam.batch_size = 8
            found = cam(case.x.clone(), [lambda logits: case.score(logits[None])[0]])[0]
        return found, "Both maps scaled to 0..1 on the input's grid."

    return run


def _own_copy(case: _Case) -> nn.Module:
    """A trainable copy of the network, for libraries that put hooks on it or change it; it counts its
    inputs."""
    own = copy.deepcopy(case.net).requires_grad_(True)
    own.register_forward_pre_hook(lambda _module, inputs: case.arguments.progress.note(len(inputs[0])))
    return own


def _lime(case: _Case) -> tuple[np.ndarray, str]:
    """lime's own regression on our masks: its random numbers cannot be given from outside."""
    from lime.lime_base import LimeBase

    from ..methods.lime import random_masks

    params, count = case.e.params, int(case.e.facts["superpixels"])
    generator = torch.Generator().manual_seed(case.e.seed)
    keep = random_masks(count, params["samples"], generator)[: int(case.e.facts["samples"])]
    base = LimeBase(lambda d: np.sqrt(np.exp(-(d**2) / params["kernel_width"] ** 2)))
    z = keep.numpy().astype(np.float64)
    scores, distances = case.scores(keep).numpy()[:, None], 1 - np.sqrt(z.mean(1))
    features = params["features"] or z.shape[1]
    method = "highest_weights" if params["features"] else "none"
    found = base.explain_instance_with_data(z, scores, distances, 0, features, feature_selection=method)
    values = np.zeros(z.shape[1])
    for index, weight in found[1]:
        values[index] = weight
    return values[case.e.segments], "lime's regression on the same masks."


def _kernel_shap(case: _Case) -> tuple[np.ndarray, str]:
    """shap's KernelExplainer over the same superpixels, with its own sampling."""
    import shap

    count = int(case.e.facts["superpixels"])

    def values(rows: np.ndarray) -> np.ndarray:
        return case.scores(torch.from_numpy(np.asarray(rows) > 0.5)).numpy()

    explainer = shap.KernelExplainer(values, np.zeros((1, count)))
    found = explainer.shap_values(
        np.ones((1, count)), nsamples=int(case.e.facts["samples"]), l1_reg=False, silent=True
    )
    note = "shap draws its own coalitions, so the two differ by the sampling error of both."
    return np.asarray(found).reshape(-1)[case.e.segments], note


_TABLE: dict[str, tuple[str, Callable[[_Case], Any]]] = {
    "grad_cam": ("pytorch-grad-cam", _cam("GradCAM")),
    "grad_cam_plus_plus": ("pytorch-grad-cam", _cam("GradCAMPlusPlus")),
    "xgrad_cam": ("pytorch-grad-cam", _cam("XGradCAM")),
    "layer_cam": ("pytorch-grad-cam", _cam("LayerCAM")),
    "hires_cam": ("pytorch-grad-cam", _cam("HiResCAM")),
    "grad_cam_elementwise": ("pytorch-grad-cam", _cam("GradCAMElementWise")),
    "score_cam": ("pytorch-grad-cam", _cam("ScoreCAM")),
    "gradient": ("Captum", _saliency),
    "input_x_gradient": ("Captum", _input_x_gradient),
    "integrated_gradients": ("Captum", _integrated_gradients),
    "guided_backprop": ("Captum", _guided),
    "occlusion": ("Captum", _occlusion),
    "lime": ("lime", _lime),
    "kernel_shap": ("shap", _kernel_shap),
}
