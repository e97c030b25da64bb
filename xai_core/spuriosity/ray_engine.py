"""The search over Ray: one network for each actor, pieces handed out as actors become free.

Pieces, retries and errors are those of `evaluation.ray_engine`; the tables are the same as of the engine in
this process. The driver alone writes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ray
import torch

from ..evaluation.groups import Group
from ..evaluation.ray_engine import RETRIES, cluster, handed_out, workers_of
from ..network.batches import keep_freed_memory
from ..network.handle import ModelHandle
from ..types import Cancelled, InputError, IsCancelled
from .find import Engine, Stage
from .maps import Outcome, Outcomes


class Worker:
    """An actor with a network of its own."""

    def __init__(self, stage: Stage, device: str, threads: int):
        torch.set_num_threads(threads)
        keep_freed_memory()
        self.stage, self.device = stage, torch.device(device)
        self.handle: ModelHandle | None = None

    def measure(self, shared: list[ray.ObjectRef], group: Group) -> list[tuple[int, Outcome]]:
        """What the stage gives for one group; `shared` holds the network, which is read once."""
        if self.handle is None:
            sent = ray.get(shared[0])
            with sent.session() as net:
                self.handle = sent.like(net, self.device)
        return list(self.stage(self.handle, [group]))


def over_ray(workers: int | None = None) -> Engine:
    """The engine with that many actors: None is one for each GPU, or 2 where there is none."""
    if workers is not None and workers < 1:
        raise InputError(f"workers is {workers}; a whole number of at least 1 is accepted.")

    def engine(
        handle: ModelHandle, stage: Stage, groups: Sequence[Group], cancelled: IsCancelled | None
    ) -> Outcomes:
        if groups:
            with cluster(workers) as started_here:
                yield from _done(handle, stage, groups, workers, started_here, cancelled)

    return engine


def _done(
    handle: ModelHandle,
    stage: Stage,
    groups: Sequence[Group],
    workers: int | None,
    started_here: bool,
    cancelled: IsCancelled | None,
) -> Outcomes:
    count, options = workers_of(workers, len(groups), started_here)
    gpu, cores = bool(options["num_gpus"]), int(ray.cluster_resources().get("CPU", 1))
    device, threads = ("cuda", 1) if gpu else ("cpu", max(1, cores // count))
    kind = ray.remote(Worker).options(**options, max_restarts=-1, max_task_retries=RETRIES)
    shared = [ray.put(handle)]  # in a list it travels as a reference
    actors: list[Any] = [kind.remote(stage, device, threads) for _ in range(count)]
    try:
        for outcome in handed_out(actors, shared, groups):
            if cancelled is not None and cancelled():
                raise Cancelled("The search was cancelled; what is done is kept.")
            yield outcome
    finally:
        for actor in actors:
            ray.kill(actor)
