"""A network without its numbers: its names, shapes and cost are known before it takes any memory.

    sketch(make) -> the network that `make()` builds, with parameters on the meta device

What creates tensors (torch.empty, zeros, ones, full, rand, randn) creates them without memory, and what fills
them with starting values is left out. What computes numbers that an architecture needs, such as torch.arange,
works as always."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch import nn
from torch.overrides import TorchFunctionMode
from torch.utils.flop_counter import FlopCounterMode

from ..inputs.views import InputGrid
from ..types import InputError

PARAMETERS = 150  # millions: 600 MB in 32 bits. VGG-16 has 138, ViT-B/16 has 86
OPERATIONS = 200  # billions for one picture: some seconds on two cores. VGG-16 takes 31, ViT-L/16 takes 123
UNCOUNTED_SIDE = 512  # pixels on a side of a network whose operations cannot be counted
_MADE = frozenset({torch.empty, torch.zeros, torch.ones, torch.full, torch.rand, torch.randn})
_FILLED = frozenset(
    {"uniform_", "normal_", "erfinv_", "mul_", "add_", "sub_", "div_", "clamp_", "fill_", "zero_", "copy_"}
)


class _Without(TorchFunctionMode):
    """Tensors are made without memory and not filled."""

    def __torch_function__(
        self,
        func: Any,
        types: Iterable[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        options = dict(kwargs or {})
        if func in _MADE and options.get("device") is None:
            options["device"] = "meta"
        first = args[0] if args else None
        if getattr(func, "__name__", "") in _FILLED and isinstance(first, torch.Tensor) and first.is_meta:
            return first
        return func(*args, **options)


def sketch(make: Callable[[], nn.Module]) -> nn.Module:
    """The network without numbers, in eval mode. A few architectures mix what they create with what they
    compute; of these everything is on the meta device."""
    try:
        net = _made(make, nullcontext())
    except (RuntimeError, NotImplementedError):
        net = _made(make, torch.device("meta"))
    return net.to("meta").eval()


def _made(make: Callable[[], nn.Module], device: AbstractContextManager[Any]) -> nn.Module:
    with torch.random.fork_rng(devices=[]), device, _Without():
        return make()


def most_parameters() -> int:
    """Parameters that a person's network may have: XAI_MODEL_PARAMETERS in millions, else 150 million."""
    named = os.environ.get("XAI_MODEL_PARAMETERS", "")
    return (int(named) if named.isdecimal() else PARAMETERS) * 1_000_000


def check_parameters(net: nn.Module, architecture: str) -> None:
    """Raise InputError for a network with too many parameters."""
    count = sum(parameter.numel() for parameter in net.parameters())
    if count > most_parameters():
        raise InputError(
            f"{architecture} with these classes has {count / 1e6:,.0f} million parameters; at most "
            f"{most_parameters() / 1e6:,.0f} million are accepted."
        )


def check_operations(net: nn.Module, grid: InputGrid, architecture: str) -> None:
    """Raise InputError for a network that takes too many operations for one picture, or cannot take pictures
    of the grid's size. The operations are counted (a multiplication and an addition are two), not timed."""
    height, width = grid.size
    try:
        with FlopCounterMode(display=False) as counter, torch.no_grad():
            net(torch.empty((1, 3, height, width), device="meta"))
        billions = counter.get_total_flops() / 1e9
    except NotImplementedError:  # it looks at numbers on its way, and a sketch has none
        if max(height, width) > UNCOUNTED_SIDE:
            raise InputError(
                f"Pictures of {height} x {width} pixels are asked for; at most {UNCOUNTED_SIDE} on a side "
                f"are accepted by {architecture}, whose cost is unknown."
            ) from None
        return
    except (RuntimeError, AssertionError, ValueError) as error:
        raise InputError(f"{architecture} cannot take pictures of {height} x {width} pixels.") from error
    if billions > OPERATIONS:
        raise InputError(
            f"{architecture} takes {billions:,.0f} billion operations for {height} x {width} pixels; at most "
            f"{OPERATIONS} billion are accepted."
        )
