"""Model randomisation: a map that tells of the network must change when the network's weights are drawn anew.

    cascading:    the head is randomised, then the last stage too, and so on down to the first
    independent:  one stage at a time, all others as they were trained
    badge:        the head alone, or everything at once; the map is compared with the trained network's

Weights are drawn from a normal distribution with the tensor's own mean and standard deviation; vectors
(gains, shifts) are permuted. The statistics of batch norms in randomised stages are taken anew on noise, so
that signals keep their size and a map is not merely zero.

Adebayo, Gilmer, Muelly, Goodfellow, Hardt and Kim, Sanity Checks for Saliency Maps, NeurIPS 2018.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

import numpy as np
import torch
from torch import nn

from ..engine.explain import explain_many
from ..models.stages import token_blocks
from ..network.batches import Progress
from ..network.handle import ModelHandle
from ..network.head import class_layers
from ..network.observe import observe
from ..types import Explanation, ImageInput, InputError, IsCancelled, OnProgress, Request
from .agreement import spearman, ssim

HEAD = "head"
HARDLY, CLEARLY = 0.5, 0.25  # rank correlations: above, the map hardly changes; below, it clearly does


def stages(handle: ModelHandle) -> dict[str, tuple[str, ...]]:
    """The parts of the network from the head down to the first: stage -> the modules with weights in it.

    A stage is named by its last layer (`LayerSpec.suggested`); what runs after the last one is "head". In a
    transformer every block is a stage. There "head" is the classifier alone, and what runs between the last
    block and the classifier is a stage named by its last module."""
    suggested = [layer for layer in handle.layers if layer.suggested]
    tokens = any(layer.prefix is not None for layer in suggested)
    blocks = token_blocks(handle.layers) if tokens else []
    chosen = {*blocks, *(layer.key for layer in suggested if not blocks or layer.prefix is None)}
    ends = [layer.key for layer in handle.layers if layer.key in chosen]
    with handle.session() as net:
        names = _in_order(net, handle.blank(1))
        heads = class_layers(net, handle.blank(1)) if blocks else ()
    found: dict[str, list[str]] = {key: [] for key in ends}
    waiting: list[str] = []
    for name, weighted in names.items():
        if weighted and name not in heads:
            waiting.append(name)
        home = next((key for key in ends if name == key or name.startswith(f"{key}.")), None)
        if home is not None:
            found[home] += waiting
            waiting = []
    if heads:
        found |= {waiting[-1]: waiting} if waiting else {}
        found[HEAD] = list(heads)
    else:
        found[HEAD] = waiting
    return {key: tuple(found[key]) for key in reversed(found) if found[key]}


def randomised(handle: ModelHandle, seed: int = 0, modules: Collection[str] | None = None) -> ModelHandle:
    """A handle of its own to the same network with these modules' weights drawn anew; None is all of them.
    The handle that is given stays as it is."""
    generator = torch.Generator().manual_seed(seed)

    def change(net: nn.Module) -> None:
        chosen = {name: m for name, m in net.named_modules() if modules is None or name in modules}
        for module in chosen.values():
            for parameter in module.parameters(recurse=False):
                parameter.copy_(_drawn(parameter, generator))
        _recalibrate(net, [m for m in chosen.values() if isinstance(m, nn.BatchNorm2d)], handle.blank(8))

    return handle.variant(change)


def cascade(
    handle: ModelHandle,
    image: ImageInput,
    requests: Sequence[Request],
    independent: bool = False,
    seed: int = 0,
    progress: OnProgress | None = None,
    cancelled: IsCancelled | None = None,
) -> list[dict[str, object]]:
    """One row for each stage, from the head down, and each request: stage, method, rank, ssim. The first rows
    ("none") compare the map with itself. Requests name their target, since a random network predicts
    anything."""
    if any(request.target is None for request in requests):
        raise InputError("A request has no target; randomisation needs one, since it changes the prediction.")
    parts = stages(handle)
    work = Progress(progress, cancelled, len(parts) + 1)
    work.check()
    trained = explain_many(handle, image, requests)
    work.advance(1)
    rows = [_row("none", one, one) for one in trained]
    changed: list[str] = []
    for stage, modules in parts.items():
        work.check()
        changed = list(modules) if independent else [*changed, *modules]
        other = explain_many(randomised(handle, seed, changed), image, requests)
        rows += [_row(stage, a, b) for a, b in zip(trained, other, strict=True)]
        work.advance(1)
    return rows


def verdict(rank: float) -> str:
    """What the badge says: "changes" (a map that turns into its opposite does too), "changes in part",
    "hardly changes", or "flat" without a value."""
    if np.isnan(rank):
        return "flat"
    return "hardly changes" if rank >= HARDLY else "changes" if rank < CLEARLY else "changes in part"


def _row(stage: str, trained: Explanation, other: Explanation) -> dict[str, object]:
    a, b = trained.upsampled(), other.upsampled()
    return {"stage": stage, "method": trained.method, "rank": spearman(a, b), "ssim": ssim(a, b)}


def _drawn(parameter: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    values = parameter.detach().cpu()
    if values.ndim < 2:
        return values.flatten()[torch.randperm(values.numel(), generator=generator)].view_as(values)
    noise = torch.randn(values.shape, generator=generator, dtype=torch.float64)
    return noise * values.double().std(correction=0) + values.double().mean()


def _recalibrate(net: nn.Module, norms: list[nn.BatchNorm2d], noise: torch.Tensor) -> None:
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # the plain mean over what it sees
        norm.train()
    if norms:
        net(noise)
    for norm in norms:
        norm.eval()


def _in_order(net: nn.Module, x: torch.Tensor) -> dict[str, bool]:
    """The innermost modules in the order in which they first run, and whether they have parameters of their
    own. A module whose weights the module around it uses without calling it (torch's attention) stands behind
    that one."""
    weighted = {
        name: next(module.parameters(recurse=False), None) is not None for name, module in net.named_modules()
    }
    inner = {name for name, own in weighted.items() if own or not any(net.get_submodule(name).children())}
    called: dict[str, list[str]] = {}
    observe(net, x, weighted, enter=lambda name, *_: called.setdefault(name, []))
    for name in inner - set(called):
        around = next(up for up in _around(name) if up in called)
        if around and weighted[name]:  # what only the network itself could use is a head for training
            called[around].append(name)
    order = (one for name, others in called.items() for one in (name, *sorted(others)) if one in inner)
    return {name: weighted[name] for name in order}


def _around(name: str) -> Iterator[str]:
    """The paths of the modules around one, innermost first; "" is the network."""
    while name:
        name = name.rpartition(".")[0]
        yield name
