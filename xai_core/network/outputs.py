"""Networks that answer with something else than logits (N, K): their answer as one row a picture, and back.

A segmentation network answers with maps (N, K, H, W), another one with a dict of tensors. Everything that
runs a network here takes one row of numbers a picture. `row_form` finds how an answer becomes such rows;
`ToRows` is the forward hook that makes them, and `RowForm.unpack` gives the answer back to a score."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.utils._pytree import TreeSpec, tree_flatten, tree_unflatten

from ..types import InputError


@dataclass(frozen=True, eq=False)
class RowForm:
    """How rows (N, M) become the network's own answer: `tree` is how its tensors are nested, `shapes` their
    sizes for one picture."""

    tree: TreeSpec
    shapes: tuple[tuple[int, ...], ...]

    def unpack(self, rows: torch.Tensor) -> Any:
        """The answer as the network itself returns it; gradients flow through."""
        parts = rows.split([torch.Size(shape).numel() for shape in self.shapes], 1)
        leaves = [part.reshape(len(rows), *shape) for part, shape in zip(parts, self.shapes, strict=True)]
        return tree_unflatten(leaves, self.tree)


class ToRows:
    """A forward hook: what a module returns for N pictures becomes rows (N, M)."""

    def __call__(self, _module: nn.Module, _inputs: tuple, output: Any) -> torch.Tensor:
        leaves = [leaf.flatten(1) if leaf.ndim > 1 else leaf[:, None] for leaf in tree_flatten(output)[0]]
        return leaves[0] if len(leaves) == 1 else torch.cat(leaves, 1)


def row_form(net: nn.Module, x: torch.Tensor) -> RowForm | None:
    """How the answer of `net` to pictures `x` (N, 3, H, W) becomes rows; None if it is (N, K) as it is. Runs
    the network once. Raises InputError for an answer that has not the same numbers for each picture."""
    with torch.inference_mode():
        output = net(x)
    plain = isinstance(output, torch.Tensor) and output.ndim == 2 and output.is_floating_point()
    if plain and len(output) == len(x):
        return None
    leaves, tree = tree_flatten(output)
    for leaf in leaves or [output]:
        if not isinstance(leaf, torch.Tensor):
            found = f"a {type(leaf).__name__}"
        elif leaf.ndim == 0 or len(leaf) != len(x) or not leaf.is_floating_point():
            found = f"a {str(leaf.dtype).removeprefix('torch.')} tensor {tuple(leaf.shape)}"
        else:
            continue
        raise InputError(
            f"The network's answer to {_counted(len(x))} holds {found}; tensors of floating-point numbers "
            "whose first dimension counts the pictures are accepted, also in tuples, lists and dicts."
        )
    return RowForm(tree, tuple(tuple(leaf.shape[1:]) for leaf in leaves))


@contextmanager
def as_rows(net: nn.Module, x: torch.Tensor) -> Iterator[RowForm | None]:
    """`net` with its answers as rows for the length of the block. Yields their form."""
    form = row_form(net, x)
    hook = None if form is None else net.register_forward_hook(ToRows())
    try:
        yield form
    finally:
        if hook is not None:
            hook.remove()


def _counted(pictures: int) -> str:
    return "one picture" if pictures == 1 else f"{pictures} pictures"
