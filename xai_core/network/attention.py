"""The attention of every block of a network for given pictures, with gradients, without touching the network.

One pass runs the network's own code; only the product "attention weights times values" is computed step by
step (`attention_core`). Each attention module runs twice on the same input, as it is and step by step, and
the attention is used only if both outputs agree to 1e-5 of their size. So what is shown is what the module
computed, with its projections, normalised queries and keys, position biases and window masks.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import cached_property
from typing import Any

import torch
from torch import nn

from ..types import InputError, LayerSpec
from .attention_core import ExplicitAttention
from .attention_sites import Sites, Watched, find_sites, watch
from .observe import hooked
from .replacing import Forward, replaced
from .scores import Score

TOLERANCE = 1e-5


class Attention:
    """The attention of pictures `x` (N, 3, H, W) in `net`; nothing runs before something is asked for.

    `layers` are the network's layers. Everything raises InputError where the attention cannot be read or is
    not what a module computes."""

    def __init__(self, net: nn.Module, x: torch.Tensor, layers: Collection[LayerSpec]):
        self.net, self.x, self._layers = net, x, tuple(layers)
        self._gradients: dict[Score, list[torch.Tensor]] = {}

    @cached_property
    def sites(self) -> Sites:
        """Where the network computes attention."""
        return find_sites(self.net, self.x[:1], self._layers, self._watched)

    @property
    def embedding(self) -> str:
        """The patch embedding: the last convolution in front of the first attention."""
        return self._watched.embedding

    @cached_property
    def _watched(self) -> Watched:
        return watch(self.net, self.x[:1])

    @property
    def weights(self) -> list[torch.Tensor]:
        """The attention weights of each block, in order: (N, heads, T, T), or (N windows, heads, T, T). They
        are part of the pass's autograd graph."""
        return self._pass.weights[: len(self.sites.blocks)]

    @property
    def pooling(self) -> torch.Tensor | None:
        """The weights (N, heads, queries, T) of the attention pooling behind the last block, if there is
        one."""
        return self._pass.weights[-1] if self.sites.pooling else None

    @property
    def outputs(self) -> list[torch.Tensor]:
        """What each block returned, in the same graph."""
        return self._pass.outputs

    @property
    def logits(self) -> torch.Tensor:
        """(N, K), in the same graph."""
        return self._pass.logits

    def gradients(self, score: Score) -> list[torch.Tensor]:
        """d score / d weights for each block, and for the pooling as the last one if there is one: one
        backward pass, kept for whoever asks next."""
        if score not in self._gradients:
            self._gradients[score] = gradients(score(self.logits).sum(), self._pass.weights)
        return self._gradients[score]

    @cached_property
    def read(self) -> torch.Tensor:
        """bool (tokens of the last block,): which of them the logits depend on without further attention.

        A gradient that is not a number is sent back from all logits. It reaches every token that is read,
        also through a weight that is zero, and no other one."""
        unknown = torch.full_like(self.logits, float("nan"))
        (found,) = torch.autograd.grad(self.logits, self.outputs[-1], unknown, retain_graph=True)
        return found.flatten(1, -2).isnan().any(-1).any(0)

    @cached_property
    def _pass(self) -> _Pass:
        return _Pass(self.net, self.x, self.sites)


def gradients(
    total: torch.Tensor, of: list[torch.Tensor], by: torch.Tensor | None = None
) -> list[torch.Tensor]:
    """d total / d each, zero where there is no way; `by` weights the elements of `total`."""
    if not total.requires_grad:
        return [torch.zeros_like(one) for one in of]
    found = torch.autograd.grad(total, of, by, retain_graph=True, allow_unused=True)
    return [torch.zeros_like(one) if g is None else g for one, g in zip(of, found, strict=True)]


class _Pass:
    """One forward pass with every site computed step by step. Its graph begins at the first attention."""

    def __init__(self, net: nn.Module, x: torch.Tensor, sites: Sites):
        self.weights: list[torch.Tensor] = []
        outputs: dict[str, torch.Tensor] = {}

        def keep(key: str) -> Callable:
            def hook(_module: nn.Module, _inputs: tuple, output: torch.Tensor) -> None:
                outputs[key] = output

            return hook

        keys = [site.key for site in sites.blocks] + ([sites.pooling] if sites.pooling else [])
        blocks = [site.block.key for site in sites.blocks]
        explicit = {key: self._explicit(key) for key in keys}
        with replaced(net, explicit), hooked(net, {key: keep(key) for key in blocks}), torch.enable_grad():
            self.logits = net(x)
        self.outputs = [outputs[key] for key in blocks]

    def _explicit(self, key: str) -> Callable[[Forward], Forward]:
        """The site's forward: as it is and step by step, compared, and the second one returned."""

        def product(weights: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
            if not weights.requires_grad:
                weights = weights.detach().requires_grad_()
            self.weights.append(weights)
            return weights @ values

        def made(original: Forward) -> Forward:
            def forward(*args: Any, **kwargs: Any) -> Any:
                with torch.no_grad():
                    plain = original(*args, **kwargs)
                with ExplicitAttention(product):
                    found = original(*args, **kwargs)
                _check(key, _tensor(found), _tensor(plain))
                return found

            return forward

        return made


def _tensor(output: Any) -> torch.Tensor:
    """A module's output; the first one of a tuple (nn.MultiheadAttention also returns weights)."""
    return output[0] if isinstance(output, tuple) else output


def _check(key: str, found: torch.Tensor, plain: torch.Tensor) -> None:
    error = float((found.detach() - plain).abs().max() / plain.abs().max().clamp(min=1e-30))
    if not error <= TOLERANCE:
        raise InputError(
            f"Attention times values differs from what {key!r} returns by {error:.1g} of its size, more than "
            f"{TOLERANCE}, so its attention is not shown."
        )
