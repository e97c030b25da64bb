"""Local operations: those of which each output cell depends on nearby cells of the inputs only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .steps import Ref, Size, Step
from .windows import Reach, Windows, through, union


@dataclass(frozen=True, eq=False)
class Local:
    """How a local operation is run on windows.

    `reach` (down, across) says which input cells an output cell sees; None means that it sees the cell at its
    own place in each input. `step` is the operation as it is run on gathered cells, without its padding,
    since the gathered cells contain the padding already, with the value `fill`. If `step` is None the
    operation returns its input."""

    inputs: tuple[int, ...]
    out: int
    step: Step
    reach: tuple[Reach, Reach] | None = None
    fill: float = 0.0

    def windows(self, changed: Sequence[Windows], size: tuple[int, int]) -> Windows:
        """The windows in which the output, a map of `size`, differs, for inputs that differ in `changed`."""
        around = changed[0]
        for other in changed[1:]:
            around = around if around.equals(other) else union(around, other)
        return around if self.reach is None else through(around, *self.reach, size)


@dataclass(frozen=True)
class Call:
    """A recorded step and the sizes of all results for one picture."""

    step: Step
    sizes: Mapping[int, Size]

    def size(self, value: Any) -> Size | None:
        """The size (1, C, H, W) of an argument that is a map; None for any other argument."""
        size = self.sizes.get(value.number) if isinstance(value, Ref) else None
        return size if size is not None and len(size) == 4 and size[0] == 1 else None

    @property
    def out(self) -> Size | None:
        """The size of the result, if that is a map."""
        return self.size(Ref(self.step.outs[0]))

    def pointwise(self, *inputs: Ref) -> Local:
        """The step itself, which treats every cell alike."""
        return Local(tuple(one.number for one in inputs), self.step.outs[0], self.step)

    def neighbourhood(
        self, x: Ref, args: tuple, kernel: Any, stride: Any, padding: Any, dilation: Any, fill: float
    ) -> Local | None:
        """A step whose output cell sees `kernel` cells around its place. `args` are its arguments without
        padding. None if `ceil_mode` cuts off the last neighbourhood."""
        down, across = (Reach(*axis) for axis in zip(kernel, stride, padding, dilation, strict=True))
        sizes = zip(self.sizes[x.number][2:], self.sizes[self.step.outs[0]][2:], strict=True)
        for axis, (before, after) in zip((down, across), sizes, strict=True):
            if (before + 2 * axis.padding - axis.extent) // axis.stride + 1 != after:
                return None
        step = replace(self.step, args=args, kwargs={})
        return Local((x.number,), self.step.outs[0], step, (down, across), fill)
