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
from typing import Any

import torch

from ..attacks import Goal, find_attack
from ..network.batches import Progress
from ..network.handle import ModelHandle
from ..parameters import complete
from ..scoring.metering import MeteredProgress
from ..types import Cancelled, ImageInput, Request
from .explain import plan_of
from .run import Plan, Run

BATCHES = 3  # batches that are timed, after a first one that warms up
TRIAL = 1.5  # seconds after the first batch from which on no further batch is started


def estimate(handle: ModelHandle, image: ImageInput, requests: Sequence[Request]) -> float:
    """Seconds that the requests will take on this machine. The first batches of each long method are run and
    timed.

    The measured seconds a pass are kept with the handle, so asking again runs nothing. A long run that ends
    replaces them by what it took. Short methods count as one pass together."""
    seconds = handle.seconds_per_pass
    for request in requests:
        with handle.session() as net:
            plan = plan_of(handle, net, request)
        if not plan.method.long:
            continue
        if plan.rate not in handle.rates:
            handle.rates[plan.rate] = _rate(handle, image, plan)
        seconds += handle.rates[plan.rate] * plan.passes()
    return seconds


def _rate(handle: ModelHandle, image: ImageInput, plan: Plan) -> float:
    """Seconds a pass of a long method, from its first batches."""

    def work(progress: Progress) -> None:
        with handle.session() as net:
            Run(handle, net, image, progress, None).all([plan])

    return seconds_a_pass(work)


@dataclass
class _Trial:
    """Marks the time, the passes and the counted work before each batch, and says when to stop."""

    progress: MeteredProgress = field(default_factory=MeteredProgress)
    marks: list[tuple[float, int, float]] = field(default_factory=list)

    def enough(self) -> bool:
        """Asked before each batch."""
        self.mark()
        steps = self.steps()
        return len(steps) > BATCHES or (len(steps) > 1 and sum(step[0] for step in steps[1:]) > TRIAL)

    def mark(self) -> None:
        """Add a mark."""
        self.marks.append((time.perf_counter(), self.progress.done, self.progress.meter.done))

    def steps(self) -> list[tuple[float, float]]:
        """(seconds, counted work) from one mark to the next, where something was done. The unit is a pass if
        the meter counted nothing."""
        unit = 2 if self.progress.meter.planned > 0 else 1
        found = [(after[0] - before[0], after[unit] - before[unit]) for before, after in pairwise(self.marks)]
        return [step for step in found if step[1] > 0]

    def rate(self) -> float:
        """Seconds a pass. The first step warms up and is left out if there are others."""
        steps, meter = self.steps(), self.progress.meter
        rate = statistics.median(seconds / work for seconds, work in steps[1:] or steps)
        return rate * meter.planned / meter.rows if meter.planned > 0 else rate


def seconds_a_pass(work: Callable[[Progress], object]) -> float:
    """Seconds a pass of long work, from its first batches. `work` is called with the progress that it has to
    report to, which stops it after a few batches."""
    trial = _Trial()
    trial.progress.cancelled = trial.enough
    try:
        work(trial.progress)
    except Cancelled:
        return trial.rate()
    trial.mark()
    return (trial.marks[-1][0] - trial.marks[0][0]) / max(trial.progress.done, 1)


def estimate_attack(handle: ModelHandle, method: str, params: Mapping[str, Any]) -> float:
    """Seconds that an attack takes on this machine at most: its passes times the measured seconds of a pass,
    forward and backward if it uses gradients."""
    spec = find_attack(method)
    passes = spec.passes(complete(spec.params, params, method))
    if not spec.gradient:
        return handle.seconds_per_pass * passes
    key = ("attack", None)
    if key not in handle.rates:
        with handle.session():
            goal = Goal(handle.scorer, handle.grid, 0, False, Progress(), handle.activation)
            pixels = torch.full_like(handle.blank(), 127.0)
            goal.gradient(pixels)
            start = time.perf_counter()
            float(goal.gradient(pixels).sum())
            handle.rates[key] = time.perf_counter() - start
    return handle.rates[key] * passes
