"""PyTorch's operations in OpenVINO: for each a function with the arguments of PyTorch's of that name.

Computed results are OpenVINO's nodes, whose first size, the number of pictures, is left open; weights are
tensors. What has no translation raises NotTranslatable, and the network then runs as it did."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .attention import matmul, multi_head_attention_forward, scaled_dot_product_attention
from .convolutions import adaptive_avg_pool2d, avg_pool2d, batch_norm, conv2d, layer_norm, linear, max_pool2d
from .pointwise import (
    add,
    dropout,
    gelu,
    hardsigmoid,
    hardswish,
    hardtanh,
    leaky_relu,
    mul,
    relu,
    relu6,
    sigmoid,
    silu,
    softmax,
    sub,
    tanh,
    truediv,
)
from .shapes import cat, contiguous, expand, flatten, getitem, mean, permute, reshape, transpose, unbind

_TRANSLATED = (
    conv2d,
    linear,
    batch_norm,
    layer_norm,
    max_pool2d,
    avg_pool2d,
    adaptive_avg_pool2d,
    add,
    sub,
    mul,
    truediv,
    relu,
    relu6,
    hardtanh,
    leaky_relu,
    silu,
    sigmoid,
    tanh,
    hardswish,
    hardsigmoid,
    gelu,
    softmax,
    dropout,
    cat,
    flatten,
    permute,
    transpose,
    reshape,
    expand,
    getitem,
    unbind,
    contiguous,
    mean,
    matmul,
    scaled_dot_product_attention,
    multi_head_attention_forward,
)
OPERATIONS: dict[str, Callable[..., Any]] = {one.__name__: one for one in _TRANSLATED} | {
    "view": reshape,
    "div": truediv,
}
