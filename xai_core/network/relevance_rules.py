"""Rules of layer-wise relevance propagation (LRP) for transformers, applied while the network runs.

Relevance is written as R = z * g for every tensor z; g is what the backward pass carries. So the 0-rule of a
linear function, R_i = sum_j z_i w_ij / z_j R_j, is its plain gradient, and only these functions need another
one:

    softmax         g_x = s (g_s - sum s g_s)           its gradient (Taylor expansion at x); or none: constant
    A B             g_A = g_O B^T / 2, g_B = A^T g_O / 2     both factors get half; also element by element
    f(x) (GELU...)  g_x = g_y f(x) / x                  identity: the output's relevance is the input's
    x / norm(x)     norm(x) is a constant               LayerNorm and its kin are linear

Biases, position embeddings and class tokens get the relevance b * g of what they add, which does not reach the
input; softmax keeps what its expansion leaves over. Every other function is refused by its name, so no rule
is ever missed silently.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch.nn import functional as F

from ..types import InputError
from .attention_core import ExplicitAttention

# linear in each tensor that depends on the picture, or a choice of some of its elements
_LINEAR = set(
    "linear conv1d conv2d conv_transpose2d batch_norm add sub neg mean sum matmul mm bmm einsum mul div truediv "
    "radd rsub rmul rmatmul iadd isub imul idiv itruediv addmm baddbmm getitem reshape view view_as permute "
    "transpose t swapaxes swapdims movedim moveaxis flatten unflatten squeeze unsqueeze cat concat concatenate "
    "stack split chunk unbind tensor_split narrow select index_select gather expand expand_as repeat "
    "repeat_interleave tile broadcast_to contiguous clone to type type_as float double half roll flip pad "
    "interpolate avg_pool2d adaptive_avg_pool2d adaptive_avg_pool1d avg_pool1d max_pool2d adaptive_max_pool2d "
    "max_pool2d_with_indices amax max dropout feature_dropout masked_fill where unfold fold pixel_shuffle "
    "pixel_unshuffle get detach requires_grad_ is_floating_point identity".split()
)
_ACTIVATIONS = set(
    "gelu silu relu relu_ relu6 hardswish mish elu celu selu leaky_relu softplus tanh hardtanh prelu".split()
)
_NORMS = ("layer_norm", "group_norm", "rms_norm", "normalize", "instance_norm")
_FACTORS = ("rsqrt", "sqrt", "norm", "linalg_vector_norm", "vector_norm", "std")  # only ever divided by
_INSIDE_FACTORS = ("pow", "square", "var", "var_mean", "clamp", "clamp_min")
_PRODUCTS = ("mul", "rmul", "matmul", "rmatmul", "mm", "bmm", "einsum")
_SOFTMAX = ("softmax",)


class RelevanceRules(ExplicitAttention):
    """While it is entered, gradients are those of the rules above. `through_attention` says whether relevance
    goes through the attention weights (AttnLRP), or they are constants (CP-LRP)."""

    def __init__(self, through_attention: bool):
        super().__init__()
        self._through = through_attention

    def product(self, weights: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
        """A V."""
        return _halved(weights @ values, weights, values)

    def logits(self, query: torch.Tensor, key: torch.Tensor, scale: float) -> torch.Tensor:
        """scale Q K^T."""
        return _halved((query * scale) @ key.transpose(-2, -1), query, key)

    def softmax(self, logits: torch.Tensor) -> torch.Tensor:
        """Over the keys; its plain gradient is the rule."""
        weights = logits.softmax(-1)
        return weights if self._through else weights.detach()

    def other(self, func: Callable, args: tuple, kwargs: dict[str, Any]) -> Any:
        """Any other function call, by its rule."""
        name = _name(func)
        tensors = [value for value in (*args, *kwargs.values()) if _depends(value)]
        if not tensors:
            return func(*args, **kwargs)
        if name in _SOFTMAX:
            found = func(*args, **kwargs)
            return found if self._through else found.detach()
        if name in _ACTIVATIONS:
            return _identity(func, args, kwargs)
        if name in _NORMS:
            return _linear_norm(name, func, args, kwargs)
        found = func(*args, **kwargs)
        if not isinstance(found, torch.Tensor) and name not in _LINEAR:
            return found if not _depends(found) else _refuse(name)
        if name in _FACTORS:
            return found.detach()
        if name in _PRODUCTS:
            return _halved(found, *tensors)
        return found if name in (*_LINEAR, *_INSIDE_FACTORS) or not _depends(found) else _refuse(name)


def _name(func: Callable) -> str:
    """The function's name without underscores: x.__add__, torch.add and x.add_ are all "add"."""
    return getattr(func, "__name__", str(func)).strip("_")


def _depends(value: object) -> bool:
    """Whether a value depends on the picture: parameters are frozen, so its gradient tells."""
    if isinstance(value, (list, tuple)):
        return any(_depends(one) for one in value)
    return isinstance(value, torch.Tensor) and value.requires_grad


def _refuse(name: str) -> Any:
    raise InputError(f"Relevance has no rule for the function {name!r}, which this network uses.")


def _halved(found: torch.Tensor, *factors: torch.Tensor) -> torch.Tensor:
    """A product; if both factors depend on the picture, half of its gradient goes on."""
    if sum(map(_depends, factors)) > 1:
        found.register_hook(lambda gradient: gradient / 2)
    return found


def _carried(value: torch.Tensor, x: torch.Tensor, slope: torch.Tensor) -> torch.Tensor:
    """`value`, with the gradient `slope` with respect to x."""
    return value.detach() + slope.detach() * (x - x.detach())


def _identity(func: Callable, args: tuple, kwargs: dict[str, Any]) -> torch.Tensor:
    """f(x) with the gradient f(x) / x, 0 where x is 0."""
    x = args[0]
    with torch.no_grad():
        value = func(x.clone(), *args[1:], **kwargs)
        slope = torch.where(x == 0, torch.zeros_like(x), value / torch.where(x == 0, torch.ones_like(x), x))
    return _carried(value, x, slope)


def _linear_norm(name: str, func: Callable, args: tuple, kwargs: dict[str, Any]) -> torch.Tensor:
    """A normalisation whose divisor is a constant."""
    x = args[0]
    with torch.no_grad():
        value = func(*args, **kwargs)
    if name == "normalize":
        ratio = torch.where(x == 0, torch.zeros_like(x), value / torch.where(x == 0, torch.ones_like(x), x))
        return _carried(value, x, ratio)
    if name not in ("layer_norm", "rms_norm"):
        return _refuse(name)
    given = dict(zip(("normalized_shape", "weight", "bias", "eps"), args[1:], strict=False)) | kwargs
    if name == "rms_norm":
        given = dict(zip(("normalized_shape", "weight", "eps"), args[1:], strict=False)) | kwargs
    axes = tuple(range(-len(given["normalized_shape"]), 0))
    centred = x - x.mean(axes, keepdim=True) if name == "layer_norm" else x
    eps = given.get("eps")
    eps = (1e-5 if name == "layer_norm" else torch.finfo(x.dtype).eps) if eps is None else eps
    spread = (centred.square().mean(axes, keepdim=True) + eps).sqrt().detach()
    gain = given.get("weight")
    linear = centred / spread if gain is None else centred / spread * gain
    return value + (linear - linear.detach())
