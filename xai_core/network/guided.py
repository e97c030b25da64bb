"""The rule of guided backpropagation, applied while the network runs and without touching it.

At a rectifier, the backward pass keeps the gradient only where the forward input and the incoming gradient
are both positive:

    g_in = 1[z > 0] . f'(z) . max(g_out, 0)

For ReLU f' is 1 there, which is the rule of the paper; ReLU6 and hardtanh(0, 6) stop at their upper end,
where f' is 0; SiLU, GELU, Hardswish, Mish, ELU and LeakyReLU, which the paper did not know, keep their own
slope. The rule sits in torch's dispatch of function calls, so modules, in-place modules and functional calls
are all covered. Activations that a network builds itself from other operations (x * sigmoid(x)) are not seen.

DeconvNet's rule looks at the incoming gradient alone, for every rectifier:

    g_in = max(g_out, 0)

Zeiler and Fergus, Visualizing and Understanding Convolutional Networks, ECCV 2014; Springenberg et al.,
Striving for Simplicity: The All Convolutional Net, ICLR Workshop 2015.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

_RELU = (F.relu, torch.relu, torch.relu_, torch.Tensor.relu, torch.Tensor.relu_, F.relu_)
_OTHERS = (F.relu6, F.hardtanh, F.silu, F.gelu, F.hardswish, F.mish, F.elu, F.celu, F.selu, F.leaky_relu)
_RECTIFIERS: dict[Callable, Callable] = {**dict.fromkeys(_RELU, torch.relu), **{f: f for f in _OTHERS}}
_IN_PLACE = {torch.relu_, torch.Tensor.relu_, F.relu_}


class _Guided(torch.autograd.Function):
    """Forward f(z); backward 1[z > 0] f'(z) max(g, 0), or max(g, 0)."""

    @staticmethod
    def forward(ctx: Any, z: torch.Tensor, f: Callable, written: bool, forward_too: bool) -> torch.Tensor:
        ctx.forward_too = forward_too
        ctx.save_for_backward(z.clone() if written else z)
        ctx.f = f
        return f(z)

    @staticmethod
    def backward(ctx: Any, g: torch.Tensor) -> tuple[torch.Tensor, None, None, None]:
        if not ctx.forward_too:
            return g.clamp(min=0), None, None, None
        (z,) = ctx.saved_tensors
        with torch.enable_grad():
            inner = z.detach().requires_grad_()
            # the product's gradient at f(z) is g; for g as an argument torch would import sympy, for seconds
            (slope,) = torch.autograd.grad((ctx.f(inner) * g.clamp(min=0)).sum(), inner)
        return slope * (z > 0), None, None, None


class Rule(TorchFunctionMode):
    """Replaces every rectifier that is called while it is entered; `applied` counts them. `forward_too` says
    whether the forward input counts (guided backpropagation) or not (DeconvNet)."""

    def __init__(self, forward_too: bool = True) -> None:
        super().__init__()
        self._forward_too = forward_too
        self.applied = 0

    def __torch_function__(
        self, func: Callable, types: tuple, args: tuple = (), kwargs: dict | None = None
    ) -> Any:
        kwargs = dict(kwargs or {})
        plain = _RECTIFIERS.get(func)
        if plain is None or (plain is F.hardtanh and not _starts_at_zero(args, kwargs)):
            return func(*args, **kwargs)
        z = args[0] if args else kwargs.pop("input")
        rest = args[1:]
        written = func in _IN_PLACE or bool(kwargs.pop("inplace", False))
        if rest and isinstance(rest[-1], bool):  # the flag is the last argument where there is one
            rest, written = rest[:-1], written or rest[-1]
        self.applied += 1
        found = _Guided.apply(z, lambda values: plain(values, *rest, **kwargs), written, self._forward_too)
        return z.copy_(found) if written else found


def _starts_at_zero(args: tuple, kwargs: dict[str, Any]) -> bool:
    return (args[1] if len(args) > 1 else kwargs.get("min_val", -1.0)) == 0


@contextmanager
def guided(forward_too: bool = True) -> Iterator[Rule]:
    """Apply the guided rule, or that of DeconvNet (`forward_too` False), to every rectifier that this thread
    calls inside the block. `applied` of the yielded rule counts them."""
    with Rule(forward_too) as rule:
        yield rule
