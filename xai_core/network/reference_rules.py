"""The rules of DeepLIFT: gradients are replaced by multipliers between a picture and a baseline.

The network runs twice under the rules: for the baseline, when the input of every function that is not linear
is written down, and for the picture, when it is read again in the same order. A multiplier m carries the
difference of a function's output to its inputs, so that sum_i m_i (x_i - b_i) = f(x) - f(b) exactly:

    f(x) element by element   m = (f(x) - f(b)) / (x - b), f'(x) where x = b         (the rescale rule)
    x y                       m_x = (y + y_b) / 2, m_y = (x + x_b) / 2               (also A V, Q K^T)
    max pooling               max(o, o_b) - o_b goes to the largest of x, o - max(o, o_b) to the largest of b

o and o_b are the outputs of one window. Linear functions keep their gradient. Softmax, LayerNorm and
cosine similarity are taken apart into the functions above. The paper has the rescale rule alone, for
functions of one input; the rule of products is the Shapley value of both factors, and that of max pooling is
Captum's, where windows that overlap add up. Every other function is refused by its name.

Shrikumar, Greenside and Kundaje, Learning Important Features Through Propagating Activation Differences, ICML
2017.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch.nn import functional as F

from ..types import InputError
from .attention_core import ExplicitAttention
from .functions import ACTIVATIONS, LINEAR, LINEAR_IN_FIRST, PRODUCTS, carried, dependent, name_of

EQUAL = 1e-10  # values that differ by less count as equal, as in Captum
_POINTWISE = ACTIVATIONS | {"sigmoid", "hardsigmoid", "softplus", "logsigmoid", "exp", "log", "sqrt", "rsqrt"}
_POINTWISE |= {"square", "pow", "abs", "clamp", "clip", "erf", "reciprocal", "rtruediv", "rdiv"}
_POOLS: dict[str, Callable[..., Any]] = {
    "max_pool2d": F.max_pool2d,
    "adaptive_max_pool2d": F.adaptive_max_pool2d,
}
_CHOOSING = {"max", "amax", "max_pool2d", "adaptive_max_pool2d", "gather"}  # not linear between two pictures

Unary = Callable[[torch.Tensor], torch.Tensor]
Binary = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


class ReferenceRules(ExplicitAttention):
    """Entered once while the network runs on the baseline, and again, after `replay()`, while it runs on the
    picture; gradients of the second run are multipliers. Both inputs must require a gradient."""

    def __init__(self) -> None:
        super().__init__()
        self._written: list[tuple[torch.Tensor, ...]] = []
        self._read: int | None = None

    def replay(self) -> None:
        """The picture comes next."""
        self._read = 0

    def product(self, weights: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
        """A V."""
        return self._product_of(torch.matmul, weights, values)

    def logits(self, query: torch.Tensor, key: torch.Tensor, scale: float) -> torch.Tensor:
        """scale Q K^T."""
        return self._product_of(lambda q, k: (q * scale) @ k.transpose(-2, -1), query, key)

    def softmax(self, logits: torch.Tensor) -> torch.Tensor:
        """Over the keys."""
        return self._softmax_of(logits, -1)

    def other(self, func: Callable, args: tuple, kwargs: dict[str, Any]) -> Any:
        """Any other function call, by its rule."""
        name = name_of(func)
        count = sum(map(dependent, (*args, *kwargs.values())))
        if not count:
            return func(*args, **kwargs)
        if name in _POINTWISE and count == 1 and dependent(args[0]):
            return self._pointwise(func, args, kwargs)
        if name in _POOLS:
            return self._pool(name, args, kwargs)
        if name == "softmax":
            dim = args[1] if len(args) > 1 else kwargs["dim"]
            return self._softmax_of(args[0], dim)
        if name == "layer_norm":
            return self._layer_norm(*args, **kwargs)
        if name == "cosine_similarity":
            return self._cosine(*args, **kwargs)
        if name in PRODUCTS and count == 2:
            *front, a, b = args
            # torch.mul, since the call may be one that writes into its first factor
            multiply: Callable[..., torch.Tensor] = (
                torch.mul if name.endswith("mul") and "mat" not in name else func
            )
            return self._product_of(lambda one, other: multiply(*front, one, other, **kwargs), a, b)
        known = name in (LINEAR - _CHOOSING) or (name in PRODUCTS and count == 1)
        known = known or (name in LINEAR_IN_FIRST and count == 1 and bool(dependent(args[0])))
        found = func(*args, **kwargs)
        if not known and dependent(found):
            raise InputError(
                f"DeepLIFT has no rule for the function {name!r}, which this network, or the score, uses."
            )
        return found

    def _before(self, *values: torch.Tensor) -> tuple[torch.Tensor, ...] | None:
        """What these values were for the baseline; None in its own run, where they are written down."""
        if self._read is None:  # copies, since a network may write into them later
            self._written.append(tuple(value.detach().clone() for value in values))
            return None
        known = self._written[self._read] if self._read < len(self._written) else ()
        self._read += 1
        if [value.shape for value in known] != [value.shape for value in values]:
            raise InputError("DeepLIFT needs a network that computes the same functions for every picture.")
        return known

    def _pointwise(self, func: Callable, args: tuple, kwargs: dict[str, Any]) -> torch.Tensor:
        before = self._before(args[0])
        if before is None:
            return func(*args, **kwargs)
        written = bool(kwargs.get("inplace")) or getattr(func, "__name__", "").endswith("relu_")
        found = rescaled(lambda v: func(v.clone(), *args[1:], **kwargs), args[0], before[0])
        return args[0].copy_(found) if written else found

    def _cosine(self, a: torch.Tensor, b: torch.Tensor, dim: int = 1, eps: float = 1e-8) -> torch.Tensor:
        """a b / (|a| |b|), the score of two embeddings."""
        found = self._product_of(torch.mul, a, b).sum(dim)
        for values in (a, b):
            total = self._each(torch.square, values).sum(dim)
            found = self._product_of(
                torch.mul, found, self._each(lambda v: v.clamp(min=eps**2).rsqrt(), total)
            )
        return found

    def _each(self, f: Unary, x: torch.Tensor) -> torch.Tensor:
        return self._pointwise(f, (x,), {}) if x.requires_grad else f(x)

    def _product_of(self, multiply: Binary, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        if not (a.requires_grad and b.requires_grad):
            return multiply(a, b)
        before = self._before(a, b)
        return multiply(a, b) if before is None else multiplied(multiply, a, b, *before)

    def _softmax_of(self, x: torch.Tensor, dim: int) -> torch.Tensor:
        before = self._before(x)
        if before is None:
            return x.softmax(dim)
        top = torch.maximum(x.detach(), before[0]).amax(dim, keepdim=True)
        powers, powers_b = rescaled(torch.exp, x - top, before[0] - top), (before[0] - top).exp()
        total, total_b = powers.sum(dim, keepdim=True), powers_b.sum(dim, keepdim=True)
        share = rescaled(torch.reciprocal, total, total_b)
        return multiplied(torch.mul, powers, share, powers_b, total_b.reciprocal())

    def _layer_norm(
        self,
        x: torch.Tensor,
        normalized_shape: tuple[int, ...],
        weight: torch.Tensor | None = None,
        bias: torch.Tensor | None = None,
        eps: float = 1e-5,
    ) -> torch.Tensor:
        before = self._before(x)
        if before is None:
            return F.layer_norm(x, normalized_shape, weight, bias, eps)
        axes = tuple(range(-len(normalized_shape), 0))
        centred, centred_b = (value - value.mean(axes, keepdim=True) for value in (x, before[0]))
        spread = rescaled(torch.square, centred, centred_b).mean(axes, keepdim=True) + eps
        spread_b = centred_b.square().mean(axes, keepdim=True) + eps
        slope = rescaled(torch.rsqrt, spread, spread_b)
        found = multiplied(torch.mul, centred, slope, centred_b, spread_b.rsqrt())
        found = found if weight is None else found * weight
        return found if bias is None else found + bias

    def _pool(self, name: str, args: tuple, kwargs: dict[str, Any]) -> torch.Tensor:
        x, kwargs = args[0], {**kwargs, "return_indices": True}
        before = self._before(x)
        if before is None:
            return _POOLS[name](x, *args[1:], **kwargs)[0]
        found, places = _POOLS[name](x.detach(), *args[1:], **kwargs)
        found_b, places_b = _POOLS[name](before[0], *args[1:], **kwargs)
        most = torch.maximum(found, found_b)
        flat, steps = x.flatten(2), (x.detach() - before[0]).flatten(2)
        total = found.flatten(2)
        for change, where, plain in ((most - found_b, places, 1.0), (found - most, places_b, 0.0)):
            step = steps.gather(2, where.flatten(2))
            equal = step.abs() < EQUAL
            slope = torch.where(equal, plain, change.flatten(2) / torch.where(equal, 1.0, step))
            chosen = flat.gather(2, where.flatten(2))
            total = total + slope * (chosen - chosen.detach())
        return total.unflatten(2, found.shape[2:])


def rescaled(f: Unary, x: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """f(x), element by element, with the gradient (f(x) - f(b)) / (x - b), and f'(x) where x = b."""
    with torch.enable_grad():
        inner = x.detach().requires_grad_()
        value = f(inner)
        (slope,) = torch.autograd.grad(value.sum(), inner)
    step = inner.detach() - b
    equal = step.abs() < EQUAL
    slope = torch.where(equal, slope, (value.detach() - f(b)) / torch.where(equal, 1.0, step))
    return carried(value, x, slope)


def multiplied(
    multiply: Binary, x: torch.Tensor, y: torch.Tensor, x_b: torch.Tensor, y_b: torch.Tensor
) -> torch.Tensor:
    """The product of x and y with the gradients (y + y_b) / 2 and (x + x_b) / 2."""
    surrogate = multiply(x, (y.detach() + y_b) / 2) + multiply((x.detach() + x_b) / 2, y)
    return multiply(x.detach(), y.detach()) + (surrogate - surrogate.detach())
