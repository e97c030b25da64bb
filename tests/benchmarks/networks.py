"""The networks of the benchmark: our handle, the libraries' own copy, and the picture."""

from __future__ import annotations

import copy
from collections.abc import Callable

import numpy as np
import torch
from torch import nn

import xai_core as xai  # before the library: it makes torchvision importable
from xai_core.methods._family import weighted_sum
from xai_core.methods.ablation_cam import ablated_scores
from xai_core.methods.score_cam import score_cam
from xai_core.network.batches import Progress
from xai_core.network.capture import capture
from xai_core.network.scores import Score
from xai_core.types import LayerSpec

from . import peer

CONVOLUTIONAL = ("efficientnet_lite0", "resnet50", "vgg16")
TRANSFORMERS = {"vit_tiny": "timm/vit_tiny_patch16_224", "vit_b_16": "vit_b_16"}  # and their registry keys
NETWORKS = (*CONVOLUTIONAL, *TRANSFORMERS)
TARGET_CLASS = 281  # tabby, which is what the sample shows
LAYERS = {  # the last stage, at which single maps are compared
    "efficientnet_lite0": "bn2",
    "resnet50": "layer4",
    "vgg16": "features.29",
    "vit_tiny": "blocks.11.norm1",
    "vit_b_16": "encoder.layers.encoder_layer_11.ln_1",
}


def load(key: str, device: str = "cpu", autocast: torch.dtype | None = None) -> xai.ModelHandle:
    """EfficientNet-Lite0 with its real weights, every other network with random ones."""
    weights = "pretrained" if key == "efficientnet_lite0" else "random"
    handle = xai.load_model(TRANSFORMERS.get(key, key), device, weights=weights, autocast=autocast)
    return _with_a_head(handle) if key in TRANSFORMERS else handle


def _with_a_head(handle: xai.ModelHandle) -> xai.ModelHandle:
    """The same network with a head drawn at random: both libraries start it with zeros, and the gradients of
    all scores would be zero."""
    with handle.session() as net:
        own = copy.deepcopy(net)
    torch.manual_seed(0)
    head = [module for module in own.modules() if isinstance(module, nn.Linear)][-1]
    nn.init.normal_(head.weight, std=0.02)
    return handle.like(own, handle.device)


class Bench:
    """One network: our handle, the library's own copy of it, and the picture."""

    def __init__(self, key: str, device: str = "cpu"):
        self.key, self.handle = key, load(key, device)
        self.name = key if key == "efficientnet_lite0" else f"{key} (random)"
        self.layer = LAYERS[key]
        self.image = xai.load_sample("chelsea")
        self.x = self.handle.preprocess(self.image).contiguous()  # as ToTensor and torch.stack make it
        with self.handle.session() as net:
            self.net = peer.own_copy(net)

    def ask(self, method: str, layer: str, **options) -> np.ndarray:
        """pytorch-grad-cam's map."""
        transform = reshape(self.handle.layer(layer)) if self.key in TRANSFORMERS else None
        return peer.ask(method, self.net, layer, self.x, TARGET_CLASS, transform=transform, **options)

    def first_channels(self, method: str, layer: str, count: int) -> np.ndarray:
        """Our map of the layer's first channels alone, to be compared with the library's."""
        spec, score, progress = self.handle.layer(layer), Score((TARGET_CLASS,)), Progress()
        with self.handle.session() as net:
            found = capture(net, self.x, [spec])
            every = found.activations[spec.key]
            part = every[:, :count]
            if method == "score_cam":
                values = score_cam(self.handle.scorer, self.x, score, part, progress)
            else:
                whole = score(found.logits)
                scores = ablated_scores(net, self.x, score, whole[0], spec, every[0], progress)
                values = weighted_sum((1 - scores / whole)[None, :count], part)
        return np.maximum(values[0].cpu().numpy(), 0)


def reshape(layer: LayerSpec) -> Callable[[torch.Tensor], torch.Tensor]:
    """pytorch-grad-cam's reshape transform for a token layer: (N, T, C) -> (N, C, h, w)."""

    def transform(values: torch.Tensor) -> torch.Tensor:
        return values[:, layer.prefix :].reshape(len(values), *layer.size, -1).permute(0, 3, 1, 2)

    return transform
