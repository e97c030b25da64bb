"""From units to the answer: which of a layer's units speak for a class in one picture, and what happens
without them.

    contribution_k = sum_xy A_k(x, y) * d logit / d A_k(x, y)

A first-order estimate of how much the logit falls when unit k is set to zero. A unit may be a head of
attention (a layer such as "blocks.6 heads"); A_k is then what the head adds to the tokens, O_k = A_k V_k, and
the sum runs over all tokens and its d numbers (Michel et al.). Where the gradient is the same
at every place (the last layer before global pooling) it is the term of channel k in Grad-CAM's sum, times the
number of places. `ablate` does set units to zero and says what the network answers then.

Selvaraju et al., Grad-CAM, ICCV 2017; Bau et al., Understanding the Role of Individual Units in a Deep Neural
Network, PNAS 2020; Michel, Levy and Neubig, Are Sixteen Heads Really Better than One?, NeurIPS 2019."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np
import pandas as pd
import torch
from torch import nn

from ..network.attention import gradients
from ..network.attention_heads import HeadLayer, head_products
from ..network.batches import batch_size
from ..network.handle import ModelHandle
from ..network.scores import Score, rank
from ..types import ClassScore, ImageInput, LayerSpec
from .layers import checked_units, unit_layer
from .switching import switch_off, switched_off


@dataclass(frozen=True)
class Ablation:
    """All classes of one picture, best first, with every unit (`before`) and without some (`after`)."""

    layer: str
    units: tuple[int, ...]
    before: tuple[ClassScore, ...]
    after: tuple[ClassScore, ...]

    def change(self, target: int) -> float:
        """By how much the target's logit rises (negative: falls) when the units are off."""
        logits = [{s.index: s.logit for s in scores}[target] for scores in (self.before, self.after)]
        return logits[1] - logits[0]


def evidence(
    handle: ModelHandle,
    image: ImageInput,
    layer: str | None = None,
    target: int | None = None,
    names: pd.DataFrame | None = None,
    top: int = 10,
) -> pd.DataFrame:
    """The `top` units with the largest contributions to class `target` (None is the predicted one), best
    first: layer, unit, contribution, share (of all positive contributions of the layer; NaN where there are
    none), activation (mean over space; of a head, of its map), description, category.

    `names` is a table of `dissect`; without it, or for a unit that is not in it, description is "". Raises
    InputError for an unknown layer or class."""
    chosen = unit_layer(handle, layer)
    if target is not None:
        handle.check_target(target)
    with handle.session() as net:
        x = handle.preprocess(image)
        if isinstance(chosen, HeadLayer):
            contributions, means = _of_heads(handle, net, x, chosen, target)
        else:
            contributions, means = _of_channels(handle, x, chosen, target)
        values, activation = (found[0].cpu().double().numpy() for found in (contributions, means))
    best = np.argsort(-values, kind="stable")[:top]
    total = float(values[values > 0].sum())
    table = pd.DataFrame(
        {
            "layer": chosen.key,
            "unit": best,
            "contribution": values[best],
            "share": values[best] / total if total > 0 else float("nan"),
            "activation": activation[best],
        }
    )
    if names is None:
        return table.assign(description="", category="")
    known = names[names["layer"] == chosen.key][["unit", "description", "category"]]
    return table.merge(known, on="unit", how="left").fillna({"description": "", "category": ""})


Found = tuple[torch.Tensor, torch.Tensor]  # contribution and mean activation of each unit, (1, K)


def _of_channels(handle: ModelHandle, x: torch.Tensor, layer: LayerSpec, target: int | None) -> Found:
    found = handle.capture(x, [layer], {layer.key})
    gradient = found.gradients(_score(found.logits, target))[layer.key]
    maps = found.activations[layer.key]
    return (maps * gradient).sum((2, 3)), maps.mean((2, 3))


def _of_heads(
    handle: ModelHandle, net: nn.Module, x: torch.Tensor, layer: HeadLayer, target: int | None
) -> Found:
    kept: list[torch.Tensor] = []

    def product(_layer: HeadLayer, weights: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
        kept.append(layer.map(weights.detach(), values.detach()))
        kept.append((weights @ values).detach().requires_grad_())
        return kept[1]

    with head_products(net, [layer], product), torch.enable_grad():
        logits = net(x)
        total = _score(logits, target)(logits).sum()
    handle.ledger.count(len(x))
    maps, added = kept
    (gradient,) = gradients(total, [added])
    added = added.detach()
    return (added * gradient).sum((0, 2, 3))[None], maps.mean((2, 3))


def _score(logits: torch.Tensor, target: int | None) -> Score:
    """The logit of the target, or of the predicted class."""
    return Score((int(logits[0].argmax()) if target is None else target,))


def ablate(handle: ModelHandle, image: ImageInput, layer: str | None, units: Sequence[int]) -> Ablation:
    """The class scores of a picture with these units of a layer, or these heads of a block, set to zero."""
    return _ablations(handle, image, layer, [checked_units(handle, layer, units)])[0]


def _ablations(
    handle: ModelHandle, image: ImageInput, layer: str | None, switched: Sequence[tuple[int, ...]]
) -> tuple[Ablation, ...]:
    """One for each set of units; the picture itself and all of them go through the network in batches."""
    chosen, rows, size = unit_layer(handle, layer), [(), *switched], batch_size(handle.device)
    with handle.session() as net, torch.no_grad():
        x, logits = handle.preprocess(image), []
        for start in range(0, len(rows), size):
            part = rows[start : start + size]
            with switched_off(net, chosen, part):
                logits += net(x.expand(len(part), *x.shape[1:])).cpu().double()
        handle.ledger.count(len(rows))
    before, *after = (rank(z, handle.labels, handle.activation) for z in logits)
    return tuple(Ablation(chosen.key, off, before, z) for off, z in zip(switched, after, strict=True))


def ablate_others(
    handle: ModelHandle,
    image: ImageInput,
    layer: str | None,
    units: Sequence[int],
    draws: int = 10,
    seed: int = 0,
) -> tuple[Ablation, ...]:
    """The control of `ablate`: as many units of the layer drawn at random from all others, `draws` times.
    Where no more than `draws` sets of them exist, each set once."""
    off = checked_units(handle, layer, units)
    others = np.setdiff1d(np.arange(unit_layer(handle, layer).channels), off)
    count = min(len(off), len(others))
    if comb(len(others), count) <= draws:
        drawn = [list(chosen) for chosen in combinations(others.tolist(), count)]
    else:
        rng = np.random.default_rng(seed)
        drawn = [rng.choice(others, count, replace=False).tolist() for _ in range(draws)]
    return _ablations(handle, image, layer, [checked_units(handle, layer, units) for units in drawn])


def without(handle: ModelHandle, layer: str | None, units: Sequence[int]) -> ModelHandle:
    """A handle of its own to a copy of the network whose units are always zero, for any map:
    `xai.explain(found, ...)`. The handle that is given stays as it is."""
    chosen, off = unit_layer(handle, layer), checked_units(handle, layer, units)
    return handle.variant(lambda net: switch_off(net, chosen, off))
