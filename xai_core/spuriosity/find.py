"""The whole search, stage after stage: FILE.parquet holds the maps, FILE.trials.parquet what was tried on
the clusters, FILE.affected.parquet the region taken out of every picture that a shortcut may affect.

Each is a table of `evaluation.resumable_table`: a run that was interrupted, by whatever, goes on behind what
it had done, and a finished run is read. What memory holds of a picture is one row of the first table, with
its small grid."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pandas as pd

from ..datasets import Dataset
from ..evaluation.engines import named
from ..evaluation.groups import Group, group_size, grouped
from ..evaluation.resumable_table import ResumableTable, errors_of
from ..network.handle import ModelHandle
from ..types import Cancelled, InputError, IsCancelled
from . import maps as mapping
from . import trials as trying
from .findings import Findings, affected_of
from .planning import classes_of, clusters_of, like_it, out_trial, trials_of
from .search import Search
from .verdicts import results_of

__all__ = ["Engine", "Findings", "Step", "engine_named", "find", "local", "trials_file"]

STAGES = ("maps", "trials", "affected")


class Piece(Protocol):
    """What a stage is done with: an example, or a trial."""

    @property
    def name(self) -> str: ...


class Stage(Protocol):
    """What is done with groups of a stage's pieces, wherever it is done."""

    def __call__(
        self, handle: ModelHandle, groups: Sequence[Group], cancelled: IsCancelled | None = None
    ) -> mapping.Outcomes: ...


Engine = Callable[[ModelHandle, Stage, Sequence[Group], IsCancelled | None], mapping.Outcomes]


@dataclass(frozen=True)
class Step:
    """Where a search stands: its stage, `done` of the stage's `total` pieces, `failed` of them, and seconds
    that are left of the stage."""

    stage: str
    done: int
    total: int
    failed: int
    left: float


def local(
    handle: ModelHandle, stage: Stage, groups: Sequence[Group], cancelled: IsCancelled | None
) -> mapping.Outcomes:
    """The engine in this process."""
    return stage(handle, groups, cancelled)


def engine_named(name: str, workers: int | None = None) -> Engine:
    """ "local", or "ray" with that many workers. Raises InputError for another, or where Ray is missing."""
    here: Engine = local
    return named(name, workers, here, _over_ray)


def _over_ray(workers: int | None) -> Engine:
    from .ray_engine import over_ray

    return over_ray(workers)


@dataclass(frozen=True)
class _Run:
    """What every stage is given."""

    handle: ModelHandle
    engine: Engine
    progress: Callable[[Step], None] | None
    cancelled: IsCancelled | None


def find(
    handle: ModelHandle,
    dataset: Dataset,
    search: Search,
    out: str | Path,
    progress: Callable[[Step], None] | None = None,
    cancelled: IsCancelled | None = None,
    engine: Engine = local,
) -> Findings:
    """Search the data set, and keep what is done beside `out`. Raises InputError for settings that are not
    accepted, for a class that is not there or has too few pictures, and where `out` holds another run;
    Cancelled with everything done so far kept."""
    search.check(handle)
    _check_labels(dataset, search)
    run, out = _Run(handle, engine, progress, cancelled), Path(out)
    facts: dict[str, object] = {
        "model": handle.key,
        "network": handle.identity,
        "data": dataset.name,
        "examples": dataset.digest(),
        **search.map_settings(),
    }
    size = group_size(handle, [search.request(None)])
    rows = _stage(run, "maps", mapping.Maps(search), dataset.examples, size, out, mapping.COLUMNS, facts)
    classes = classes_of(rows, search)
    if not classes:
        raise InputError(
            f"No class of {dataset.name} has {search.least} pictures with a map that is not empty; give more "
            "pictures, or a smaller least."
        )
    clusters = clusters_of(classes, search)
    planned = [t for one in clusters for t in trials_of(one, classes[one.of], rows, dataset, search)]
    facts |= search.settings()
    stage = trying.Trials(search.fill)
    tried = _stage(run, "trials", stage, planned, 1, trials_file(out), trying.COLUMNS, facts)
    results = results_of(clusters, tried, dataset)
    shortcuts = [one.cluster for one in results if one.shortcut]
    planned = [
        out_trial(one, classes[one.of], int(number), dataset, search)
        for one in shortcuts
        for number in like_it(one, classes[one.of])
    ]
    facts |= {"shortcuts": [one.number for one in shortcuts]}
    looked = _stage(run, "affected", stage, planned, 1, trials_file(out, "affected"), trying.COLUMNS, facts)
    affected = [affected_of(one, classes[one.of], rows, tried, looked) for one in shortcuts]
    return Findings(search, rows, classes, results, tuple(affected), _failed(out))


def _stage(
    run: _Run,
    name: str,
    stage: Stage,
    pieces: Sequence[Piece],
    size: int,
    out: Path,
    columns: Sequence[str],
    settings: dict[str, object],
) -> pd.DataFrame:
    """Do what is not done yet of the pieces, in groups of `size`; the whole table."""
    with ResumableTable(out, columns, settings) as store:
        finished = store.finished()
        if finished is not None:
            return finished
        total = len(pieces)
        waiting = [(n, one) for n, one in enumerate(pieces) if not store.has(n)]
        groups = grouped(waiting, total, size) if waiting else []  # type: ignore[arg-type]
        done, start = total - len(waiting), time.perf_counter()
        with closing(run.engine(run.handle, stage, groups, run.cancelled)) as outcomes:
            for count in range(1, len(waiting) + 1):
                stopped = f"Cancelled in the stage {name} after {done + count - 1} of {total}."
                if run.cancelled is not None and run.cancelled():
                    raise Cancelled(stopped)
                try:
                    number, found = next(outcomes)
                except Cancelled as error:
                    raise Cancelled(stopped) from error
                if isinstance(found, str):
                    store.fail(number, pieces[number].name, found)
                else:
                    store.put(number, found)
                if run.progress is not None:
                    left = (time.perf_counter() - start) / count * (len(waiting) - count)
                    run.progress(Step(name, done + count, total, store.failures(), left))
        return store.finish(total)


def trials_file(out: Path, name: str = "trials") -> Path:
    """FILE.trials.parquet of FILE.parquet."""
    return out.with_name(f"{out.stem}.{name}.parquet")


def _failed(out: Path) -> tuple[tuple[str, str], ...]:
    """The pictures that have no map, and why."""
    file = errors_of(out)
    if not file.exists():
        return ()
    return tuple(pd.read_csv(file)[["image", "error"]].astype(str).itertuples(index=False, name=None))


def _check_labels(dataset: Dataset, search: Search) -> None:
    counts: dict[str, int] = {}
    for example in dataset.examples:
        counts[example.label] = counts.get(example.label, 0) + 1
    for label in search.labels:
        if label not in counts:
            raise InputError(f"{dataset.name} has no class {label!r}; it has {', '.join(counts)}.")
        if counts[label] < search.least:
            raise InputError(
                f"The class {label!r} has {counts[label]} pictures; a search needs {search.least} of it."
            )
    if len(counts) < 2:
        raise InputError(
            f"{dataset.name} has pictures of {', '.join(counts)} alone; pasting needs those of another class."
        )
    if max(counts.values()) < search.least:
        raise InputError(
            f"The largest class of {dataset.name} has {max(counts.values())} pictures; a search needs "
            f"{search.least} of one."
        )
