"""Whether a file of weights fits a network, and what does not, in one sentence."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn

from ..inputs.views import InputGrid
from ..types import InputError
from .checkpoints import UNREADABLE, State, read_state
from .outline import BROKEN, outline

_COUNTER = "num_batches_tracked"  # old files have none, and nothing depends on it
_WHOLE = (_COUNTER, "relative_position_index", "position_ids")  # places in a table, which some networks keep

NO_WEIGHTS = (
    "The file does not hold weights alone: it is damaged, or no file of weights, or has code in it; "
    "safetensors and a state_dict saved by torch, of plain tensors with numbers, are accepted."
)


def outlined(file: str | Path | bytes) -> State:
    """The tensors of a person's file as shapes without numbers, in bounded memory. Raises InputError for
    anything else."""
    if not isinstance(file, bytes) and not Path(file).is_file():
        raise InputError(f"There is no file {str(file)!r}.")
    try:
        state = outline(file if isinstance(file, bytes) else Path(file))
    except InputError:
        raise
    except BROKEN as error:
        raise InputError(NO_WEIGHTS) from error
    if not state:
        raise InputError(
            "The file holds no tensor; safetensors and a state_dict saved by torch are accepted."
        )
    return state


def tensors(file: str | Path | bytes) -> State:
    """The tensors of a person's file, whose outline was read before. Raises InputError for anything else."""
    try:
        return read_state(file if isinstance(file, bytes) else Path(file))
    except UNREADABLE as error:
        raise InputError(NO_WEIGHTS) from error


def check_numbers(state: State) -> None:
    """Raise InputError that names the first tensor whose numbers are no weights: whole or complex ones, which
    torch would round or cut without a word. Counters are whole."""
    for key, tensor in state.items():
        if not tensor.is_floating_point() and not key.endswith(_WHOLE):
            kind = str(tensor.dtype).removeprefix("torch.")
            raise InputError(f"The tensor {key!r} holds numbers of the type {kind}; float ones are accepted.")


def compare(net: nn.Module, state: State, architecture: str, classes: int, given: int) -> None:
    """Raise InputError that names the first tensor of `state` that does not fit into a network of so many
    classes, of which a person gave `given`. Only names and shapes are looked at."""
    wanted = net.state_dict()
    missing = [key for key in wanted if key not in state and not key.endswith(_COUNTER)]
    unknown = [key for key in state if key not in wanted]
    if missing or unknown:
        lacks = f"lacks {_several(missing, architecture)}" if missing else ""
        more = f"has {_several(unknown, 'it' if missing else architecture, 'not in ')}" if unknown else ""
        raise InputError(
            f"The file does not fit {architecture}: it {' and '.join(filter(None, (lacks, more)))}."
        )
    other = [key for key in state if state[key].shape != wanted[key].shape]
    if other:
        heads = {len(state[key]) for key in other if _is_head(state[key], wanted[key], classes)}
        if len(heads) == 1 and all(_is_head(state[key], wanted[key], classes) for key in other):
            count = heads.pop()
            named = f"{count} class{'' if count == 1 else 'es'}"
            raise InputError(f"The file has {named}, {given} {'was' if given == 1 else 'were'} given.")
        first = other[0]
        raise InputError(
            f"The file does not fit {architecture}: {first!r} is {tuple(state[first].shape)} instead of "
            f"{tuple(wanted[first].shape)}, and so for {len(other)} of {len(wanted)} tensors."
        )


def _several(keys: list[str], architecture: str, word: str = "of ") -> str:
    count = f"{len(keys)} tensor{'s' if len(keys) > 1 else ''}"
    return f"{count} {word}{architecture}, first {keys[0]!r}"


def _is_head(found: torch.Tensor, wanted: torch.Tensor, classes: int) -> bool:
    """Whether the two differ in the number of classes alone."""
    same = found.ndim == wanted.ndim > 0 and found.shape[1:] == wanted.shape[1:]
    return same and len(wanted) == classes


def try_out(net: nn.Module, grid: InputGrid, architecture: str, classes: int, mirrored: bool = False) -> None:
    """Let the network answer once. Raises InputError where it cannot take such a picture, or answers with
    anything but `classes` finite numbers, or, `mirrored`, where the second is not minus the first."""
    height, width = grid.size
    noise = torch.rand((1, 3, height, width), generator=torch.Generator().manual_seed(0)) * 255
    try:
        with torch.inference_mode():
            logits = net.eval()(grid.normalise(noise))
    except (RuntimeError, AssertionError, ValueError) as error:
        raise InputError(f"{architecture} cannot take pictures of {height} x {width} pixels.") from error
    if tuple(logits.shape) != (1, classes):
        raise InputError(
            f"{architecture} answers with {tuple(logits.shape)[1:]} numbers instead of {classes}."
        )
    if not torch.isfinite(logits).all():
        raise InputError("The network answers with numbers that are not finite, so the file is damaged.")
    if mirrored and not torch.allclose(logits[:, 0], -logits[:, 1], rtol=1e-4, atol=1e-5):
        raise InputError(
            f"{architecture} does not end in a linear layer, so its one output cannot be read both ways."
        )
