"""Records what a network computes, as a list of operations, while the network runs once.

`torch.fx` replaces the network's methods while it traces, which other threads would see. This recording
changes nothing, and it accepts every network whose operations do not depend on the values it computes. The
network is run on two pictures and on three. A number that differs between the two runs is a multiple of the
number of pictures, and is stored as such, so that the operations can be repeated for any number of pictures.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_flatten, tree_map

from .steps import Count, Ref, Size, Step

# Calls that turn a computed tensor into a Python value, on which the network could then branch.
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
# Calls that change a tensor and return nothing.
WRITES = ("__setitem__",)


class NotTraceable(Exception):
    """The network cannot be recorded; the message says why."""


@dataclass(frozen=True, eq=False)
class Trace:
    """A recorded network: its steps in order, the number of its result, and the size of each result for one
    picture."""

    steps: list[Step]
    end: int
    sizes: dict[int, Size]


def record_trace(net: nn.Module, x: torch.Tensor) -> Trace:
    """The trace of `net` for inputs like `x` (N, 3, H, W). Runs the network twice. Raises NotTraceable."""
    runs = []
    for count in (2, 3):
        batch = x[:1].expand(count, *x.shape[1:]).contiguous(memory_format=torch.channels_last)
        recorder = _Recorder(net, batch)
        with torch.no_grad(), recorder:
            out = net(batch)
        if not isinstance(out, torch.Tensor):
            raise NotTraceable(f"it returns a {type(out).__name__}")
        runs.append((recorder, recorder.number(out)))
    (one, end), (other, other_end) = runs
    if len(one.steps) != len(other.steps) or end != other_end:
        raise NotTraceable("its operations depend on the number of pictures")
    steps = [_generalised(a, b) for a, b in zip(one.steps, other.steps, strict=True)]
    sizes = {number: _for_one(size, other.sizes[number]) for number, size in one.sizes.items()}
    return Trace(steps, end, sizes)


@dataclass
class _Recorder(TorchFunctionMode):
    """Records every torch function that is called while it is active in this thread."""

    net: nn.Module
    x: torch.Tensor
    steps: list[Step] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self._numbers = {id(self.x): 0}
        self._alive: list[Any] = [self.x]  # keeps every result, so that no id is used twice
        self._own = {id(t) for t in (*self.net.parameters(), *self.net.buffers())}
        self._next = 1
        self.sizes = {0: tuple(self.x.shape)}

    def __torch_function__(
        self, func: Callable, types: Any, args: tuple = (), kwargs: dict | None = None
    ) -> Any:
        kwargs = kwargs or {}
        out = func(*args, **kwargs)
        leaves = tree_flatten(out)[0]
        name = getattr(func, "__name__", "")
        if not any(isinstance(leaf, torch.Tensor) for leaf in leaves):
            self._refuse(name, args, kwargs)
            return out
        if name == "__get__" and len(leaves) == 1 and id(leaves[0]) in self._own:
            return out
        given_args, given_kwargs = tree_map(self._as_ref, (tuple(args), kwargs))
        if name.endswith("_") and not name.endswith("__"):  # in place: earlier results must keep their values
            func, name = _out_of_place(name.rstrip("_")), name.rstrip("_")
        elif name.startswith("__i") and name.endswith("__"):
            name = f"__{name[3:]}"
            func = _out_of_place(name)
        if given_kwargs.get("inplace"):
            given_kwargs["inplace"] = False
        outs = tuple(self._numbered(leaf) for leaf in leaves)
        self.steps.append(Step(func, name.strip("_"), given_args, given_kwargs, outs))
        return out

    def _refuse(self, name: str, args: tuple, kwargs: dict) -> None:
        """Raise NotTraceable for a call that reads a computed value, or writes into one."""
        if any(id(leaf) in self._numbers for leaf in tree_flatten((args, kwargs))[0]):
            if name in READS:
                raise NotTraceable("its operations depend on the values that it computes")
            if name in WRITES:
                raise NotTraceable("it writes into a part of a computed tensor")

    def _numbered(self, leaf: Any) -> int:
        number = self._next
        self._next += 1
        self._alive.append(leaf)
        self._numbers[id(leaf)] = number
        if isinstance(leaf, torch.Tensor):
            self.sizes[number] = tuple(leaf.shape)
        return number

    def number(self, tensor: torch.Tensor) -> int:
        """The number of a result; raises NotTraceable for a tensor that no recorded step returned."""
        if id(tensor) not in self._numbers:
            raise NotTraceable("it uses a tensor that no recorded operation returned")
        return self._numbers[id(tensor)]

    def _as_ref(self, value: Any) -> Any:
        if not isinstance(value, torch.Tensor) or id(value) in self._own:
            return value
        return Ref(self.number(value))


def _out_of_place(name: str) -> Callable:
    """The operation of that name that returns its result and leaves its input alone."""
    for home in (torch.Tensor, torch, nn.functional):
        found = getattr(home, name, None)
        if found is not None:
            return found
    raise NotTraceable(f"{name} exists only as an operation in place")


def _generalised(one: Step, other: Step) -> Step:
    """The step for any number of pictures, from the same step for two pictures and for three."""
    (leaves, shape), (others, other_shape) = (tree_flatten((step.args, step.kwargs)) for step in (one, other))
    if one.name != other.name or shape != other_shape or one.outs != other.outs:
        raise NotTraceable("its operations depend on the number of pictures")
    args, kwargs = shape.unflatten([_either(a, b, one.name) for a, b in zip(leaves, others, strict=True)])
    return Step(one.function, one.name, args, kwargs, one.outs)


def _either(a: Any, b: Any, name: str) -> Any:
    """One argument for any number of pictures, from its values for two pictures and for three."""
    if isinstance(a, torch.Tensor):
        if a is not b:
            raise NotTraceable(f"{name} is given a different tensor at each run")
        return a
    if isinstance(a, int) and isinstance(b, int) and a != b:
        if a % 2 or 3 * (a // 2) != b:
            raise NotTraceable(f"{name} is given {a} for two pictures and {b} for three")
        return Count(a // 2)
    if a != b:
        raise NotTraceable(f"{name} is given {a!r} for two pictures and {b!r} for three")
    return a


def _for_one(two: Size, three: Size) -> Size:
    """The size of a result for one picture, from its sizes for two pictures and for three."""
    return tuple(a if a == b else a // 2 for a, b in zip(two, three, strict=True))
