"""Channels switched off at the first norm of a transformer's last block, computed for the tokens in front of
the patches alone.

Where only such tokens (the class token) are read behind the last attention, the patches are needed there as
keys and values and nowhere else: their queries, their projection and their MLP reach no logit. A channel that
is off takes one product away from all keys and values:

    K' = K - a_c w_c,   V' = V - a_c u_c      a_c (T,): channel c; w_c, u_c: its columns in the linear layers

The logits are the same but for rounding. Whether all this holds is found out with the picture itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import nn
from torch.nn import functional as F

from ..types import LayerSpec
from .observe import observe
from .replacing import Forward, replaced_modules
from .suffix import replayed

TOLERANCE = 1e-5  # of the largest value
Without = Callable[[torch.Tensor], torch.Tensor]


@contextmanager
def front_tokens(net: nn.Module, x: torch.Tensor, layer: LayerSpec) -> Iterator[Without | None]:
    """Yield a function from channels `off` (B,) of the token layer to the logits (B, K) of the picture `x`
    (1, 3, H, W) with each of them at zero in every token; a negative number switches none off. None is
    yielded where the logits of `x` do not come out this way."""
    found = _look(net, x, layer) if layer.prefix else None
    attention = _Attention.of(found, layer.prefix or 0) if found is not None else None
    if found is None or attention is None:
        yield None
        return
    with _behind(net, x, layer, found, attention) as without:
        yield without if _gives(without, found.logits) else None


@dataclass(frozen=True, eq=False)
class _Block:
    """The block around a layer, and its attention, as one pass shows them: `given` and `returned` (1, T, C)
    are what the block was given and what the layer returned."""

    key: str
    attention: nn.Module
    given: torch.Tensor
    returned: torch.Tensor
    logits: torch.Tensor


def _look(net: nn.Module, x: torch.Tensor, layer: LayerSpec) -> _Block | None:
    """The block in which a module takes what the layer returns; None where there is not one such module."""
    key = layer.key.rpartition(".")[0]
    children = [f"{key}.{name}" for name, _ in net.get_submodule(key).named_children()] if key else []
    if layer.key not in children:
        return None
    given: list[torch.Tensor] = []
    returned: list[torch.Tensor] = []
    attention: list[nn.Module] = []

    def enter(place: str, module: nn.Module, inputs: tuple) -> None:
        tensors = [value for value in inputs[:1] if isinstance(value, torch.Tensor)]
        if place == key:
            given.extend(tensors)
        elif tensors and returned and tensors[0] is returned[0]:
            attention.append(module)

    def leave(place: str, _module: nn.Module, _inputs: tuple, output: object) -> None:
        if place == layer.key and isinstance(output, torch.Tensor):
            returned.append(output)

    logits = observe(net, x, [key, *children], enter, leave)
    if (len(given), len(returned), len(attention)) != (1, 1, 1):
        return None
    return _Block(key, attention[0], given[0], returned[0], logits)


class _Linear(NamedTuple):
    """The linear layer inside torch's own attention."""

    weight: torch.Tensor
    bias: torch.Tensor | None


class _Attention:
    """An attention module whose queries, keys and values come from one linear layer, as the tokens in front
    see it; `tokens` (1, T, C) are what it is given."""

    def __init__(self, module: Any, linear: Any, projection: nn.Module, tokens: torch.Tensor, front: int):
        self.module, self._heads, self._projection = module, module.num_heads, projection
        self._tokens, self._front = tokens, front
        width = linear.weight.shape[0] // 3
        self._query, self._rest = linear.weight[:width], linear.weight[width:]
        bias = linear.bias
        self._query_bias = None if bias is None else bias[:width]
        self._columns = self._rest.T.contiguous()  # (C, 2 width)
        with torch.no_grad():
            self._keys_and_values = F.linear(tokens, self._rest, None if bias is None else bias[width:])

    @classmethod
    def of(cls, found: _Block, front: int) -> _Attention | None:
        """None for a module of another kind."""
        module: Any = found.attention
        if isinstance(module, nn.MultiheadAttention):
            if module.in_proj_weight is None or not module.batch_first:
                return None
            packed = _Linear(module.in_proj_weight, module.in_proj_bias)
            return cls(module, packed, module.out_proj, found.returned, front)
        linear = all(isinstance(getattr(module, name, None), nn.Linear) for name in ("qkv", "proj"))
        if linear and hasattr(module, "num_heads"):
            return cls(module, module.qkv, module.proj, found.returned, front)
        return None

    def __call__(self, off: torch.Tensor) -> torch.Tensor:
        """(B, front, C): what the module returns for the tokens in front, each row with one channel off."""
        some = off.clamp(min=0)
        values = self._tokens[0][:, some].T * (off >= 0)[:, None]  # (B, T): what is taken away
        shared = self._keys_and_values.expand(len(off), -1, -1)
        keys, others = torch.addcmul(
            shared, values[:, :, None], self._columns[some][:, None], value=-1
        ).chunk(2, -1)
        front = self._tokens[:, : self._front].repeat(len(off), 1, 1)
        front[torch.arange(len(off), device=off.device), :, some] -= values[:, : self._front]
        queries = F.linear(front, self._query, self._query_bias)
        q, k, v = (part.unflatten(-1, (self._heads, -1)).transpose(1, 2) for part in (queries, keys, others))
        q, k = self._part("q_norm")(q), self._part("k_norm")(k)
        mixed = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)
        return self._projection(self._part("norm")(mixed))

    def _part(self, name: str) -> nn.Module:
        return getattr(self.module, name, None) or nn.Identity()


@contextmanager
def _behind(
    net: nn.Module, x: torch.Tensor, layer: LayerSpec, found: _Block, attention: _Attention
) -> Iterator[Without]:
    """The block's own code runs on the tokens in front alone; its layer is not needed, and its attention is
    replaced."""
    block, target = net.get_submodule(found.key), net.get_submodule(layer.key)
    own, given, now = block.forward, found.given[:, : layer.prefix], [torch.empty(0)]

    def attended(_original: Forward) -> Forward:
        def forward(*_args: Any, **_kwargs: Any) -> Any:
            output = attention(now[0])
            return (output, None) if isinstance(found.attention, nn.MultiheadAttention) else output

        return forward

    def passed(_original: Forward) -> Forward:
        return lambda tokens, *_args, **_kwargs: tokens

    with replayed(net, x, found.key, once=True) as (behind, _):

        def without(off: torch.Tensor) -> torch.Tensor:
            now[0] = off
            with replaced_modules({target: passed, found.attention: attended}), torch.no_grad():
                returned = own(given.expand(len(off), -1, -1))
            return behind(returned)

        yield without


def _gives(without: Without, logits: torch.Tensor) -> bool:
    """Whether the network's logits come out with no channel off."""
    try:
        found = without(torch.tensor([-1, -1], device=logits.device))
    except (RuntimeError, AssertionError):  # shapes that do not fit: something behind needs all tokens
        return False
    if found.shape != (2, *logits.shape[1:]):
        return False
    return bool((found - logits).abs().max() <= TOLERANCE * logits.abs().max())
