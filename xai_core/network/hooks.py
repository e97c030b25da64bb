"""Looking inside a network while it runs: activations, gradients with respect to them, and the part behind a
layer.

Hooks live only inside these functions and are gone when they return, also after an exception.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn

from ..types import InputError, LayerSpec
from .observe import hooked, observe
from .scores import Score


@dataclass
class Capture:
    """One forward pass of `net`, kept: `logits` (N, K) and, for each wanted layer, `activations[key]` (N, C,
    h, w).

    For the layers captured with gradients the graph behind them is kept too, so `gradients` may be asked for
    any number of scores, one backward pass each."""

    net: nn.Module
    logits: torch.Tensor
    activations: dict[str, torch.Tensor]
    _nodes: dict[str, torch.Tensor] = field(default_factory=dict)
    _specs: dict[str, LayerSpec] = field(default_factory=dict)

    def gradients(self, score: Score) -> dict[str, torch.Tensor]:
        """d score / d activation (N, C, h, w) for every layer captured with gradients, by one backward
        pass.
        """
        keys = list(self._nodes)
        with torch.enable_grad():
            total = score(self.logits).sum()
        found = torch.autograd.grad(
            total, [self._nodes[key] for key in keys], retain_graph=True, allow_unused=True
        )
        result = {}
        for key, gradient in zip(keys, found, strict=True):
            gradient = torch.zeros_like(self._nodes[key]) if gradient is None else gradient
            result[key] = channels_first(gradient, self._specs.get(key))
        return result


def channels_first(values: torch.Tensor, layer: LayerSpec | None) -> torch.Tensor:
    """(N, C, h, w), whatever order the layer itself uses."""
    return values.movedim(-1, 1) if layer is not None and layer.channels_last else values


def capture(
    net: nn.Module,
    x: torch.Tensor,
    layers: Collection[LayerSpec | str],
    gradients: Collection[str] = (),
    strict: bool = True,
) -> Capture:
    """Run `net` on `x` (N, 3, H, W) once and keep the outputs of `layers`; those in `gradients` with their
    graph.

    Nothing in front of the first layer in `gradients` is recorded for the backward pass, and no parameter
    gets a gradient. The network goes on with a copy of each kept output, so a later in-place activation
    changes neither the activation nor the gradient that belongs to it. A layer that does not run (a
    training-only head) raises InputError, or is left out if not `strict`."""
    specs = {layer.key: layer for layer in layers if isinstance(layer, LayerSpec)}
    keys = [layer if isinstance(layer, str) else layer.key for layer in layers]
    kept: dict[str, torch.Tensor] = {}

    def keep(key: str) -> Callable:
        def hook(_module: nn.Module, _inputs: tuple, output: torch.Tensor) -> torch.Tensor:
            if key in gradients and not output.requires_grad:
                output = output.detach().requires_grad_()
            kept[key] = output
            return output.clone()

        return hook

    with hooked(net, {key: keep(key) for key in keys}), torch.set_grad_enabled(bool(gradients)):
        logits = net(x)
    missing = [key for key in keys if key not in kept]
    if missing and strict:
        raise InputError(f"Layer {missing[0]!r} does not run when the network classifies an image.")
    activations = {key: channels_first(value.detach(), specs.get(key)) for key, value in kept.items()}
    return Capture(
        net, logits, activations, {key: value for key, value in kept.items() if key in gradients}, specs
    )


@contextmanager
def suffix(
    net: nn.Module, x: torch.Tensor, layer: LayerSpec
) -> Iterator[Callable[[torch.Tensor], torch.Tensor]]:
    """For one image `x` (1, 3, H, W), a function from other outputs of `layer` (B, C, h, w) to logits (B, K).

    Only what lies behind the layer is computed. The network's own forward runs, whatever its control flow,
    with the outermost calls that had finished before the layer did replaced by their outputs for `x`, seen B
    times. The function may overwrite its argument, and runs without gradients."""
    target = net.get_submodule(layer.key)
    finished = _finished_before(net, x, target, layer.key)
    finished.setdefault(target, [])
    calls: dict[nn.Module, int] = {}
    given: list[torch.Tensor] = []

    def replay(module: nn.Module) -> Callable:
        original, outputs = module.forward, finished[module]

        def forward(*args: Any, **kwargs: Any) -> Any:
            turn = calls[module] = calls.get(module, 0) + 1
            if turn <= len(outputs):
                return outputs[turn - 1].seen(len(given[0]))
            return given[0] if module is target else original(*args, **kwargs)

        return forward

    def run(activations: torch.Tensor) -> torch.Tensor:
        given[:] = [activations.movedim(1, -1) if layer.channels_last else activations]
        calls.clear()
        with torch.no_grad():
            return net(x.expand(len(activations), *x.shape[1:]))

    before = {module: module.__dict__.get("forward") for module in finished}
    try:
        for module in finished:
            module.forward = replay(module)
        yield run
    finally:
        for module, forward in before.items():
            module.__dict__.pop("forward", None)
            if forward is not None:
                module.forward = forward


@dataclass
class _Call:
    """A finished module call: a copy of its output, and whether later code wrote into that output in
    place.
    """

    module: nn.Module
    output: object
    raw: object
    version: int
    written: bool = False

    def look(self) -> None:
        self.written |= _version(self.raw) != self.version

    def forgive(self) -> None:
        """Take the writing so far as done by a module that is itself replaced later, so of no consequence."""
        self.version = _version(self.raw)

    def seen(self, times: int) -> object:
        """The one-image output as a batch of `times`; copied only where the network will write into it."""

        def repeat(values: torch.Tensor) -> torch.Tensor:
            if not values.ndim or values.shape[0] != 1:
                return values.clone() if self.written else values
            values = values.expand(times, *values.shape[1:])
            return values.clone(memory_format=torch.contiguous_format) if self.written else values

        return _map_tensors(self.output, repeat)


def _version(value: object) -> int:
    return value._version if isinstance(value, torch.Tensor) else -1


def _finished_before(
    net: nn.Module, x: torch.Tensor, target: nn.Module, key: str
) -> dict[nn.Module, list[_Call]]:
    """The outermost module calls that end before the last call of `target` does, in order, by module."""
    finished: list[_Call] = []
    prefix: list[_Call] | None = None
    starts: list[int] = []
    running: list[nn.Module] = []
    around = {module for module in net.modules() if module is not target and target in module.modules()}

    def enter(_key: str, module: nn.Module, _inputs: tuple) -> None:
        starts.append(len(finished))
        running.append(module)
        for call in finished:
            call.look()

    def leave(_key: str, module: nn.Module, _inputs: tuple, output: object) -> None:
        nonlocal prefix
        del finished[starts.pop() :]
        running.pop()
        if module is target:
            prefix = list(finished)
        if prefix is None:
            for call in finished:
                call.forgive()
        if around.issuperset(running):  # else the call inside which this one ran stands for both: no copy
            written = not isinstance(output, torch.Tensor)
            copied = _map_tensors(output, torch.clone)
            finished.append(_Call(module, copied, output, _version(output), written))

    observe(net, x, dict(net.named_modules()), enter, leave)
    if prefix is None:
        raise InputError(f"Layer {key!r} does not run when the network classifies an image.")
    outputs: dict[nn.Module, list[_Call]] = {}
    for call in prefix:
        call.look()
        outputs.setdefault(call.module, []).append(call)
    return outputs


def _map_tensors(value: object, change: Callable[[torch.Tensor], torch.Tensor]) -> object:
    if isinstance(value, torch.Tensor):
        return change(value)
    if isinstance(value, (list, tuple)):
        return type(value)(_map_tensors(item, change) for item in value)
    return value
