"""Attention, and products of two computed results."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from typing import Any

import torch
from openvino import opset15 as op

from .convolutions import linear
from .nodes import Node, Value, constant, need, node, size_of


def matmul(x: Value, other: Value) -> Node:
    return op.matmul(node(x), node(other), False, False)


def scaled_dot_product_attention(
    query: Node,
    key: Node,
    value: Node,
    attn_mask: Any = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Node:
    need(attn_mask is None and not is_causal and not enable_gqa, "attention with a mask")
    by = 1 / sqrt(size_of(query)[-1]) if scale is None else scale
    scores = op.matmul(op.multiply(query, constant(float(by))), key, False, True)
    return op.matmul(op.softmax(scores, len(size_of(query)) - 1), value, False, False)


def multi_head_attention_forward(
    query: Node,
    key: Node,
    value: Node,
    embed_dim_to_check: int,
    num_heads: int,
    in_proj_weight: torch.Tensor,
    in_proj_bias: torch.Tensor | None,
    bias_k: Any,
    bias_v: Any,
    add_zero_attn: bool,
    dropout_p: float,
    out_proj_weight: torch.Tensor,
    out_proj_bias: torch.Tensor | None,
    training: bool = True,
    need_weights: bool = True,
    attn_mask: Any = None,
    **others: Any,
) -> Sequence[Node | None]:
    alone = query is key is value and bias_k is None and bias_v is None and not add_zero_attn
    plain = attn_mask is None and others.get("key_padding_mask") is None and not need_weights and not training
    need(
        alone and plain and isinstance(in_proj_weight, torch.Tensor), "attention with a mask or with weights"
    )
    tokens, width = size_of(query)[0], embed_dim_to_check
    heads = constant([tokens, 0, 3, num_heads, width // num_heads])  # 0: the number of pictures, as it is
    split = op.reshape(linear(query, in_proj_weight, in_proj_bias), heads, True)
    parts = op.split(op.transpose(split, constant([2, 1, 3, 0, 4])), constant(0), 3)
    q, k, v = (op.squeeze(parts.output(i), constant([0])) for i in range(3))
    found = op.transpose(scaled_dot_product_attention(q, k, v), constant([2, 0, 1, 3]))
    joined = op.reshape(found, constant([tokens, 0, width]), True)
    return [linear(joined, out_proj_weight, out_proj_bias), None]
