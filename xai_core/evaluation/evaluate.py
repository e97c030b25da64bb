"""Methods over a dataset, measured: one tidy table, written as it goes, resumed after any interruption.

    python -m xai_core.evaluate --model KEY --data PATH --methods a,b --metrics c,d --out FILE.parquet
        [--class-map FILE.csv | --class-map kangaroo=104,cat=281] [--param occlusion.window=28] [--limit N]
        [--predicted] [--engine local|ray] [--workers N]

One row for each picture, method and metric: image, method, metric, value, target, probability, seconds. The
class explained is the true one, or with --predicted the predicted one. Methods are those of the registry,
where they have layers also as grad_cam@layer3, and two that have not looked: "centre" (a bump in the middle)
and "chance" (noise). --param may be repeated.

Every picture's rows go to a part file of their own under FILE.parquet.parts, renamed into place when
complete; a run that finds parts goes on behind them. At the end the parts become FILE.parquet. A picture that
cannot be read or explained is a row of FILE.errors.csv. One run at a time writes a FILE. --engine ray
measures on Ray's actors instead of here (`ray_engine`); the table is the same. What is printed at the end is
the mean over the pictures that have a value, +- its standard error, and in brackets how many they are."""

from __future__ import annotations

import argparse
import ast
import dataclasses
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import pandas as pd

from ..datasets import Dataset, open_dataset
from ..metrics.measures import MEASURES
from ..models import load_model
from ..network.handle import ModelHandle
from ..types import Cancelled, InputError, IsCancelled, Params
from .measuring import CENTRE, CHANCE, COLUMNS, UNSEEING, Engine, Outcomes, Plan, Waiting, measure, outcome
from .resumable_table import ResumableTable, errors_of

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
    "main",
    "measure",
    "summary_of",
    "table_of",
]

ENGINES = ("local", "ray")


@dataclasses.dataclass(frozen=True)
class RunProgress:
    """Where a run stands: pictures `done` of `total`, of which `failed`, seconds a picture, seconds left."""

    done: int
    total: int
    failed: int
    rate: float
    left: float


def local(handle: ModelHandle, plan: Plan, waiting: Waiting) -> Outcomes:
    """One picture after another, here."""
    for number, example in waiting:
        yield number, outcome(handle, example, plan)


def engine_named(name: str, workers: int | None = None) -> Engine:
    """ "local", or "ray" with that many workers. Raises InputError for another, or where Ray is missing."""
    if name not in ENGINES:
        raise InputError(f"There is no engine {name!r}; there are {', '.join(ENGINES)}.")
    if name == "local":
        if workers is not None:
            raise InputError(f"workers is {workers}, but the engine local has none; give --engine ray.")
        return local
    try:
        from .ray_engine import over_ray
    except ModuleNotFoundError as error:
        if error.name != "ray":
            raise
        raise InputError(
            "The engine ray needs the package ray, which is not here: pip install -r requirements-ray.txt."
        ) from error
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
        with closing(engine(handle, plan, waiting)) as outcomes:
            for count in range(1, len(waiting) + 1):
                if cancelled is not None and cancelled():
                    raise Cancelled(f"Cancelled after {done + count - 1} of {total} pictures.")
                number, found = next(outcomes)
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


def _printed(rows: pd.DataFrame) -> str:
    found = summary_of(rows)
    text = [
        f"{mean:.3f}{'' if np.isnan(error) else f' ± {error:.3f}'} ({n:.0f})" if n else "- (0)"
        for mean, error, n in found.itertuples(index=False)
    ]
    return pd.Series(text, found.index, str).unstack("metric", sort=False).to_string()


def _params(given: Sequence[str]) -> Params:
    """Method.name=value, several times."""
    found: dict[str, dict[str, object]] = {}
    for text in given:
        name, equals, value = text.partition("=")
        method, dot, param = name.partition(".")
        if not (equals and dot):
            raise InputError(f"The parameter {text!r} is not understood; accepted is occlusion.window=28.")
        try:
            found.setdefault(method, {})[param] = ast.literal_eval(value)
        except (ValueError, SyntaxError):  # a word
            found.setdefault(method, {})[param] = value
    return Params({method: Params(values) for method, values in found.items()})


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m xai_core.evaluate")
    for name in ("data", "methods", "metrics", "out"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--model", default="efficientnet_lite0")
    parser.add_argument(
        "--class-map", help="CSV of two columns or NAME=CLASS,...: a class for a name of the data"
    )
    parser.add_argument("--param", action="append", default=[], metavar="METHOD.NAME=VALUE")
    parser.add_argument("--limit", type=int)
    parser.add_argument("--engine", default="local", choices=ENGINES)
    parser.add_argument("--workers", type=int, help="of --engine ray; one for each GPU, or 2")
    parser.add_argument("--predicted", action="store_true", help="explain the predicted class")
    options = parser.parse_args(arguments)

    def show(p: RunProgress) -> None:
        text = f"{p.done} of {p.total}, {p.failed} failed, {p.rate:.2f} s a picture, {p.left:.0f} s left"
        print(text, file=sys.stderr)

    try:
        lists = tuple(options.methods.split(",")), tuple(options.metrics.split(","))
        plan = Plan(*lists, options.predicted, _params(options.param))
        plan.check()
        engine = engine_named(options.engine, options.workers)
        handle = load_model(options.model, "auto" if engine is local else "cpu")
        dataset = open_dataset(options.data, handle.labels, options.class_map)
        print(*dataset.notes, sep="\n", end="\n" * bool(dataset.notes), file=sys.stderr)
        dataset = dataclasses.replace(dataset, examples=dataset.examples[: options.limit])
        rows = evaluate(handle, dataset, plan, options.out, show, engine=engine)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    print(_printed(rows) if len(rows) else f"No picture could be measured: see {errors_of(options.out)}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
