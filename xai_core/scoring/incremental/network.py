"""Runs a network on the changed windows of a picture instead of on whole pictures.

    logits(x with window i replaced), i = 0..N-1, from the intermediate results of x and the N windows

Local operations (convolution, pooling, pointwise operations, sums, concatenations) are run on windows. A
window grows at each layer by what a convolution sees around it. Once it covers most of the map, or if an
operation is not local, the whole map is put together and the rest of the network runs as usual. The logits
are the network's own, up to the order in which float sums are added.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from .fused import fused
from .local import Local
from .rules import local_of
from .trace import record_trace
from .windows import Places, Windows, gather, whole

DENSE_SHARE = 0.8  # windows that cover more of a map than this are no cheaper than the whole map

if TYPE_CHECKING:
    from .compiled import Programs

Values = dict[int, Any]


@dataclass(frozen=True, eq=False)
class Changed:
    """N maps that equal `known` (1, C, H, W) except for their `cells` (N, C, h, w) in `windows`."""

    known: torch.Tensor
    cells: torch.Tensor
    windows: Windows

    @cached_property
    def dense(self) -> torch.Tensor:
        """The N maps in full: (N, C, H, W). Kept, since several steps may need them."""
        return whole(self.known, self.cells, self.windows)

    def within(self, windows: Windows) -> torch.Tensor:
        """The maps' cells in other windows."""
        if windows.equals(self.windows):
            return self.cells
        places = Places(windows.top, windows.height, windows.left, windows.width)
        return gather(self.known, self.cells, self.windows, places)


class Incremental:
    """`net`, run on windows of inputs like `x` (N, 3, H, W).

    Shares the network's weights; the network must stay in eval mode. `steps` are its operations in order,
    `programs` are the compiled ones, if there are any. Windows are not run by them: behind the last window
    the maps are so small that a program is no faster.
    `executed` the same with less memory written (`fused`), `sizes` the size of each result for one picture,
    `locals` how each step is run on windows (None where it is not local), `live[i]` the numbers of the
    results that are used after step i, `readable` those of which a step may see more than a window, and `end`
    the number of the logits. Raises NotTraceable if the network cannot be recorded."""

    def __init__(self, net: nn.Module, x: torch.Tensor):
        trace = record_trace(net, x)
        self.steps, self.end, self.sizes = trace.steps, trace.end, trace.sizes
        last = {number: place for place, step in enumerate(self.steps) for number in step.refs()}
        self._spent: dict[int, list[int]] = {}  # step -> results that no later step uses
        for number, place in last.items():
            self._spent.setdefault(place, []).append(number)
        self.live = self._live(last | {self.end: len(self.steps)})
        self.executed = fused(self.steps, self.sizes, self.end)
        self.locals: list[Local | None] = [local_of(step, self.sizes) for step in self.executed]
        seen = [r.inputs for r in self.locals if r is not None and (r.reach is not None or len(r.inputs) > 1)]
        self.readable = {number for inputs in seen for number in inputs}
        self.programs: Programs | None = None

    def _live(self, last: Mapping[int, int]) -> list[set[int]]:
        known, lives = {0}, []
        for place, step in enumerate(self.steps):
            known = {number for number in known | set(step.outs) if last.get(number, -1) > place}
            lives.append(known)
        return lives

    def windows(self, changed: Windows) -> dict[int, Windows]:
        """The windows in which each result differs if the input differs in `changed`: number -> windows.
        Results that are not in it are computed as whole maps. Depends on positions alone, so it costs no
        pass of the network."""
        found = {0: changed}
        for place in self.locals:
            if place is None or any(number not in found for number in place.inputs):
                continue
            size = self.sizes[place.out]
            windows = place.windows([found[number] for number in place.inputs], (size[2], size[3]))
            if windows.share < DENSE_SHARE:
                found[place.out] = windows
        return found

    def activations(self, x: torch.Tensor) -> Values:
        """Every intermediate result of one picture (1, 3, H, W), by number."""
        known: Values = {0: x}
        for step in self.steps:
            known |= step.run(known, 1)
        return known

    def read(self, planned: Mapping[int, Windows]) -> set[int]:
        """The results whose known map is read when the windows are those `planned` by `windows`: what a step
        sees outside a window, and what is put together to a whole map."""
        found: set[int] = set()
        for step, rule in zip(self.executed, self.locals, strict=True):
            if rule is None or rule.out not in planned:
                found |= step.refs() & planned.keys()
            elif rule.reach is not None:
                found |= set(rule.inputs)
            else:
                own = planned[rule.out]
                found |= {number for number in rule.inputs if not own.equals(planned[number])}
        return found

    def logits(
        self,
        known: Values,
        cells: torch.Tensor,
        windows: Windows,
        planned: Mapping[int, Windows] | None = None,
        note: Callable[[int, Changed], None] | None = None,
    ) -> torch.Tensor:
        """(N, K) logits of N pictures that equal the picture of `known` (its `activations`) except for their
        `cells` (N, 3, h, w) in `windows`. `planned` is what the method `windows` returns for these, if that
        is known already. `note` is told each changed result as soon as it is there; its cells may be
        overwritten afterwards."""
        planned = self.windows(windows) if planned is None else planned
        values: Values = {0: Changed(known[0], cells, windows)}
        if note is not None:
            note(0, values[0])
        for place, step in enumerate(self.steps):
            self.step_on_windows(place, values, known, planned, len(windows))
            if note is not None and isinstance(made := values.get(step.outs[0]), Changed):
                note(step.outs[0], made)
        out = values[self.end]
        return out.dense if isinstance(out, Changed) else out

    def step_on_windows(
        self, place: int, values: Values, known: Values, planned: Mapping[int, Windows], count: int
    ) -> None:
        """Run one step of `logits` for `count` pictures: on windows if its result is among those `planned` by
        `windows`, else on whole maps. Adds its results to `values` and removes what no later step uses."""
        step, rule = self.executed[place], self.locals[place]
        if rule is not None and rule.out in planned:
            found = _on_windows(rule, values, planned[rule.out], count)
            values[rule.out] = Changed(known[rule.out], found, planned[rule.out])
        else:
            given = {number: values[number] for number in step.refs()}
            in_full = {n: one.dense if isinstance(one, Changed) else one for n, one in given.items()}
            values |= step.run(in_full, count)
        self._drop(values, place)

    def between(self, values: Values, start: int, stop: int | None, count: int) -> Values:
        """Run the steps start .. stop - 1 on `values`, results for `count` pictures by number. Returns the
        results that later steps use. The given tensors may be overwritten."""
        values = dict(values)
        for place, step in list(enumerate(self.executed))[start:stop]:
            values |= step.run(values, count)
            self._drop(values, place)
        return values

    def _drop(self, values: Values, place: int) -> None:
        """Forget what no step after this one uses, to free its memory."""
        for number in self._spent.get(place, ()):
            if number != self.end:
                values.pop(number, None)


def _on_windows(rule: Local, values: Values, windows: Windows, count: int) -> torch.Tensor:
    """The cells (N, C, h, w) of a local operation's output in its `windows`."""
    cells = {number: _seen(values[number], rule, windows) for number in rule.inputs}
    return rule.step.run(cells, count)[rule.out]


def _seen(x: Changed, rule: Local, windows: Windows) -> torch.Tensor:
    """What the output `windows` see of an input, padding included."""
    if rule.reach is None:
        return x.within(windows)
    down, across = rule.reach
    places = Places(*down.inputs(windows.top, windows.height), *across.inputs(windows.left, windows.width))
    padding = (down.padding, down.padding, across.padding, across.padding)
    return gather(x.known, x.cells, x.windows, places, padding, rule.fill)
