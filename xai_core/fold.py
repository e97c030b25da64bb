"""A twin of a network that only scores: batch norm folded into the convolution before it, channels-last
memory.

    BN(W * x + b) = (g W) * x + g (b - mean) + beta,   g = gamma / sqrt(var + eps)

The pairs are found by running the network once and looking which batch norm is given the very tensor that a
convolution returned, so it works for any module, traceable or not. The twin's logits are compared with the
original's when it is built.
"""

from __future__ import annotations

import copy
from collections.abc import Callable

import torch
from torch import nn

TOLERANCE = 1e-5


def folded_twin(net: nn.Module, x: torch.Tensor) -> nn.Module:
    """A copy of `net` with every conv + batch-norm pair folded, in channels-last memory; raises if it scores
    otherwise.

    A network without such a pair is returned as it is: there is nothing to gain that is worth its memory
    twice."""
    pairs = _conv_norm_pairs(net, x)
    if not pairs:
        return net
    twin = copy.deepcopy(net)
    for conv_key, norm_key in pairs:
        _fold(twin, conv_key, norm_key)
    twin = twin.to(memory_format=torch.channels_last).eval().requires_grad_(False)
    with torch.no_grad():
        before, after = net(x), twin(x)
    error = float((before - after).abs().max() / before.abs().max().clamp(min=1))
    if not error <= TOLERANCE:
        raise RuntimeError(f"Folding changed the logits by {error:.2g} of their size, more than {TOLERANCE}.")
    return twin


def _conv_norm_pairs(net: nn.Module, x: torch.Tensor) -> list[tuple[str, str]]:
    """Keys (conv, norm) of each batch norm whose input is a convolution's output, both called exactly
    once.
    """
    produced: dict[int, tuple[str, torch.Tensor]] = {}
    pairs: list[tuple[str, str]] = []
    calls: dict[str, int] = {}

    def note(key: str) -> Callable:
        def hook(module: nn.Module, inputs: tuple, output: torch.Tensor) -> None:
            calls[key] = calls.get(key, 0) + 1
            if isinstance(module, nn.Conv2d):
                produced[id(output)] = (key, output)  # the tensor is kept alive, so its id stays its own
            elif id(inputs[0]) in produced:
                pairs.append((produced[id(inputs[0])][0], key))

        return hook

    def foldable(module: nn.Module) -> bool:
        return isinstance(module, nn.Conv2d) or (
            isinstance(module, nn.BatchNorm2d)
            and module.running_mean is not None
            and module.weight is not None
        )

    handles = [m.register_forward_hook(note(key)) for key, m in net.named_modules() if foldable(m)]
    try:
        with torch.no_grad():
            net(x)
    finally:
        for handle in handles:
            handle.remove()
    return [(conv, norm) for conv, norm in pairs if calls[conv] == calls[norm] == 1]


def _fold(net: nn.Module, conv_key: str, norm_key: str) -> None:
    conv, norm = net.get_submodule(conv_key), net.get_submodule(norm_key)
    gain = norm.weight.double() / torch.sqrt(norm.running_var.double() + norm.eps)
    bias = conv.bias.double() if conv.bias is not None else 0.0
    shift = norm.bias.double() + gain * (bias - norm.running_mean.double())
    dtype = conv.weight.dtype
    conv.weight = nn.Parameter((conv.weight.double() * gain.view(-1, 1, 1, 1)).to(dtype))
    conv.bias = nn.Parameter(shift.to(dtype))
    net.set_submodule(norm_key, _what_follows(norm))


def _what_follows(norm: nn.Module) -> nn.Module:
    """What a batch norm does besides normalising: nothing, or its own activation (timm's BatchNormAct2d)."""
    activation = getattr(norm, "act", None)
    return activation if activation is not None else nn.Identity()
