"""Layers whose activations are never negative, as non-negative factorization needs them, and the activations
of pictures there."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import nn

from ..inputs.samples import load_sample
from ..network.batches import Progress, run_batches
from ..network.handle import ModelHandle
from ..network.observe import observe
from ..types import InputError, LayerSpec

LOOKED_AT = "chelsea"  # a sample that a pip package holds


def never_negative(handle: ModelHandle) -> tuple[str, ...]:
    """The keys of all layers with a map of several places that were not negative anywhere, in the order of
    the network, found by one pass of a photograph and of noise. SiLU and GELU leave none behind them."""
    least: dict[str, float] = {}
    offered = [layer.key for layer in handle.layers if min(layer.size) > 1 and layer.prefix is None]

    def look(key: str, _module: nn.Module, _inputs: tuple, output: object) -> None:
        if isinstance(output, torch.Tensor):
            least[key] = min(least.get(key, float("inf")), float(output.min()))

    with handle.session() as net:
        photograph = handle.preprocess(load_sample(LOOKED_AT))
        noise = torch.randn(photograph.shape, generator=torch.Generator().manual_seed(0)).to(photograph)
        observe(net, torch.cat([photograph, noise]), offered, leave=look)
    return tuple(key for key in offered if least.get(key, -1.0) >= 0)


def positive_layer(handle: ModelHandle, key: str | None) -> LayerSpec:
    """The layer of that key, or the last that is never negative. Raises InputError where there is none, and
    for an unknown layer; a layer that turns out negative is refused by `positive_maps`."""
    if key is not None:
        return handle.layer(key)
    found = never_negative(handle)
    if not found:
        raise InputError(
            f"{handle.key} has no layer that is never negative (its activation is one like SiLU or GELU); "
            "non-negative factorization accepts layers behind a ReLU."
        )
    return handle.layer(found[-1])


def positive_maps(
    handle: ModelHandle, x: Sequence[torch.Tensor], layer: LayerSpec, work: Progress
) -> np.ndarray:
    """float32 (N, C, h, w): the layer's output for N inputs (1, 3, H, W). Raises InputError where it is
    negative anywhere."""

    def run(start: int, stop: int) -> torch.Tensor:
        with handle.session(), torch.no_grad():
            found = handle.capture(torch.cat(list(x[start:stop])), [layer]).activations[layer.key]
        return found.float().cpu()

    maps = run_batches(run, len(x), handle.device, work).numpy()
    if maps.min() < 0:
        known = never_negative(handle)
        instead = f"such as {known[-1]!r}" if known else "and this network has none"
        raise InputError(
            f"Layer {layer.key!r} is negative in places (down to {maps.min():.3g}); non-negative "
            f"factorization accepts a layer that is never negative, {instead}."
        )
    return maps
