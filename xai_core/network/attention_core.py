"""See and replace the products "attention weights times values" that a network computes, whatever its modules
look like.

    A = softmax(scale Q K^T + bias)    (N, heads, queries, keys)        O = A V    (N, heads, queries, d)

The mode sits in torch's dispatch of function calls. It recognises three ways of writing attention: the fused
`scaled_dot_product_attention`, a softmax over the last axis whose result is multiplied with something, and
the function behind `nn.MultiheadAttention`. The first and the last are computed step by step, so that A is a
tensor of its own in the autograd graph. All around it (projections, normalised or rotated queries and keys,
gates, biases, window masks) is computed by the network's own code.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from weakref import ref

import torch
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

Product = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]  # (A, V) -> O

_SOFTMAX = (F.softmax, torch.softmax, torch.Tensor.softmax)
_DROPOUT = (F.dropout, torch.dropout)
_MATMUL = (torch.matmul, torch.Tensor.matmul, torch.Tensor.__matmul__)
_PACKED = (
    *("query", "key", "value", "embed_dim_to_check", "num_heads", "in_proj_weight", "in_proj_bias"),
    *("bias_k", "bias_v", "add_zero_attn", "dropout_p", "out_proj_weight", "out_proj_bias"),
)


@dataclass
class _Softmax:
    """Attention weights, held as long as the network holds them; the module that computed them; whether they
    have met values."""

    result: Callable[[], torch.Tensor | None]
    where: str
    read: bool = False


class ExplicitAttention(TorchFunctionMode):
    """While it is entered, every product of attention weights (4-D) and values goes through `product`.

    `where` names the module that is running. `unread` holds it for each softmax over the last axis of a 4-D
    tensor whose result was not multiplied with values as it was."""

    def __init__(self, product: Product | None = None, where: Callable[[], str] = str):
        super().__init__()
        self._product, self._where = product or torch.matmul, where
        self._softmaxes: list[_Softmax] = []

    @property
    def unread(self) -> list[str]:
        """The modules whose attention weights have not met their values."""
        return [softmax.where for softmax in self._softmaxes if not softmax.read]

    def __torch_function__(
        self, func: Callable, types: tuple, args: tuple = (), kwargs: dict | None = None
    ) -> Any:
        return self.call(func, args, kwargs or {})

    def call(self, func: Callable, args: tuple, kwargs: dict[str, Any]) -> Any:
        """The result of one function call of the network; inside it the mode is off."""
        if func is F.scaled_dot_product_attention:
            return self._fused(*args, **kwargs)
        if func is F.multi_head_attention_forward:
            return self._packed(args, kwargs)
        known = next((one for one in self._softmaxes if args and one.result() is args[0]), None)
        if func in _MATMUL and known is not None:
            known.read = True
            return self.product(args[0], args[1])
        found = self.other(func, args, kwargs)
        if func in _SOFTMAX and found.ndim == 4 and _over_last(args, kwargs):
            self._softmaxes.append(_Softmax(ref(found), self._where()))
        elif func in _DROPOUT and known is not None:  # in eval mode it changes nothing
            known.result = ref(found)
        return found

    def product(self, weights: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
        """A V."""
        return self._product(weights, values)

    def logits(self, query: torch.Tensor, key: torch.Tensor, scale: float) -> torch.Tensor:
        """scale Q K^T."""
        return (query * scale) @ key.transpose(-2, -1)

    def softmax(self, logits: torch.Tensor) -> torch.Tensor:
        """Over the keys."""
        return logits.softmax(-1)

    def other(self, func: Callable, args: tuple, kwargs: dict[str, Any]) -> Any:
        """Any other function call."""
        return func(*args, **kwargs)

    def _strange(self, func: Callable, args: tuple, kwargs: dict[str, Any]) -> Any:
        """Attention in a form that is not known here: left to torch, and unread."""
        found = self.other(func, args, kwargs)
        self._softmaxes.append(_Softmax(lambda: None, self._where()))
        return found

    def _fused(
        self,
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        attn_mask: torch.Tensor | None = None,
        dropout_p: float = 0.0,
        is_causal: bool = False,
        scale: float | None = None,
        enable_gqa: bool = False,
    ) -> torch.Tensor:
        if query.ndim != 4 or dropout_p:
            named = {"attn_mask": attn_mask, "dropout_p": dropout_p, "is_causal": is_causal}
            named |= {"scale": scale, "enable_gqa": enable_gqa}
            return self._strange(F.scaled_dot_product_attention, (query, key, value), named)
        if enable_gqa:
            groups = query.shape[1] // key.shape[1]
            key, value = (part.repeat_interleave(groups, 1) for part in (key, value))
        logits = self.logits(query, key, query.shape[-1] ** -0.5 if scale is None else scale)
        if is_causal:
            attn_mask = torch.ones(logits.shape[-2:], dtype=torch.bool, device=logits.device).tril()
        if attn_mask is not None and attn_mask.dtype == torch.bool:
            logits = logits.masked_fill(~attn_mask, float("-inf"))
        elif attn_mask is not None:
            logits = logits + attn_mask
        return self.product(self.softmax(logits), value)

    def _packed(self, args: tuple, kwargs: dict[str, Any]) -> Any:
        """What is behind nn.MultiheadAttention, for the form that vision transformers use: (T, N, C) inputs,
        one packed projection, no key mask."""
        given = {**dict(zip(_PACKED, args, strict=False)), **kwargs}
        unknown = ("bias_k", "bias_v", "add_zero_attn", "key_padding_mask", "attn_mask", "is_causal")
        special = any(given.get(name) is not None and given.get(name) is not False for name in unknown)
        dropped = given["dropout_p"] and given.get("training", True)
        if special or dropped or given.get("use_separate_proj_weight") or given["query"].ndim != 3:
            return self._strange(F.multi_head_attention_forward, args, kwargs)
        heads, weight, bias = given["num_heads"], given["in_proj_weight"], given["in_proj_bias"]
        parts = []
        for number, name in enumerate(("query", "key", "value")):
            rows = slice(number * weight.shape[1], (number + 1) * weight.shape[1])
            part = F.linear(given[name], weight[rows], None if bias is None else bias[rows])  # (T, N, C)
            parts.append(part.unflatten(-1, (heads, -1)).permute(1, 2, 0, 3))
        query, key, value = parts
        weights = self.softmax(self.logits(query, key, query.shape[-1] ** -0.5))
        joined = self.product(weights, value).permute(2, 0, 1, 3).flatten(2)
        output = F.linear(joined, given["out_proj_weight"], given["out_proj_bias"])
        if not given.get("need_weights", True):
            return output, None
        return output, weights.mean(1) if given.get("average_attn_weights", True) else weights


def _over_last(args: tuple, kwargs: dict[str, Any]) -> bool:
    axis = kwargs.get("dim", args[1] if len(args) > 1 else None)
    return axis in (-1, 3)
