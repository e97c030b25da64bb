"""Replace the forward of some modules for the length of a block."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from torch import nn

Forward = Callable[..., Any]


def replaced(
    net: nn.Module, forwards: Mapping[str, Callable[[Forward], Forward]]
) -> AbstractContextManager[None]:
    """`replaced_modules` for modules that are named by their path in `net`."""
    return replaced_modules({net.get_submodule(key): make for key, make in forwards.items()})


@contextmanager
def replaced_modules(forwards: Mapping[nn.Module, Callable[[Forward], Forward]]) -> Iterator[None]:
    """By module, a function that makes the new forward of the old one. The old ones are back when the block
    ends, also after an exception."""
    before = {module: module.__dict__.get("forward") for module in forwards}
    try:
        for module, make in forwards.items():
            module.forward = make(module.forward)
        yield
    finally:
        for module, forward in before.items():
            module.__dict__.pop("forward", None)
            if forward is not None:
                module.forward = forward
