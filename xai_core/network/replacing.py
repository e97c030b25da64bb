"""Replace the forward of some modules for the length of a block."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from torch import nn

Forward = Callable[..., Any]


@contextmanager
def replaced(net: nn.Module, forwards: Mapping[str, Callable[[Forward], Forward]]) -> Iterator[None]:
    """By module path, a function that makes the new forward of the old one. The old ones are back when the
    block ends, also after an exception."""
    modules = {key: net.get_submodule(key) for key in forwards}
    before = {key: module.__dict__.get("forward") for key, module in modules.items()}
    try:
        for key, module in modules.items():
            module.forward = forwards[key](module.forward)
        yield
    finally:
        for key, module in modules.items():
            module.__dict__.pop("forward", None)
            earlier = before[key]
            if earlier is not None:
                module.forward = earlier
