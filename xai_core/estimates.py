"""How long a request will take here, measured rather than guessed."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import torch

from .attacks import Goal, find_attack
from .batches import Watch
from .engine import explain_many, plan_of
from .parameters import complete
from .session import ModelHandle
from .types import Cancelled, ImageInput, Request


def estimate(handle: ModelHandle, image: ImageInput, requests: Sequence[Request]) -> float:
    """Seconds that the requests will take here, measured: the first batch of each long method is run and
    timed.

    The measured rate is kept with the handle, so asking again costs nothing. Short methods count one pass in
    all."""
    seconds = handle.seconds_per_pass
    for request in requests:
        with handle.session() as net:
            plan = plan_of(handle, net, request)
        if not plan.method.long:
            continue
        key = (plan.method.key, plan.layer.key if plan.layer else None)
        if key not in handle.rates:
            handle.rates[key] = _first_batch_rate(handle, image, request, plan.passes())
        seconds += handle.rates[key] * plan.passes()
    return seconds


def _first_batch_rate(handle: ModelHandle, image: ImageInput, request: Request, passes: int) -> float:
    """Seconds a pass in the first batch of a long method, which is then cancelled."""
    started = [time.perf_counter()]
    done = [0]

    def cancelled() -> bool:
        if done[0] > 1:
            return True
        started[0] = time.perf_counter()
        return False

    def progress(count: int, _total: int) -> None:
        if count > 1 and done[0] <= 1:
            started.append(time.perf_counter())
        done[0] = count

    try:
        explain_many(handle, image, [request], progress, cancelled)
    except Cancelled:
        return (started[1] - started[0]) / (done[0] - 1)
    return (started[-1] - started[0]) / max(passes, 1)


def estimate_attack(handle: ModelHandle, method: str, params: Mapping[str, Any]) -> float:
    """Seconds that an attack takes here at most: its passes times a measured pass, forward and backward where
    it goes along gradients."""
    spec = find_attack(method)
    passes = spec.passes(complete(spec.params, params, method))
    if not spec.gradient:
        return handle.seconds_per_pass * passes
    key = ("attack", None)
    if key not in handle.rates:
        with handle.session():
            goal = Goal(handle.scorer, handle.grid, 0, False, Watch(), handle.activation)
            pixels = torch.full_like(handle.blank(), 127.0)
            goal.gradient(pixels)
            start = time.perf_counter()
            float(goal.gradient(pixels).sum())
            handle.rates[key] = time.perf_counter() - start
    return handle.rates[key] * passes
