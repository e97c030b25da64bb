"""CAM, the original: the classifier's own weights, for networks that end in average pooling and one linear
layer.

    M = sum_k W_tk A_k        mean_ij M_ij + b_t = logit_t

A is the activation that is pooled, W and b the linear layer. Such a network needs no gradients. The identity
on the right is checked on the way: where the pooled layer does not feed the classifier, the method says so. A
ReLU between layer and pooling that is no module of its own (DenseNet) is taken into account.

Zhou et al., Learning Deep Features for Discriminative Localization, CVPR 2016.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import nn

from ..network.capture import channels_first
from ..network.observe import observe
from ..network.scores import Score
from ..types import InputError, LayerSpec
from ._family import cam_spec, weighted_sum

TOLERANCE = 1e-4


def cam(
    net: nn.Module, x: torch.Tensor, score: Score, layer: LayerSpec, activations: torch.Tensor
) -> torch.Tensor:
    """(N, 3, H, W) inputs and (N, C, h, w) activations of the pooled layer -> (N, h, w)."""
    features, head, _ = _head(net, x, ())
    pooled = _pooled_as(features, activations)
    if pooled is None:
        raise InputError(
            f"cam needs the layer that is averaged into the classifier, and {layer.key!r} is not it."
        )
    rows = head.weight[torch.tensor(score.targets, device=x.device).expand(len(x))]
    if score.contrast is not None:
        rows = rows - head.weight[score.contrast]
    return weighted_sum(-rows if score.negate else rows, pooled)


def pooled_layer(net: nn.Module, x: torch.Tensor, layers: Sequence[LayerSpec]) -> str:
    """The key of the layer whose average over places is the classifier's input; raises InputError if there is
    none.
    """
    wide = [layer for layer in layers if layer.size != (1, 1)]
    features, head, outputs = _head(net, x, [layer.key for layer in wide])
    for layer in reversed(wide):
        values = outputs.get(layer.key)
        if values is None or layer.channels != head.in_features:
            continue
        values = channels_first(values, layer)
        if _pooled_as(features, values) is not None:
            return layer.key
    raise InputError(
        "cam needs a network that ends in global average pooling and one linear layer, and this one does not."
    )


def _head(net: nn.Module, x: torch.Tensor, keys: Sequence[str]) -> tuple[torch.Tensor, nn.Linear, dict]:
    """(input of the last linear layer, that layer, outputs of `keys`) for `x`; it must give the logits
    themselves.
    """
    linear: list[tuple[nn.Linear, torch.Tensor, torch.Tensor]] = []
    outputs: dict[str, torch.Tensor] = {}

    def note(key: str, module: nn.Module, inputs: tuple, output: Any) -> None:
        if isinstance(module, nn.Linear):
            linear.append((module, inputs[0], output))
        if key in keys:
            outputs[key] = output.clone()

    linears = [key for key, module in net.named_modules() if isinstance(module, nn.Linear)]
    logits = observe(net, x, dict.fromkeys([*linears, *keys]), leave=note)
    if not linear or linear[-1][2].shape != logits.shape or not torch.equal(linear[-1][2], logits):
        raise InputError("cam needs a network that ends in one linear layer, and this one does not.")
    module, features, _ = linear[-1]
    return features, module, outputs


def _pooled_as(features: torch.Tensor, activations: torch.Tensor) -> torch.Tensor | None:
    """The activations, or their positive part, whichever averages to the features; None if neither does."""
    if activations.shape[:2] != features.shape:
        return None
    for values in (activations, activations.clamp(min=0)):
        if torch.allclose(
            values.mean((2, 3)), features, rtol=TOLERANCE, atol=TOLERANCE * float(features.abs().max())
        ):
            return values
    return None


SPEC = cam_spec(
    "cam",
    "CAM",
    cam,
    ("net", "x", "score", "layer", "activations"),
    formula=r"M=\sum_k W_{tk}A_k,\quad \mathrm{logit}_t=\overline{M}+b_t",
    paper="Zhou et al., CVPR 2016",
    url="https://arxiv.org/abs/1512.04150",
    reading="Each place's exact share of the logit, for networks that only average and then weigh.",
    colour="#1F6F9E",
    passes=lambda layer, params, size: 2,
    default_layer=pooled_layer,
    needs=("pooling", "classes"),
    plain=(
        "The network ends in average pooling and one linear layer, so the weights of that layer say "
        "what each channel adds to the class. The map is the sum of the channels with these weights. It "
        "answers what each place contributes to the logit, exactly."
    ),
    fails=(
        "It is exact for places of the last layer, not of the picture: each of them looks at a large "
        "part of the picture, so a bright cell may owe its value to something beside it."
    ),
)
