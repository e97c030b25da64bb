"""Run only the part of a network behind one layer, for other outputs of that layer.

The network is run once and every module call that ends before the layer does is recorded. After that the
network's own forward is called with those modules replaced by their recorded outputs, so it works for any
control flow. The replacements are gone when the block ends, also after an exception."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import nn

from ..types import InputError, LayerSpec
from .capture import as_returned
from .observe import observe
from .replacing import Forward, replaced_modules

Behind = Callable[[torch.Tensor], torch.Tensor]


class Suffix(Protocol):
    """From outputs of a layer (B, C, h, w) to logits (B, K)."""

    def __call__(self, activations: torch.Tensor, off: torch.Tensor | None = None) -> torch.Tensor:
        """`off` (B,) names a channel for each row that is zero in the tokens in front of the patches too."""


@contextmanager
def suffix(net: nn.Module, x: torch.Tensor, layer: LayerSpec) -> Iterator[Suffix]:
    """Yield a function from outputs of `layer` (B, C, h, w) to the logits (B, K) that follow from them. The
    tokens in front of a token layer's patches are those of the picture.

    `x` (1, 3, H, W) is the picture from which everything else is computed, for instance the other branch of
    a skip connection. The function runs without gradients and may write into its argument. Raises InputError
    for a layer that does not run."""
    with replayed(net, x, layer.key) as (behind, output):

        def run(activations: torch.Tensor, off: torch.Tensor | None = None) -> torch.Tensor:
            return behind(as_returned(activations, layer, output, off))

        yield run


@contextmanager
def replayed(
    net: nn.Module, x: torch.Tensor, key: str, once: bool = False
) -> Iterator[tuple[Behind, torch.Tensor]]:
    """Yield a function from what module `key` returns for a batch to the logits, and what it returns for the
    picture `x` (1, 3, H, W). With `once` everything in front of it stays a batch of one, for networks in
    which nothing behind it needs more. Raises InputError for a module that does not run."""
    target = net.get_submodule(key)
    recorded, output = _calls_before(net, x, target, key)
    recorded.setdefault(target, [])
    calls: dict[nn.Module, int] = {}
    given: list[torch.Tensor] = []

    def replay(module: nn.Module) -> Callable[[Forward], Forward]:
        outputs = recorded[module]

        def make(original: Forward) -> Forward:
            def forward(*args: Any, **kwargs: Any) -> Any:
                number = calls[module] = calls.get(module, 0) + 1
                if number <= len(outputs):
                    return outputs[number - 1].repeated(1 if once else len(given[0]))
                return given[0] if module is target else original(*args, **kwargs)

            return forward

        return make

    def run(returned: torch.Tensor) -> torch.Tensor:
        given[:] = [returned]
        calls.clear()
        with torch.no_grad():
            return net(x if once else x.expand(len(returned), *x.shape[1:]))

    with replaced_modules({module: replay(module) for module in recorded}):
        yield run, output


@dataclass
class _Call:
    """A module call that has ended.

    `output` is a copy of what it returned, `raw` the returned object itself. `written` says whether code
    outside the recorded modules later wrote into `raw` in place (`y += skip`); that code runs again on every
    replay, so a replay must hand it a copy."""

    module: nn.Module
    output: object
    raw: object
    version: int
    written: bool = False

    def look(self) -> None:
        """Set `written` if `raw` has changed since the last look."""
        self.written |= _version(self.raw) != self.version

    def accept_writes(self) -> None:
        """Ignore the writes since the last look: a module that is itself replaced made them (an in-place
        ReLU), so they do not happen on a replay."""
        self.version = _version(self.raw)

    def repeated(self, times: int) -> object:
        """The output for one picture as a batch of `times`: a view, or a copy if the network writes into
        it."""

        def repeat(values: torch.Tensor) -> torch.Tensor:
            if not values.ndim or values.shape[0] != 1:
                return values.clone() if self.written else values
            values = values.expand(times, *values.shape[1:])
            return values.clone(memory_format=torch.contiguous_format) if self.written else values

        return _map_tensors(self.output, repeat)


def _version(value: object) -> int:
    return value._version if isinstance(value, torch.Tensor) else -1


def _calls_before(
    net: nn.Module, x: torch.Tensor, target: nn.Module, key: str
) -> tuple[dict[nn.Module, list[_Call]], torch.Tensor]:
    """By module, in order, the module calls that end before the last call of `target` ends, and what that
    call returned. A call inside another recorded call is left out, since the outer one stands for both."""
    ended: list[_Call] = []
    before_target: list[_Call] | None = None
    returned = x
    starts: list[int] = []  # for each running call, how many calls had ended when it began
    running: list[nn.Module] = []
    around = {module for module in net.modules() if module is not target and target in module.modules()}

    def enter(_key: str, module: nn.Module, _inputs: tuple) -> None:
        starts.append(len(ended))
        running.append(module)
        for call in ended:
            call.look()

    def leave(_key: str, module: nn.Module, _inputs: tuple, output: object) -> None:
        nonlocal before_target, returned
        del ended[starts.pop() :]
        running.pop()
        if module is target:
            before_target = list(ended)
            returned = output.clone() if isinstance(output, torch.Tensor) else x
        if before_target is None:
            for call in ended:
                call.accept_writes()
        if around.issuperset(running):  # else an outer call will be recorded, and no copy is needed
            written = not isinstance(output, torch.Tensor)
            copied = _map_tensors(output, torch.clone)
            ended.append(_Call(module, copied, output, _version(output), written))

    observe(net, x, dict(net.named_modules()), enter, leave)
    if before_target is None:
        raise InputError(f"Layer {key!r} does not run when the network classifies an image.")
    recorded: dict[nn.Module, list[_Call]] = {}
    for call in before_target:
        call.look()
        recorded.setdefault(call.module, []).append(call)
    return recorded, returned


def _map_tensors(value: object, change: Callable[[torch.Tensor], torch.Tensor]) -> object:
    if isinstance(value, torch.Tensor):
        return change(value)
    if isinstance(value, (list, tuple)):
        return type(value)(_map_tensors(item, change) for item in value)
    return value
