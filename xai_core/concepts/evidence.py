"""From units to the answer: which of a layer's units speak for a class in one picture, and what happens
without them.

    contribution_k = sum_xy A_k(x, y) * d logit / d A_k(x, y)

A first-order estimate of how much the logit falls when unit k is set to zero. Where the gradient is the same
at every place (the last layer before global pooling) it is the term of channel k in Grad-CAM's sum, times the
number of places. `ablate` does set units to zero and says what the network answers then.

Selvaraju et al., Grad-CAM, ICCV 2017; Bau et al., Understanding the Role of Individual Units in a Deep Neural
Network, PNAS 2020."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from torch import nn

from ..network.batches import batch_size
from ..network.handle import ModelHandle
from ..network.scores import Score, rank
from ..types import ClassScore, ImageInput, InputError, LayerSpec


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
    none), activation (mean over space), description, category.

    `names` is a table of `dissect`; without it, or for a unit that is not in it, description is "". Raises
    InputError for an unknown layer or class."""
    chosen = handle.layer(layer)
    if target is not None:
        handle.check_target(target)
    with handle.session():
        found = handle.capture(handle.preprocess(image), [chosen], {chosen.key})
        index = int(found.logits[0].argmax()) if target is None else target
        gradient = found.gradients(Score((index,)))[chosen.key]
        maps = found.activations[chosen.key]
        values = (maps * gradient).sum((2, 3))[0].cpu().double().numpy()
        means = maps.mean((2, 3))[0].cpu().double().numpy()
    best = np.argsort(-values, kind="stable")[:top]
    total = float(values[values > 0].sum())
    table = pd.DataFrame(
        {
            "layer": chosen.key,
            "unit": best,
            "contribution": values[best],
            "share": values[best] / total if total > 0 else float("nan"),
            "activation": means[best],
        }
    )
    if names is None:
        return table.assign(description="", category="")
    known = names[names["layer"] == chosen.key][["unit", "description", "category"]]
    return table.merge(known, on="unit", how="left").fillna({"description": "", "category": ""})


def ablate(handle: ModelHandle, image: ImageInput, layer: str | None, units: Sequence[int]) -> Ablation:
    """The class scores of a picture with these units of a layer set to zero."""
    return _ablations(handle, image, layer, [checked_units(handle, layer, units)])[0]


def _ablations(
    handle: ModelHandle, image: ImageInput, layer: str | None, switched: Sequence[tuple[int, ...]]
) -> tuple[Ablation, ...]:
    """One for each set of units; the picture itself and all of them go through the network in batches."""
    chosen, rows, size = handle.layer(layer), [(), *switched], batch_size(handle.device)
    with handle.session() as net, torch.no_grad():
        x, module, logits = handle.preprocess(image), net.get_submodule(chosen.key), []
        for start in range(0, len(rows), size):
            part = rows[start : start + size]
            hook = module.register_forward_hook(_Off(chosen, *part))  # after an error the session removes it
            logits += net(x.expand(len(part), *x.shape[1:])).cpu().double()
            hook.remove()
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
    """The control of `ablate`: as many units of the layer drawn at random from all others, `draws` times."""
    off = checked_units(handle, layer, units)
    others = np.setdiff1d(np.arange(handle.layer(layer).channels), off)
    rng = np.random.default_rng(seed)
    count = min(len(off), len(others))
    drawn = [rng.choice(others, count, replace=False).tolist() for _ in range(draws)]
    return _ablations(handle, image, layer, [checked_units(handle, layer, units) for units in drawn])


def without(handle: ModelHandle, layer: str | None, units: Sequence[int]) -> ModelHandle:
    """A handle of its own to a copy of the network whose units are always zero, for any map:
    `xai.explain(found, ...)`. The handle that is given stays as it is."""
    chosen, off = handle.layer(layer), checked_units(handle, layer, units)

    def change(net: nn.Module) -> None:
        net.get_submodule(chosen.key).register_forward_hook(_Off(chosen, off))

    return handle.variant(change)


def checked_units(handle: ModelHandle, layer: str | None, units: Sequence[int]) -> tuple[int, ...]:
    """Unit numbers, each once, in order. Raises InputError for one that the layer does not have."""
    count = handle.layer(layer).channels
    for unit in units:
        whole = isinstance(unit, (int, np.integer)) and not isinstance(unit, bool)
        if not whole or not 0 <= unit < count:
            raise InputError(f"unit is {unit!r}; {handle.layer(layer).key} has units from 0 to {count - 1}.")
    return tuple(sorted({int(unit) for unit in units}))


class _Off:
    """A forward hook that sets channels to zero: the same ones in every picture of a batch, or those of each
    picture, where several sets are given. A class, so that a network with it can be copied."""

    def __init__(self, layer: LayerSpec, *units: tuple[int, ...]):
        last = layer.channels_last or layer.prefix is not None  # in tokens, of those in front as well
        self.axis, self.units = (-1 if last else 1), [list(own) for own in units]

    def __call__(self, _module: nn.Module, _inputs: tuple, output: torch.Tensor) -> torch.Tensor:
        shape = [len(self.units), *[1] * (output.ndim - 1)]
        shape[self.axis] = output.shape[self.axis]
        keep = output.new_ones((len(self.units), output.shape[self.axis]))
        for row, own in enumerate(self.units):
            keep[row, own] = 0
        return output * keep.view(shape)
