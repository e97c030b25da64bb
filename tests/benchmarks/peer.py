"""pytorch-grad-cam, asked as a person would ask it: one call a map.

It has no switch for ReLU and none for the counterfactual. The first takes a subclass that leaves the clipping
out, the second a target that negates the logit.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytorch_grad_cam
import torch
import tqdm
from pytorch_grad_cam.ablation_layer import AblationLayerVit
from pytorch_grad_cam.utils.image import scale_cam_image
from torch import nn

CLASSES = {
    "grad_cam": pytorch_grad_cam.GradCAM,
    "grad_cam_plus_plus": pytorch_grad_cam.GradCAMPlusPlus,
    "xgrad_cam": pytorch_grad_cam.XGradCAM,
    "layer_cam": pytorch_grad_cam.LayerCAM,
    "hires_cam": pytorch_grad_cam.HiResCAM,
    "eigen_grad_cam": pytorch_grad_cam.EigenGradCAM,
    "eigen_cam": pytorch_grad_cam.EigenCAM,
    "ablation_cam": pytorch_grad_cam.AblationCAM,
    "score_cam": pytorch_grad_cam.ScoreCAM,
}
for _module in (pytorch_grad_cam.ablation_cam, pytorch_grad_cam.score_cam):
    _module.tqdm = SimpleNamespace(tqdm=partial(tqdm.tqdm, disable=True))  # the library's bars, silenced


class ZeroChannel(AblationLayerVit):
    """Sets the channel to zero in every token."""

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        for row, channel in enumerate(self.indices[: len(self.activations)]):
            self.activations[row, ..., channel] = 0
        return self.activations


def own_copy(net: nn.Module) -> nn.Module:
    """The network as a person has it for the library: a copy of its own, parameters not frozen."""
    return copy.deepcopy(net).requires_grad_(True)


def ask(
    method: str,
    net: nn.Module,
    layer: str,
    x: torch.Tensor,
    target: int,
    relu: bool = True,
    counterfactual: bool = False,
    channels: int | None = None,
    batch_size: int | None = None,
    transform: Callable[[torch.Tensor], torch.Tensor] | None = None,
) -> np.ndarray:
    """One map (H, W) scaled to 0..1. `channels` uses only the layer's first few: a part, to be scaled up.

    `batch_size` is the library's own attribute; None leaves its default. `transform` is its reshape
    transform, for layers of tokens; Ablation-CAM then sets a channel to zero in every token, as ours does,
    where the library's own class for transformers subtracts 1e7."""
    sign, options = -1 if counterfactual else 1, {}
    if transform is not None and method == "ablation_cam":
        options["ablation_layer"] = ZeroChannel()
    made = _variant(CLASSES[method], relu, channels)
    with made(net, [net.get_submodule(layer)], reshape_transform=transform, **options) as cam:
        if batch_size is not None:
            cam.batch_size = batch_size
        return cam(x, [lambda logits: sign * logits[target]])[0]


def _variant(base: type, relu: bool, channels: int | None) -> type:
    """The library's class, without ReLU or on a part of the channels where that is asked for."""
    changes: dict[str, Callable] = {}
    if not relu:
        changes |= {"compute_cam_per_layer": _unclipped, "aggregate_multi_layers": _scaled_mean}
    if channels is not None:

        def get_cam_image(self, x, layer, targets, activations, gradients, smooth=False):
            return base.get_cam_image(self, x, layer, targets, activations[:, :channels], gradients, smooth)

        changes["get_cam_image"] = get_cam_image
    return type(base.__name__, (base,), changes) if changes else base


def _unclipped(self, x: torch.Tensor, targets: list, smooth: bool) -> list[np.ndarray]:
    """The library's own steps, for one layer, without np.maximum."""
    (activations,), (gradients,) = (
        self.activations_and_grads.activations,
        self.activations_and_grads.gradients,
    )
    cam = self.get_cam_image(
        x,
        self.target_layers[0],
        targets,
        activations.cpu().data.numpy(),
        gradients.cpu().data.numpy(),
        smooth,
    )
    return [scale_cam_image(cam, self.get_target_width_height(x))[:, None, :]]


def _scaled_mean(self, maps: list[np.ndarray]) -> np.ndarray:
    return scale_cam_image(np.mean(np.concatenate(maps, axis=1), axis=1))
