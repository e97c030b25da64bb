"""Reading a file of weights: tensors only, whatever wraps them and whatever they were called once.

A file is safetensors, or what `torch.save` wrote; the latter is read with `weights_only=True`, which runs no
code. A state dict may lie under "state_dict", "model" or "model_state_dict"; "module." and "model." before
every name are taken off; DenseNet's old names with dots (denselayer1.norm.1) become today's (norm1)."""

from __future__ import annotations

import io
import logging
import pickle
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load, load_file

from ..types import InputError

State = dict[str, torch.Tensor]

WRAPPERS = ("state_dict", "model_state_dict", "model")
PREFIXES = ("module.", "model.")
_DOTTED = re.compile(r"(denselayer\d+\.(?:norm|relu|conv))\.([12]\.)")
UNREADABLE = (
    *(RuntimeError, TypeError, AttributeError, KeyError, ValueError, EOFError, OSError),
    *(pickle.UnpicklingError, SafetensorError),
)


@contextmanager
def reading(path: Path, key: str) -> Iterator[None]:
    """Whatever goes wrong while the block loads the weights in `path`, as one InputError of one sentence. It
    says the file's name, since visitors read it; the log says where the file lies."""
    try:
        yield
    except InputError:
        raise
    except UNREADABLE as error:
        other = str(error).startswith("Error(s) in loading state_dict")
        state = "it belongs to another network" if other else "it is damaged, or holds more than tensors"
        logging.getLogger(__name__).warning("The weights in %s cannot be used", path, exc_info=error)
        raise InputError(f"The file {path.name} does not hold the weights of {key}: {state}.") from error


def read_state(file: Path | bytes) -> State:
    """The tensors of a file by their plain names. Raises one of many errors (`reading` catches them) for
    anything else."""
    with io.BytesIO(file) if isinstance(file, bytes) else file.open("rb") as stream:
        safe = stream.read(9)[8:] == b"{"  # safetensors: the length of a JSON header, then the header
        stream.seek(0)
        if safe:
            return plain(load(file) if isinstance(file, bytes) else load_file(file))
        return plain(torch.load(stream, map_location="cpu", weights_only=True))


def plain(found: Any) -> State:
    """The tensors of a state dict by their plain names, whatever wraps it. Raises TypeError or AttributeError
    for what holds anything else."""
    for name in WRAPPERS:
        found = found[name] if isinstance(found.get(name), dict) else found
    for key, value in found.items():
        if not isinstance(key, str) or not isinstance(value, torch.Tensor):
            raise TypeError(f"{key!r} is no tensor")
    for prefix in PREFIXES:
        if found and all(key.startswith(prefix) for key in found):
            found = {key.removeprefix(prefix): value for key, value in found.items()}
    return {_DOTTED.sub(r"\1\2", key): value for key, value in found.items()}


def load_state(net: torch.nn.Module, path: Path, key: str) -> None:
    """Load a file of weights, all of them and no other; raises InputError if the file is broken or belongs to
    another network.
    """
    with reading(path, key):
        net.load_state_dict(read_state(path))
