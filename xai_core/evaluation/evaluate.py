"""Methods over a dataset, measured: one tidy table, written as it goes, resumed after any interruption.

The table has one row for each picture, method and metric: image, method, metric, value, target, probability,
seconds. The class explained is the true one, or the predicted one if the plan says so. Methods are those of
the registry, those with layers also as grad_cam@layer3, and two that do not look at the picture: "centre" (a
bump in the middle) and "chance" (noise).

The rows of each picture go to a part file under FILE.parquet.parts, which is renamed into place when it is
complete; a run that finds parts goes on behind them. At the end the parts become FILE.parquet. A picture that
cannot be read or explained is a row of FILE.errors.csv. One run at a time writes a FILE. The engine "ray"
measures on Ray's actors (`ray_engine`); the table is the same. `command` is the command line of all this."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pandas as pd

from ..datasets import Dataset
from ..metrics.measures import MEASURES
from ..network.handle import ModelHandle
from ..types import Cancelled, IsCancelled
from .engines import ENGINES, named
from .groups import group_size, grouped
from .measuring import Engine, measure, measured
from .plan import CENTRE, CHANCE, COLUMNS, UNSEEING, Plan
from .resumable_table import ResumableTable

__all__ = [
    "CENTRE",
    "CHANCE",
    "COLUMNS",
    "ENGINES",
    "MEASURES",
    "UNSEEING",
    "Engine",
    "Plan",
    "RunProgress",
    "engine_named",
    "evaluate",
    "local",
    "measure",
    "summary_of",
    "table_of",
]


@dataclasses.dataclass(frozen=True)
class RunProgress:
    """Where a run stands: pictures `done` of `total`, of which `failed`, seconds a picture, seconds left."""

    done: int
    total: int
    failed: int
    rate: float
    left: float


local = measured  # the engine in this process


def engine_named(name: str, workers: int | None = None) -> Engine:
    """ "local", or "ray" with that many workers. Raises InputError for another, or where Ray is missing."""
    here: Engine = local
    return named(name, workers, here, _over_ray)


def _over_ray(workers: int | None) -> Engine:
    from .ray_engine import over_ray

    return over_ray(workers)


def evaluate(
    handle: ModelHandle,
    dataset: Dataset,
    plan: Plan,
    out: str | Path,
    progress: Callable[[RunProgress], None] | None = None,
    cancelled: IsCancelled | None = None,
    engine: Engine = local,
) -> pd.DataFrame:
    """Measure what is not measured yet, and return the whole table. Raises InputError if `out` holds another
    run or is being written by one, Cancelled with everything done so far kept."""
    plan.check()
    settings = {
        "model": handle.key,
        "network": handle.identity,
        "data": dataset.name,
        "examples": dataset.digest(),
        **plan.settings(),
    }
    with ResumableTable(Path(out), COLUMNS, settings) as store:
        finished = store.finished()
        if finished is not None:
            return finished
        total = len(dataset.examples)
        waiting = [(n, e) for n, e in enumerate(dataset.examples) if not store.has(n)]
        done, start = total - len(waiting), time.perf_counter()
        groups = grouped(waiting, total, group_size(handle, plan.requests(None))) if waiting else []
        begun = local(handle, plan, groups, cancelled) if engine is local else engine(handle, plan, groups)
        with closing(begun) as outcomes:
            for count in range(1, len(waiting) + 1):
                stopped = f"Cancelled after {done + count - 1} of {total} pictures."
                if cancelled is not None and cancelled():
                    raise Cancelled(stopped)
                try:
                    number, found = next(outcomes)
                except Cancelled as error:  # in the midst of a picture
                    raise Cancelled(stopped) from error
                if isinstance(found, str):
                    store.fail(number, dataset.examples[number].name, found)
                else:
                    store.put(number, found)
                if progress is not None:
                    rate = (time.perf_counter() - start) / count
                    left = rate * (len(waiting) - count)
                    progress(RunProgress(done + count, total, store.failures(), rate, left))
        return store.finish(total)


def summary_of(rows: pd.DataFrame) -> pd.DataFrame:
    """By method and metric: mean, its standard error (sd / sqrt n, NaN for n = 1), and n; NaN left out."""
    values = rows["value"].groupby([rows["method"], rows["metric"]], sort=False)
    return pd.DataFrame({"mean": values.mean(), "error": values.sem(), "n": values.count()})


def table_of(rows: pd.DataFrame) -> pd.DataFrame:
    """Means by method and metric, methods down, metrics across."""
    return summary_of(rows)["mean"].unstack("metric", sort=False)
