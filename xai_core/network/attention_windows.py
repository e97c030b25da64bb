"""Which token of the grid lies at which place of an attention window (Swin).

A block pads its map, shifts it and cuts it into windows. Instead of repeating that arithmetic, the numbers of
the tokens are sent through the block's own code, and what arrives at the attention is read. Numbers start at
1, so that padding, which is 0, is told apart."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

from ..types import LayerSpec
from .replacing import replaced


def window_tokens(net: nn.Module, key: str, block: LayerSpec, shape: torch.Size) -> torch.Tensor | None:
    """int64 (windows, T) for the site `key` with attention weights of `shape` (windows, heads, T, T): the
    token in each place of each window, -1 for padding. None for a block of an unknown kind."""
    h, w = block.size
    parameter = next(net.get_submodule(key).parameters())
    numbers = torch.arange(1, h * w + 1, device=parameter.device, dtype=torch.float64).view(1, h, w, 1)
    if block.prefix is not None or not block.channels_last:
        return None
    arrived = _at_timms(net, key, block, numbers)
    if arrived is None:
        arrived = _at_torchvisions(net.get_submodule(key), numbers)
    if arrived is None or arrived.numel() != shape[0] * shape[-1]:
        return None
    tokens = arrived.reshape(shape[0], shape[-1]).round().long() - 1
    held = tokens[tokens >= 0].sort().values
    whole = torch.equal(held, torch.arange(h * w, device=held.device))  # each token has exactly one place
    return tokens if whole else None


def _at_timms(net: nn.Module, key: str, block: LayerSpec, numbers: torch.Tensor) -> torch.Tensor | None:
    """What timm's Swin blocks give to their attention module: they pad, shift and cut in `_attn`."""
    cut = getattr(net.get_submodule(block.key), "_attn", None)
    if cut is None:
        return None
    arrived: list[torch.Tensor] = []

    def keep(_original: Any) -> Any:
        def forward(windows: torch.Tensor, *_rest: Any, **_named: Any) -> torch.Tensor:
            arrived.append(windows)
            return windows

        return forward

    with replaced(net, {key: keep}), torch.no_grad():
        cut(numbers)
    return arrived[0] if len(arrived) == 1 else None


class _FirstInput(TorchFunctionMode):
    """Keeps what is given to the linear layer of one weight."""

    def __init__(self, weight: torch.Tensor):
        super().__init__()
        self._weight = weight
        self.arrived: torch.Tensor | None = None

    def __torch_function__(
        self, func: Any, types: tuple, args: tuple = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        if func is F.linear and args[1] is self._weight:
            self.arrived = args[0]
        return func(*args, **(kwargs or {}))


def _at_torchvisions(module: nn.Module, numbers: torch.Tensor) -> torch.Tensor | None:
    """What torchvision's shifted window attention gives to its projection: it cuts the map by itself."""
    projection = getattr(module, "qkv", None)
    if not isinstance(projection, nn.Linear):
        return None
    weight = projection.weight
    given = numbers.to(weight).expand(-1, -1, -1, weight.shape[1])
    with _FirstInput(weight) as mode, torch.no_grad():
        module(given)
    return None if mode.arrived is None else mode.arrived[..., 0]
