"""The steps of a study on Ray's workers: each has the network once, and takes steps as it becomes free.

The values are those of the engine in this process. This project and the pictures must lie at the same paths
on every machine."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import ray

from ..evaluation.ray_engine import cluster, workers_of
from ..network.batches import keep_freed_memory
from ..types import Cancelled, InputError
from ._recipe import Bench, Step, Task, Values
from .runner import Computed, Engine


def _step(task: Task, bench: Bench, step: Step) -> Values | str:
    """What a worker does: the values, or the sentence that says why there are none."""
    keep_freed_memory()
    try:
        return task.compute(bench, step)
    except InputError as error:
        return str(error)


def over_ray(workers: int | None = None) -> Engine:
    """The engine with that many steps at a time: None is one for each GPU, or 2 where there is none."""
    if workers is not None and workers < 1:
        raise InputError(f"workers is {workers}; a whole number of at least 1 is accepted.")

    def engine(task: Task, bench: Bench, steps: Sequence[Step]) -> Computed:
        if steps:
            with cluster(workers) as started_here:
                yield from _measured(task, bench, steps, workers, started_here)

    return engine


def _measured(
    task: Task, bench: Bench, steps: Sequence[Step], workers: int | None, started_here: bool
) -> Computed:
    count, options = workers_of(workers, len(steps), started_here)
    work = ray.remote(_step).options(**options)
    shared = ray.put(dataclasses.replace(bench, cancelled=None, loaded={}))
    told = ray.put(task)
    left = list(steps)
    busy: dict[ray.ObjectRef, Step] = {}
    try:
        while left or busy:
            if bench.cancelled is not None and bench.cancelled():
                raise Cancelled("The study was cancelled; what is done is kept.")
            while left and len(busy) < count:
                step = left.pop(0)
                busy[work.remote(told, shared, step)] = step
            done, _ = ray.wait(list(busy), timeout=1.0)
            for one in done:
                yield busy.pop(one), ray.get(one)
    finally:
        for one in busy:
            ray.cancel(one)
