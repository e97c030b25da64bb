"""The evaluation's engine over Ray: one network for each actor, groups handed out as actors become free.

An actor that dies is started again by Ray and its group measured again; a picture on which it dies RETRIES
times more, also alone, is an error of that picture. The address is RAY_ADDRESS, else a Ray of this machine,
which ends with the run. The network travels to the actors, so they need no file of weights; this project and
the pictures must lie at the same paths on every machine. The driver alone writes the table.

Moritz et al., Ray: A Distributed Framework for Emerging AI Applications, OSDI 2018."""

from __future__ import annotations

import logging
import os
import tempfile
from collections import deque
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import ray
import torch
from ray.exceptions import RayActorError

from ..network.batches import keep_freed_memory
from ..network.handle import ModelHandle
from ..types import InputError
from .groups import Group
from .measuring import Engine, Outcomes, Waiting, measured
from .plan import COLUMNS, Plan
from .resumable_table import encoded

RETRIES = 3
ROOT = Path(__file__).resolve().parents[2]  # the folder that holds the package
OUR_RAY: dict[str, Any] = {
    "include_dashboard": False,
    # Ray starts its workers at niceness 15: beside other work they get almost nothing, and the run waits
    "_system_config": {"worker_niceness": 0},
}


class Measurer:
    """An actor with a network of its own."""

    def __init__(self, plan: Plan, device: str, threads: int):
        torch.set_num_threads(threads)
        keep_freed_memory()
        self.plan, self.device = plan, torch.device(device)
        self.handle: ModelHandle | None = None

    def measure(self, shared: list[ray.ObjectRef], group: Group) -> list[tuple[int, str | bytes]]:
        """What `measured` gives for one group, the rows as they lie in the table, so that the driver, which
        shares its cores with the workers, only writes them. `shared` holds the network, which is read once;
        it comes with every group because Ray may have started this actor anew."""
        if self.handle is None:
            sent = ray.get(shared[0])
            with sent.session() as net:
                self.handle = sent.like(net, self.device)
        return [
            (number, found if isinstance(found, str) else encoded(found, COLUMNS))
            for number, found in measured(self.handle, self.plan, [group])
        ]


def over_ray(workers: int | None = None) -> Engine:
    """The engine with that many actors: None is one for each GPU, or 2 where there is none."""
    if workers is not None and workers < 1:
        raise InputError(f"workers is {workers}; a whole number of at least 1 is accepted.")

    def engine(handle: ModelHandle, plan: Plan, waiting: Waiting) -> Outcomes:
        if waiting:
            with cluster(workers) as started_here:
                yield from _measured(handle, plan, waiting, workers, started_here)

    return engine


def _measured(
    handle: ModelHandle, plan: Plan, waiting: Waiting, workers: int | None, started_here: bool
) -> Outcomes:
    count, options = workers_of(workers, len(waiting), started_here)
    gpu = bool(options["num_gpus"])
    cores = int(ray.cluster_resources().get("CPU", 1))
    device, threads = ("cuda", 1) if gpu else ("cpu", max(1, cores // count))
    kind = ray.remote(Measurer).options(**options, max_restarts=-1, max_task_retries=RETRIES)
    shared = [ray.put(handle)]  # in a list it travels as a reference
    actors: list[Any] = [kind.remote(plan, device, threads) for _ in range(count)]
    try:
        yield from handed_out(actors, shared, waiting)
    finally:
        for actor in actors:
            ray.kill(actor)


def handed_out(
    actors: list[Any], shared: list[ray.ObjectRef], waiting: Waiting
) -> Generator[tuple[int, Any], None, None]:
    """What the actors give: one group for each actor at a time. The pictures of a group on which actors die
    are handed out again one by one, each in its place of the group, so that only the picture that is to blame
    becomes an error."""
    left, free = deque(waiting), list(actors)
    busy: dict[ray.ObjectRef, tuple[Any, Group]] = {}
    while left or busy:
        while left and free:
            actor, group = free.pop(), left.popleft()
            busy[actor.measure.remote(shared, group)] = actor, group
        (done,), _ = ray.wait(list(busy))
        actor, group = busy.pop(done)
        free.append(actor)
        try:
            found = ray.get(done)
        except RayActorError:
            if len(group.waiting) > 1:
                left.extend(replace(group, waiting=(one,)) for one in group.waiting)
                continue
            ((number, example),) = group.waiting
            text = f"{example.name} ended its worker {1 + RETRIES} times, perhaps for want of memory."
            found = [(number, text)]
        yield from found


def workers_of(wanted: int | None, pieces: int, started_here: bool) -> tuple[int, dict[str, Any]]:
    """How many workers there will be for so many pieces of work, and Ray's options for each. A Ray that was
    started here has the path to this project already, and workers waiting that have it too."""
    resources = ray.cluster_resources()
    gpus, cores = int(resources.get("GPU", 0)), int(resources.get("CPU", 1))
    options: dict[str, Any] = {"num_cpus": 1, "num_gpus": int(gpus > 0), "scheduling_strategy": "SPREAD"}
    if not started_here:
        options["runtime_env"] = {"env_vars": {"PYTHONPATH": _python_path()}}
    return min(wanted or gpus or 2, gpus or cores, pieces), options


@contextmanager
def cluster(workers: int | None) -> Iterator[bool]:
    """Ray; whether it was started here, and so is ended at the end of the block."""
    if ray.is_initialized():
        yield False
        return
    quiet: dict[str, Any] = {"logging_level": logging.ERROR, "log_to_driver": False}
    short = "/tmp" if Path("/tmp").is_dir() else None  # a socket's path may have 107 characters
    with tempfile.TemporaryDirectory(prefix="ray-", dir=short, ignore_cleanup_errors=True) as folder:
        address = os.environ.get("RAY_ADDRESS")
        if address:
            try:
                ray.init(address, **quiet)
            except ConnectionError as error:
                raise InputError(f"RAY_ADDRESS is {address!r}, where no Ray answers.") from error
        else:
            os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
            cores = max(workers or 2, os.cpu_count() or 1)
            with _environment("PYTHONPATH", _python_path()):  # Ray's workers have that of its start
                ray.init("local", num_cpus=cores, _temp_dir=folder, **OUR_RAY, **quiet)
        try:
            yield not address
        finally:
            ray.shutdown()


def _python_path() -> str:
    """Where Python looks for modules first: in this project, then where it is told to."""
    return os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])


@contextmanager
def _environment(name: str, value: str) -> Iterator[None]:
    """The block with an environment variable set."""
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before
