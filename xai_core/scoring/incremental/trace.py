"""What a network computes, as a list of operations: written down while it runs.

Unlike a symbolic trace it changes nothing that other threads could see, and follows any course that does not
depend on the values computed. The network is run on two and on three pictures; a number that differs between
both runs is a multiple of their count, and is written down as that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import torch
from torch import nn
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_flatten, tree_map

# what turns computed values into Python's own, and what changes them without a result
READS = (
    "__bool__",
    "__float__",
    "__int__",
    "__index__",
    "__complex__",
    "__contains__",
    "item",
    "tolist",
    "numpy",
    "equal",
    "allclose",
    "is_nonzero",
)
WRITES = ("__setitem__",)


class NotTraceable(Exception):
    """Why a network cannot be written down."""


@dataclass(frozen=True)
class Ref:
    """The result of that number; 0 is the input."""

    number: int


@dataclass(frozen=True)
class Count:
    """`times` the number of pictures."""

    times: int


@dataclass(frozen=True, eq=False)
class Step:
    """results[outs] = function(*args, **kwargs), where a Ref stands for a result and a Count for a number."""

    function: Callable
    name: str
    args: tuple
    kwargs: dict[str, Any]
    outs: tuple[int, ...]

    def refs(self) -> set[int]:
        """The numbers of the results that it uses."""
        return {leaf.number for leaf in tree_flatten((self.args, self.kwargs))[0] if isinstance(leaf, Ref)}

    @cached_property
    def _open(self) -> tuple[list[int], bool]:
        """Which arguments are a Ref or a Count, and whether there are others within or by name: to go through
        all of them at each call takes as long as a small convolution."""
        places = [place for place, value in enumerate(self.args) if isinstance(value, (Ref, Count))]
        every = [leaf for leaf in tree_flatten((self.args, self.kwargs))[0] if isinstance(leaf, (Ref, Count))]
        return places, len(every) > len(places)

    def filled(self, values: dict[int, Any], count: int) -> tuple[tuple, dict[str, Any]]:
        """Its arguments for `count` pictures, with these results in them."""

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

    def run(self, args: tuple, kwargs: dict[str, Any]) -> dict[int, Any]:
        """The operation itself: its results by their numbers."""
        found = self.function(*args, **kwargs)
        if isinstance(found, torch.Tensor):
            return {self.outs[0]: found}
        return dict(zip(self.outs, tree_flatten(found)[0], strict=True))


def written_down(net: nn.Module, x: torch.Tensor) -> tuple[list[Step], int]:
    """The steps of `net` for inputs like `x` (N, 3, H, W), and the number of its result. Raises
    NotTraceable."""
    runs = []
    for count in (2, 3):
        batch = x[:1].expand(count, *x.shape[1:]).contiguous(memory_format=torch.channels_last)
        recorder = _Recorder(net, batch)
        with torch.no_grad(), recorder:
            out = net(batch)
        if not isinstance(out, torch.Tensor):
            raise NotTraceable(f"it answers with a {type(out).__name__}")
        runs.append((recorder.steps, recorder.number(out)))
    (steps, end), (others, other_end) = runs
    if len(steps) != len(others) or end != other_end:
        raise NotTraceable("its course depends on the number of pictures")
    return [_generalised(one, other) for one, other in zip(steps, others, strict=True)], end


@dataclass
class _Recorder(TorchFunctionMode):
    net: nn.Module
    x: torch.Tensor
    steps: list[Step] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self._numbers = {id(self.x): 0}
        self._alive: list[Any] = [self.x]  # so that no other tensor gets the address of one that is gone
        self._own = {id(t) for t in (*self.net.parameters(), *self.net.buffers())}
        self._next = 1

    def __torch_function__(
        self, func: Callable, types: Any, args: tuple = (), kwargs: dict | None = None
    ) -> Any:
        kwargs = kwargs or {}
        out = func(*args, **kwargs)
        leaves = tree_flatten(out)[0]
        name = getattr(func, "__name__", "")
        if not any(isinstance(leaf, torch.Tensor) for leaf in leaves):
            computed = any(id(leaf) in self._numbers for leaf in tree_flatten((args, kwargs))[0])
            if computed and name in READS:
                raise NotTraceable("its course depends on the values that it computes")
            if computed and name in WRITES:
                raise NotTraceable("it writes into a part of what it computed")
            return out
        if name == "__get__" and len(leaves) == 1 and id(leaves[0]) in self._own:
            return out
        given_args, given_kwargs = tree_map(self._written, (tuple(args), kwargs))
        outs = []
        for leaf in leaves:
            self._alive.append(leaf)
            self._numbers[id(leaf)] = self._next
            outs.append(self._next)
            self._next += 1
        if name.endswith("_") and not name.endswith("__"):  # in place: what others know must stay as it is
            func, name = _out_of_place(name.rstrip("_")), name.rstrip("_")
        elif name.startswith("__i") and name.endswith("__"):
            name = f"__{name[3:]}"
            func = _out_of_place(name)
        if given_kwargs.get("inplace"):
            given_kwargs["inplace"] = False
        self.steps.append(Step(func, name.strip("_"), given_args, given_kwargs, tuple(outs)))
        return out

    def number(self, tensor: torch.Tensor) -> int:
        """Of a result."""
        if id(tensor) not in self._numbers:
            raise NotTraceable("it uses a tensor that comes from nowhere")
        return self._numbers[id(tensor)]

    def _written(self, value: Any) -> Any:
        if not isinstance(value, torch.Tensor) or id(value) in self._own:
            return value
        return Ref(self.number(value))


def _out_of_place(name: str) -> Callable:
    """The operation of that name that returns its result."""
    for home in (torch.Tensor, torch, nn.functional):
        found = getattr(home, name, None)
        if found is not None:
            return found
    raise NotTraceable(f"{name} has no form that leaves its input alone")


def _generalised(one: Step, other: Step) -> Step:
    """The step for any number of pictures, from those for two and for three."""
    (leaves, shape), (others, other_shape) = (tree_flatten((step.args, step.kwargs)) for step in (one, other))
    if one.name != other.name or shape != other_shape or one.outs != other.outs:
        raise NotTraceable("its course depends on the number of pictures")
    args, kwargs = shape.unflatten([_either(a, b, one.name) for a, b in zip(leaves, others, strict=True)])
    return Step(one.function, one.name, args, kwargs, one.outs)


def _either(a: Any, b: Any, name: str) -> Any:
    if isinstance(a, torch.Tensor):
        if a is not b:
            raise NotTraceable(f"{name} uses another tensor each time")
        return a
    if isinstance(a, int) and isinstance(b, int) and a != b:
        if a % 2 or 3 * (a // 2) != b:
            raise NotTraceable(f"{name} is given {a} for two pictures and {b} for three")
        return Count(a // 2)
    if a != b:
        raise NotTraceable(f"{name} is given {a!r} for two pictures and {b!r} for three")
    return a
