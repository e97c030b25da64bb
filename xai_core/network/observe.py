"""Forward hooks for the length of a block, and a network run once to see what its modules are given and
return.

The hooks are gone at the end, also after an exception; hooks that were there before stay.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import torch
from torch import nn

Enter = Callable[[str, nn.Module, tuple], object]  # (key, module, inputs)
Leave = Callable[[str, nn.Module, tuple, object], object]  # (key, module, inputs, output)


@contextmanager
def hooked(net: nn.Module, hooks: dict[str, Callable], before: dict[str, Callable] | None = None) -> Iterator:
    """Forward hooks, and forward pre-hooks (`before`), by module path, for the length of the block."""
    handles = []
    try:
        for key, hook in (before or {}).items():
            handles.append(net.get_submodule(key).register_forward_pre_hook(hook))
        for key, hook in hooks.items():
            handles.append(net.get_submodule(key).register_forward_hook(hook))
        yield
    finally:
        for handle in handles:
            handle.remove()


def observe(
    net: nn.Module,
    x: torch.Tensor,
    keys: Iterable[str],
    enter: Enter | None = None,
    leave: Leave | None = None,
) -> torch.Tensor:
    """Run `net` on `x` once, without gradients, and call `enter` before and `leave` after each call of a
    module in `keys`. What they return is dropped, so watching changes nothing. Returns the logits."""

    def watched(key: str, look: Callable[..., object]) -> Callable:
        def hook(*seen: object) -> None:
            look(key, *seen)

        return hook

    keys = tuple(keys)
    before = {key: watched(key, enter) for key in keys} if enter else {}
    after = {key: watched(key, leave) for key in keys} if leave else {}
    with hooked(net, after, before), torch.no_grad():
        return net(x)
