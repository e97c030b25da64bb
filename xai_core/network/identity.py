"""The identity of a network: handles with equal identities give the same maps for the same requests.

It covers the weights and everything else that changes a result: the registry key, the architecture, the input
grid, the class names, the dtype, the activation, autocast, and what `ModelHandle.variant` changed. The device
is not part of it. Results that are kept, in memory or on disk, are kept under the identity."""

from __future__ import annotations

import hashlib
import json
import pickle
import re
import secrets
from collections.abc import Iterator, Mapping

import torch
from torch import nn

_ADDRESS = re.compile(r" at 0x[0-9a-f]+")
_NOT_PICKLED = (pickle.PicklingError, AttributeError, TypeError)


def weights_sha256(state: Mapping[str, torch.Tensor]) -> str:
    """sha256 of a state dict: names, types, shapes and values of parameters and buffers."""
    found = hashlib.sha256()
    for name, values in state.items():
        array = values.detach().cpu().contiguous()
        found.update(f"{name} {array.dtype} {tuple(array.shape)}".encode())
        found.update(array.reshape(-1).view(torch.uint8).numpy().data)
    return found.hexdigest()


def identity_of(facts: Mapping[str, object]) -> str:
    """sha256 of facts that JSON can write."""
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def behaviour_of(net: nn.Module) -> str:
    """sha256 of what a network does besides its weights: its modules with their settings, as PyTorch prints
    them, its forward hooks, and the forwards that were replaced."""
    found = hashlib.sha256(_ADDRESS.sub("", repr(net)).encode())
    for key, module in net.named_modules():
        for function in _added_to(module):
            found.update(f"\n{key} ".encode() + _written(function))
    return found.hexdigest()


def _added_to(module: nn.Module) -> Iterator[object]:
    """The functions that were added to one module."""
    yield from module._forward_pre_hooks.values()
    yield from module._forward_hooks.values()
    if "forward" in vars(module):
        yield vars(module)["forward"]


def _written(function: object) -> bytes:
    """A function as bytes that are equal for equal functions: its own description, where it has one
    (`described`), else its pickle. A function that cannot be pickled (a lambda) cannot be compared, so it
    gets random bytes and equals no other."""
    described = getattr(function, "described", "")
    if isinstance(described, str) and described:
        return f"{type(function).__qualname__}: {described}".encode()
    try:
        return pickle.dumps(function, protocol=4)
    except _NOT_PICKLED:
        return secrets.token_bytes()
