"""Checks over Ray: one network for each actor, pictures handed out as actors become free.

The pictures are handed out in their order, and each actor has one at a time, so a verdict that
is settled early measures few in vain. An actor that dies is started again and its picture measured again; a
picture on which it dies RETRIES times more has no numbers. The rest is as in `evaluation.ray_engine`."""

from __future__ import annotations

from collections import deque
from typing import Any

import ray
import torch
from ray.exceptions import RayActorError

from ..datasets import Example
from ..evaluation.ray_engine import RETRIES, cluster, workers_of
from ..network.batches import keep_freed_memory
from ..network.handle import ModelHandle
from ..types import Cancelled, InputError, IsCancelled
from ._check import Check
from .measuring import Engine, Outcome, Outcomes, Waiting, outcome

PULSE = 0.5  # seconds between two looks at whether the run was cancelled


class Checker:
    """An actor with a network of its own."""

    def __init__(self, check: Check, device: str, threads: int):
        torch.set_num_threads(threads)
        keep_freed_memory()
        self.check, self.device = check, torch.device(device)
        self.handle: ModelHandle | None = None

    def measure(self, shared: list[ray.ObjectRef], example: Example) -> Outcome:
        """What `outcome` gives. `shared` holds the network, which is read once; it comes with every picture
        because Ray may have started this actor anew."""
        if self.handle is None:
            sent = ray.get(shared[0])
            with sent.session() as net:
                self.handle = sent.like(net, self.device)
        return outcome(self.handle, self.check, example)


def over_ray(workers: int | None = None) -> Engine:
    """The engine with that many actors: None is one for each GPU, or 2 where there is none."""
    if workers is not None and workers < 1:
        raise InputError(f"workers is {workers}; a whole number of at least 1 is accepted.")

    def engine(
        handle: ModelHandle, check: Check, waiting: Waiting, cancelled: IsCancelled | None
    ) -> Outcomes:
        if waiting:
            with cluster(workers) as started_here:
                count, options = workers_of(workers, len(waiting), started_here)
                actors = _actors(check, count, options)
                try:
                    yield from _handed_out(actors, [ray.put(handle)], waiting, cancelled)
                finally:
                    for actor in actors:
                        ray.kill(actor)

    return engine


def _actors(check: Check, count: int, options: dict[str, Any]) -> list[Any]:
    cores = int(ray.cluster_resources().get("CPU", 1))
    device, threads = ("cuda", 1) if options["num_gpus"] else ("cpu", max(1, cores // count))
    kind = ray.remote(Checker).options(**options, max_restarts=-1, max_task_retries=RETRIES)
    return [kind.remote(check, device, threads) for _ in range(count)]


def _handed_out(
    actors: list[Any], shared: list[ray.ObjectRef], waiting: Waiting, cancelled: IsCancelled | None
) -> Outcomes:
    left, free = deque(waiting), list(actors)
    busy: dict[ray.ObjectRef, tuple[Any, int, Example]] = {}
    while left or busy:
        while left and free:
            actor, (number, example) = free.pop(), left.popleft()
            busy[actor.measure.remote(shared, example)] = actor, number, example
        if cancelled is not None and cancelled():
            raise Cancelled("The check was cancelled; what is done is kept.")
        done, _ = ray.wait(list(busy), timeout=PULSE)
        for one in done:
            actor, number, example = busy.pop(one)
            free.append(actor)
            try:
                yield number, ray.get(one)
            except RayActorError:
                times = 1 + RETRIES
                yield number, f"{example.name} ended its worker {times} times, perhaps for want of memory."
