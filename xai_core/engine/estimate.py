"""How long a request will take here, measured rather than guessed."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import torch

from ..attacks import find_attack
from ..attacks._spec import Goal
from ..network.batches import Progress
from ..network.handle import ModelHandle
from ..parameters import complete
from ..types import Cancelled, ImageInput, Request
from .explain import explain_many, plan_of

BATCHES, TRIAL = 3, 1.5  # at most so many batches are tried, and no more so many seconds after the first


def estimate(handle: ModelHandle, image: ImageInput, requests: Sequence[Request]) -> float:
    """Seconds that the requests will take here, measured: the first batches of each long method are run and
    timed.

    The measured rate is kept with the handle, so asking again costs nothing; what a long run truly took takes
    its place. Short methods count one pass in all."""
    seconds = handle.seconds_per_pass
    for request in requests:
        with handle.session() as net:
            plan = plan_of(handle, net, request)
        if not plan.method.long:
            continue
        if plan.rate not in handle.ledger.rates:
            handle.ledger.rates[plan.rate] = _first_rate(handle, image, request, plan.passes())
        seconds += handle.ledger.rates[plan.rate] * plan.passes()
    return seconds


def _first_rate(handle: ModelHandle, image: ImageInput, request: Request, passes: int) -> float:
    """Seconds a pass in the first batches of a long method, which is then cancelled. The first one warms up;
    of the next two the faster counts, since where there are two ways to go on, the faster one is taken."""
    marks: list[tuple[int, float]] = []  # inputs done, and when; the first is the one whole picture

    def cancelled() -> bool:
        late = len(marks) > 2 and time.perf_counter() - marks[1][1] > TRIAL
        return len(marks) > BATCHES or late

    def progress(count: int, _total: int) -> None:
        marks.append((count, time.perf_counter()))

    try:
        explain_many(handle, image, [request], progress, cancelled)
    except Cancelled:
        rates = [
            (after[1] - before[1]) / (after[0] - before[0])
            for before, after in pairwise(marks)
            if after[0] > before[0]
        ]
        return min(rates[1:] or rates)
    return (marks[-1][1] - marks[0][1]) / max(passes, 1)


def estimate_attack(handle: ModelHandle, method: str, params: Mapping[str, Any]) -> float:
    """Seconds that an attack takes here at most: its passes times a measured pass, forward and backward where
    it goes along gradients."""
    spec = find_attack(method)
    passes = spec.passes(complete(spec.params, params, method))
    if not spec.gradient:
        return handle.seconds_per_pass * passes
    key = ("attack", None)
    if key not in handle.ledger.rates:
        with handle.session():
            goal = Goal(handle.scorer, handle.grid, 0, False, Progress(), handle.activation)
            pixels = torch.full_like(handle.blank(), 127.0)
            goal.gradient(pixels)
            start = time.perf_counter()
            float(goal.gradient(pixels).sum())
            handle.ledger.rates[key] = time.perf_counter() - start
    return handle.ledger.rates[key] * passes
