"""Full-Gradient: input times gradient, plus every bias times its gradient, over all layers at once.

    s(x) = x . ds/dx + sum_l b_l . ds/db_l   (exact for ReLU networks)
    M = sum_c psi(|x_c ds/dx_c|) + sum_l sum_c psi(|b_lc ds/dz_lc|),   psi: min-max to 0..1, then bilinear to
    the input

z_l is the output to which bias l is added: of every Conv2d with a bias and of every batch norm, whose bias in
eval mode is beta - gamma mean / sqrt(var + eps), before the activation that some batch norms contain. Biases
without a spatial map (linear layers, layer norms, tokens) are left out. `share` says how much is covered:

    share = (x . ds/dx + sum_l b_l . ds/db_l) / s,   l over the biases in M

It is 1 where the network is piecewise linear and all biases are covered. M is never negative and has no sign.
The terms of s(x) cancel each other in part, and their absolute values do not: where the biases of the last
layers pull both ways on the background, M can be largest there (`tests.benchmarks.misses` shows a network on
which it is).

Srinivas and Fleuret, Full-Gradient Representation for Neural Network Visualization, NeurIPS 2019.
"""

from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from ..network.capture import capture
from ..network.scores import Score
from ._family import CONTRAST
from ._spec import MethodSpec

EPSILON = 1e-7


def full_grad(
    net: nn.Module, x: torch.Tensor, score: Score, facts: dict[str, Any] | None = None
) -> torch.Tensor:
    """(N, 3, H, W) inputs -> (N, H, W): one forward pass, a backward pass to the input and one to the
    biases. `facts["share"]` becomes (N,)."""
    biases = spatial_biases(net)
    inputs = x.detach().clone().requires_grad_()
    with torch.enable_grad():
        found = capture(net, inputs, list(biases), biases, strict=False) if biases else None
        logits = net(inputs) if found is None else found.logits
        (by_input,) = torch.autograd.grad(score(logits).sum(), inputs, retain_graph=True)
        by_output = {} if found is None else found.gradients(score)
    total = _rescaled((by_input * x).abs()).sum(1)
    covered = (by_input * x).sum((1, 2, 3))
    for key, gradient in by_output.items():
        terms = gradient * biases[key].view(1, -1, 1, 1)
        covered = covered + terms.sum((1, 2, 3))
        share = _rescaled(terms.abs()).sum(1)
        # psi's resize is linear, so the channels are added up before it, not after
        total = total + F.interpolate(share[:, None], x.shape[2:], mode="bilinear", align_corners=False)[:, 0]
    if facts is not None:
        facts["share"] = covered / score(logits.detach())
    return total


def spatial_biases(net: nn.Module) -> dict[str, torch.Tensor]:
    """Module path of each output that a bias is added to, and that bias (C,)."""
    found: dict[str, torch.Tensor] = {}
    for key, module in net.named_modules():
        if isinstance(module, nn.Conv2d) and module.bias is not None:
            found[key] = module.bias
        elif isinstance(module, nn.BatchNorm2d) and module.running_mean is not None:
            spread = torch.sqrt(torch.as_tensor(module.running_var) + module.eps)
            gain = module.weight / spread
            fused = hasattr(module, "act") and hasattr(module, "drop")  # timm's norm + activation
            inner = "drop" if fused else ""
            found[f"{key}.{inner}".rstrip(".")] = module.bias - module.running_mean * gain
    return found


def _rescaled(maps: torch.Tensor) -> torch.Tensor:
    """Each channel's map to 0..1: (v - min) / (max - min + 1e-7)."""
    low = maps.amin((2, 3), keepdim=True)
    shifted = maps - low
    return shifted / (shifted.amax((2, 3), keepdim=True) + EPSILON)


SPEC = MethodSpec(
    "full_grad",
    "FullGrad",
    full_grad,
    ("net", "x", "score", "facts"),
    (CONTRAST,),
    formula=r"M=\sum_c\psi(|x_c\,\partial_{x_c}s|)+\sum_{l,c}\psi(|b_{lc}\,\partial_{z_{lc}}s|)",
    paper="Srinivas and Fleuret, NeurIPS 2019",
    url="https://arxiv.org/abs/1905.00780",
    reading=(
        "Every layer at once, at the input's resolution. It has no sign: bright means influence, for "
        "or against."
    ),
    colour="#5E7F2E",
    signed=lambda params: False,
    family="Class activation",
    passes=lambda layer, params, size: 2,
    facts={"share": "Share of the score that its terms add up to"},
    cautions={"attention": "The map holds the input and the biases of convolutions, nothing of attention."},
    plain=(
        "Every pixel is multiplied by its gradient, and so is the bias of every layer at every place. "
        "The absolute values are brought to one scale and added over all layers. It answers where the "
        "input or any layer's bias had a part in the score."
    ),
    fails=(
        "Terms that cancel in the score are added as absolute values, so the background can be "
        "brightest where biases pull both ways. The map has no sign."
    ),
)
