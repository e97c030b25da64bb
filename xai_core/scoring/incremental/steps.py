"""One recorded operation of a network, and what stands for its inputs among its arguments."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch.utils._pytree import tree_flatten, tree_map

Size = tuple[int, ...]


@dataclass(frozen=True)
class Ref:
    """Stands for a computed result in the arguments of a step. Number 0 is the network's input."""

    number: int


@dataclass(frozen=True)
class Count:
    """Stands for a number in the arguments of a step: `times` the number of pictures."""

    times: int


@dataclass(frozen=True, eq=False)
class Step:
    """One operation: results[outs] = function(*args, **kwargs), with a Ref or Count wherever the argument
    depends on the input or on the number of pictures."""

    function: Callable
    name: str
    args: tuple
    kwargs: dict[str, Any]
    outs: tuple[int, ...]

    def refs(self) -> frozenset[int]:
        """The numbers of the results that the step uses."""
        return self._refs

    @cached_property
    def _refs(self) -> frozenset[int]:
        leaves = tree_flatten((self.args, self.kwargs))[0]
        return frozenset(leaf.number for leaf in leaves if isinstance(leaf, Ref))

    def tensors(self) -> Iterator[torch.Tensor]:
        """The weights and constants among the arguments."""
        leaves = tree_flatten((self.args, self.kwargs))[0]
        return (leaf for leaf in leaves if isinstance(leaf, torch.Tensor))

    @cached_property
    def _open(self) -> tuple[list[int], bool]:
        """Positions of the arguments that are a Ref or Count, and whether there are more of them nested in
        other arguments or passed by name. Cached, because walking all arguments at each call takes as long
        as a small convolution."""
        places = [place for place, value in enumerate(self.args) if isinstance(value, (Ref, Count))]
        every = [leaf for leaf in tree_flatten((self.args, self.kwargs))[0] if isinstance(leaf, (Ref, Count))]
        return places, len(every) > len(places)

    def filled(self, values: dict[int, Any], count: int) -> tuple[tuple, dict[str, Any]]:
        """The arguments for `count` pictures, with each Ref replaced by its entry in `values`."""

        def value(leaf: Any) -> Any:
            if isinstance(leaf, Ref):
                return values[leaf.number]
            return count * leaf.times if isinstance(leaf, Count) else leaf

        places, more = self._open
        if more:
            return tree_map(
                value, (self.args, self.kwargs), is_leaf=lambda leaf: isinstance(leaf, (Ref, Count))
            )
        args = list(self.args)
        for place in places:
            args[place] = value(args[place])
        return tuple(args), self.kwargs

    def run(self, values: dict[int, Any], count: int) -> dict[int, Any]:
        """Execute the operation for `count` pictures; returns its results by number."""
        args, kwargs = self.filled(values, count)
        found = self.function(*args, **kwargs)
        if isinstance(found, torch.Tensor):
            return {self.outs[0]: found}
        return dict(zip(self.outs, tree_flatten(found)[0], strict=True))
