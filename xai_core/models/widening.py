"""Weights of networks with one input channel or one output, as those of networks with three and two.

Every picture here has three channels, and every page compares two classes. Both changes are exact:

    one channel:  w_c = l_c w, with l = (0.299, 0.587, 0.114)  ->  the network answers as to the grey of R, G,
    B one output:   (w, -w), (b, -b)                             ->  the logits z and -z: for and against

The grey is the luma of ITU-R BT.601, as Pillow converts pictures. The probabilities of z and -z under a
sigmoid add up to one."""

from __future__ import annotations

from collections.abc import Mapping

import torch

from .checkpoints import State

LUMA = (0.299, 0.587, 0.114)


def three_channels(state: State, wanted: Mapping[str, torch.Tensor]) -> State | None:
    """The state with the kernel (O, 1, h, w) of its first convolution made (O, 3, h, w), where that is all
    that its kernels lack; None for a state that has three channels already, or lacks something else."""
    narrow = [key for key in state if key in wanted and _lacks(state[key], wanted[key], 1, (1, 3))]
    if len(narrow) != 1:
        return None
    kernel = state[narrow[0]]
    luma = torch.tensor(LUMA, dtype=torch.float64, device=kernel.device).view(1, 3, 1, 1)
    return state | {narrow[0]: (kernel.double() * luma).to(kernel.dtype)}


def two_readings(state: State, wanted: Mapping[str, torch.Tensor]) -> State | None:
    """The state with its one output z followed by -z, where that is all that it lacks; else None."""
    heads = [key for key in state if key in wanted and _lacks(state[key], wanted[key], 0, (1, 2))]
    if not heads:
        return None
    return state | {key: torch.cat([state[key], -state[key]]) for key in heads}


def _lacks(found: torch.Tensor, wanted: torch.Tensor, axis: int, sizes: tuple[int, int]) -> bool:
    """Whether the two differ along that axis alone, where they have these sizes."""
    if found.ndim != wanted.ndim or found.ndim <= axis or (found.shape[axis], wanted.shape[axis]) != sizes:
        return False
    return all(a == b for n, (a, b) in enumerate(zip(found.shape, wanted.shape, strict=True)) if n != axis)
