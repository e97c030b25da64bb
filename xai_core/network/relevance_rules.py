"""Rules of layer-wise relevance propagation (LRP) for transformers, applied while the network runs.

Relevance is written as R = z * g for every tensor z; g is what the backward pass carries. So the 0-rule of a
linear function, R_i = sum_j z_i w_ij / z_j R_j, is its plain gradient, and only these functions need another
one:

    softmax         g_x = s (g_s - sum s g_s)     its gradient (Taylor expansion at x), or none: a constant
    O = A B         g_A = g_O B^T / 2, g_B = A^T g_O / 2     half to each factor; also element by element
    f(x) (GELU...)  g_x = g_y f(x) / x            identity: the output's relevance is the input's
    x / norm(x)     norm(x) is a constant         LayerNorm and its kin are linear

Biases, position embeddings and class tokens get the relevance b * g of what they add, which does not reach
the input; softmax keeps what its expansion leaves over. Every other function is refused by its name, so no
rule is ever missed silently.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from ..types import InputError
from .attention_core import ExplicitAttention
from .functions import ACTIVATIONS, LINEAR, LINEAR_IN_FIRST, NORMS, PRODUCTS, carried, dependent, name_of


class RelevanceRules(ExplicitAttention):
    """While it is entered, gradients are those of the rules above. `through_attention` says whether relevance
    goes through the attention weights (AttnLRP), or they are constants (CP-LRP)."""

    def __init__(self, through_attention: bool):
        super().__init__()
        self._through = through_attention

    def product(self, weights: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
        """A V."""
        product = weights @ values
        return _halved(product) if weights.requires_grad and values.requires_grad else product

    def logits(self, query: torch.Tensor, key: torch.Tensor, scale: float) -> torch.Tensor:
        """scale Q K^T."""
        product = (query * scale) @ key.transpose(-2, -1)
        return _halved(product) if query.requires_grad and key.requires_grad else product

    def softmax(self, logits: torch.Tensor) -> torch.Tensor:
        """Over the keys; its plain gradient is the rule."""
        weights = logits.softmax(-1)
        return weights if self._through else weights.detach()

    def other(self, func: Callable, args: tuple, kwargs: dict[str, Any]) -> Any:
        """Any other function call, by its rule."""
        name = name_of(func)
        count = sum(map(dependent, (*args, *kwargs.values())))
        if not count:
            return func(*args, **kwargs)
        if name in ACTIVATIONS:
            return _identity(func, args, kwargs)
        if name in NORMS:
            return _linear_norm(name, func, args, kwargs)
        found = func(*args, **kwargs)
        if name == "softmax":
            return found if self._through else found.detach()
        if name in PRODUCTS and count <= 2:
            return found if count == 1 else _halved(found)
        known = name in LINEAR or (name in LINEAR_IN_FIRST and count == 1 and dependent(args[0]))
        if not known and dependent(found):
            raise InputError(f"Relevance has no rule for the function {name!r}, which this network uses.")
        return found


def _halved(product: torch.Tensor) -> torch.Tensor:
    """A product of two tensors that depend on the picture: half of its gradient goes on."""
    product.register_hook(lambda gradient: gradient / 2)
    return product


def _identity(func: Callable, args: tuple, kwargs: dict[str, Any]) -> torch.Tensor:
    """f(x) with the gradient f(x) / x, 0 where x is 0."""
    x = args[0]
    with torch.no_grad():
        value = func(x.clone(), *args[1:], **kwargs)
        slope = torch.where(x == 0, torch.zeros_like(x), value / torch.where(x == 0, torch.ones_like(x), x))
    return carried(value, x, slope)


def _linear_norm(name: str, func: Callable, args: tuple, kwargs: dict[str, Any]) -> torch.Tensor:
    """A normalisation whose divisor is a constant."""
    x = args[0]
    with torch.no_grad():
        value = func(*args, **kwargs)
    if name == "normalize":
        given = {"p": 2.0, "dim": 1, "eps": 1e-12} | dict(zip(("p", "dim", "eps"), args[1:], strict=False))
        given |= kwargs
        spread = torch.linalg.vector_norm(x, given["p"], given["dim"], keepdim=True).clamp(min=given["eps"])
        linear = x / spread.detach()
        return value + (linear - linear.detach())
    names = ["normalized_shape", "weight", "bias", "eps"]
    if name == "rms_norm":
        names.remove("bias")
    given = dict(zip(names, args[1:], strict=False)) | kwargs
    axes = tuple(range(-len(given["normalized_shape"]), 0))
    centred = x - x.mean(axes, keepdim=True) if name == "layer_norm" else x
    eps = given.get("eps", 1e-5)
    spread = centred.square().mean(axes, keepdim=True) + (torch.finfo(x.dtype).eps if eps is None else eps)
    linear = centred / spread.sqrt().detach() * (1.0 if given.get("weight") is None else given["weight"])
    return value + (linear - linear.detach())
