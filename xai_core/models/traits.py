"""What a network is made of, seen while it runs: convolutions behind its first layer, attention."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

from ..types import LayerSpec

_FUSED = {F.scaled_dot_product_attention, F.multi_head_attention_forward}
_SOFTMAX = {F.softmax, torch.softmax, torch.Tensor.softmax}


class AttentionSeen(TorchFunctionMode):
    """Notes in `any` whether attention is computed while it is entered: by one of torch's functions for it,
    or as a softmax over the last of at least three dimensions."""

    def __init__(self) -> None:
        super().__init__()
        self.any = False

    def __torch_function__(
        self, func: Callable, types: tuple, args: tuple = (), kwargs: dict | None = None
    ) -> Any:
        kwargs = kwargs or {}
        self.any |= func in _FUSED or (func in _SOFTMAX and _over_last(args, kwargs))
        return func(*args, **kwargs)


def _over_last(args: tuple, kwargs: dict[str, Any]) -> bool:
    values = args[0] if args else kwargs.get("input")
    dim = args[1] if len(args) > 1 else kwargs.get("dim")
    return isinstance(values, torch.Tensor) and values.ndim > 2 and dim in (-1, values.ndim - 1)


def traits(net: nn.Module, layers: Sequence[LayerSpec], attention: bool) -> frozenset[str]:
    """What a method may need of the network (`methods.NEEDS`).

    "convolution": one whose windows overlap, unlike those of a patch embedding. "pooling": the classifier may
    read an average over all places; missing where it reads only the tokens in front of the patches.
    "patches": the input is cut into patches that stay tokens."""
    mixing = any(
        isinstance(module, nn.Conv2d) and max(module.kernel_size) > max(module.stride)
        for module in net.modules()
    )
    home = next((number for number in reversed(range(len(layers))) if layers[number].suggested), 0)
    token = any(layer.prefix and not layer.reached for layer in layers[home:])
    patches = any(layer.prefix is not None for layer in layers)
    known = {"attention": attention, "convolution": mixing, "pooling": not token, "patches": patches}
    return frozenset(name for name, has in known.items() if has)
