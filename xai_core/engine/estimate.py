"""How long a request will take on this machine: measured seconds for each unit of counted work.

    seconds = (measured seconds of a few batches / their counted work) * counted work of the request

Which pictures are scored how is known before the first batch, so the counted work is known as well (see
`scoring.metering`). An estimate changes no result: nothing that it measures is used to choose how pictures
are scored.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, NamedTuple

import torch

from ..attacks import find_attack
from ..attacks._spec import Goal
from ..network.batches import Progress
from ..network.handle import ModelHandle
from ..network.ledger import Ledger
from ..parameters import complete
from ..scoring.metering import MeteredProgress
from ..types import Cancelled, ImageInput, Request
from .explain import plan_of
from .run import Plan, Run

BATCHES = 3  # batches that are timed, after a first one that warms up
GRADIENTS, BACKWARD = "Input gradients", 3.0  # a backward pass takes about twice as long as a forward pass
TRIAL = 1.5  # seconds that the timed batches may take together; the one that exceeds them is the last


def estimate(
    handle: ModelHandle, image: ImageInput, requests: Sequence[Request], measured: bool = True
) -> float:
    """Seconds that the requests will take on this machine. The first batches of each long method are run and
    timed.

    The measured seconds a pass are kept with the handle, so asking again runs nothing. A long run that ends
    replaces them by what it took. Short methods count as one pass together.

    With `measured=False` nothing is run. A method that was not timed yet then counts with a pass of the whole
    network for each of its passes, three times as much where it needs gradients. This is an upper bound where
    only parts of the network are run."""
    seconds = handle.seconds_per_pass
    for request in requests:
        with handle.session() as net:
            plan = plan_of(handle, net, request)
        if not plan.method.long:
            continue
        rates = handle.ledger.rates
        if plan.rate not in rates and measured:
            rates[plan.rate] = _rate(handle, image, plan)
        pass_of_all = handle.seconds_per_pass * (BACKWARD if plan.method.family == GRADIENTS else 1.0)
        seconds += rates.get(plan.rate, pass_of_all) * plan.passes()
    return seconds


def _rate(handle: ModelHandle, image: ImageInput, plan: Plan) -> float:
    """Seconds a pass of a long method, from its first batches."""

    def work(progress: Progress) -> None:
        with handle.session() as net:
            Run(handle, net, image, progress, None).all([plan])

    return seconds_a_pass(work, handle.ledger)


class _Step(NamedTuple):
    """What happened from one look of a trial to the next: seconds, passes, and counted work."""

    seconds: float
    passes: int
    work: float


@dataclass
class _Trial:
    """The first batches of long work. `progress` reports to it and is told when to stop."""

    progress: MeteredProgress
    marks: list[_Step] = field(default_factory=list)  # the sums at each look

    def enough(self) -> bool:
        """Asked before each batch: whether enough batches are timed, or enough seconds are spent."""
        self.mark()
        timed = self.steps()[1:]
        return (
            len([step for step in timed if step.passes]) >= BATCHES or sum(s.seconds for s in timed) > TRIAL
        )

    def mark(self) -> None:
        """Note the time and what is done."""
        self.marks.append(_Step(time.perf_counter(), self.progress.done, self.progress.meter.done))

    def steps(self) -> list[_Step]:
        """The steps in which something was done."""
        found = [
            _Step(b.seconds - a.seconds, b.passes - a.passes, b.work - a.work)
            for a, b in pairwise(self.marks)
        ]
        return [step for step in found if step.passes or step.work]

    def rate(self) -> float:
        """Seconds a pass. The first step warms up, so it is left out if there are others. What is left is
        expected to take as long as the latest steps, for each unit of counted work."""
        steps, meter = self.steps(), self.progress.meter
        timed = steps[1:] or steps
        latest = ([step for step in timed if step.passes] or timed)[-BATCHES:]
        if meter.planned == 0 or not all(step.work for step in latest):
            return statistics.median(step.seconds / max(step.passes, 1) for step in latest)
        rate = statistics.median(step.seconds / step.work for step in latest)
        left = meter.planned - sum(step.work for step in timed)
        return (sum(step.seconds for step in timed) + left * rate) / meter.rows


def seconds_a_pass(work: Callable[[Progress], object], ledger: Ledger | None = None) -> float:
    """Seconds a pass of long work, from its first batches. `work` is called with the progress that it has to
    report to, which stops it after a few batches. Its inputs are counted in the `ledger`."""
    trial = _Trial(MeteredProgress(ledger=ledger))
    trial.progress.cancelled = trial.enough
    try:
        work(trial.progress)
    except Cancelled:
        return trial.rate()
    trial.mark()
    return (trial.marks[-1][0] - trial.marks[0][0]) / max(trial.progress.done, 1)


def estimate_attack(
    handle: ModelHandle, method: str, params: Mapping[str, Any], measured: bool = True
) -> float:
    """Seconds that an attack takes on this machine at most: its passes times the measured seconds of a pass,
    forward and backward if it uses gradients. With `measured=False` nothing is run for it, and a backward
    pass that was not timed counts as in `estimate`."""
    spec = find_attack(method)
    passes = spec.passes(complete(spec.params, params, method))
    if not spec.gradient:
        return handle.seconds_per_pass * passes
    key = ("attack", None)
    if not measured:
        return handle.ledger.rates.get(key, BACKWARD * handle.seconds_per_pass) * passes
    if key not in handle.ledger.rates:
        with handle.session():
            goal = Goal(handle.scorer, handle.grid, 0, False, Progress(), handle.activation)
            pixels = torch.full_like(handle.blank(), 127.0)
            goal.gradient(pixels)
            start = time.perf_counter()
            float(goal.gradient(pixels).sum())
            handle.ledger.rates[key] = time.perf_counter() - start
    return handle.ledger.rates[key] * passes
