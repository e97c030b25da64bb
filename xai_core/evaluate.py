"""Methods over a dataset, measured: one tidy table, written as it goes, resumed after any interruption.

    python -m xai_core.evaluate --model KEY --data PATH --methods a,b --metrics c,d --out FILE.parquet
        [--class-map FILE.csv] [--limit N] [--engine local] [--predicted]

One row for each picture, method and metric: image, method, metric, value, target, probability, seconds. The
class explained is the true one, or with --predicted the predicted one. Methods are those of the registry and
two that have not looked: "centre" (a bump in the middle) and "chance" (noise). Every picture's rows go to a
part file of their own under FILE.parquet.parts, renamed into place when complete; a run that finds parts goes
on behind them. At the end the parts become FILE.parquet. A picture that cannot be read or explained is a row
of FILE.errors.csv."""

from __future__ import annotations

import argparse
import dataclasses
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd

from .datasets import Dataset, Example, open_dataset
from .engine import explain_many, predict
from .methods import METHODS
from .metrics.insertion import chance
from .metrics.localization import centre_gaussian
from .metrics.measures import MEASURES, Case
from .models import load_model
from .parted import PartedTable
from .session import ModelHandle
from .types import Cancelled, Explanation, InputError, Params, Request

COLUMNS = ("image", "method", "metric", "value", "target", "probability", "seconds")
CENTRE, CHANCE = "centre", "chance"
ENGINES = ("local",)


@dataclasses.dataclass(frozen=True)
class Plan:
    """What is measured: the same plan gives the same table. `params` holds parameters by method."""

    methods: tuple[str, ...]
    metrics: tuple[str, ...]
    predicted: bool = False
    params: Params = dataclasses.field(default_factory=Params)

    def check(self) -> None:
        """Raise InputError for a method or metric that does not exist."""
        for kind, given, known in (
            ("method", self.methods, (*METHODS, CENTRE, CHANCE)),
            ("metric", self.metrics, tuple(MEASURES)),
        ):
            if not given:
                raise InputError(f"No {kind} is given; there are {', '.join(known)}.")
            for name in given:
                if name not in known:
                    raise InputError(f"There is no {kind} {name!r}; there are {', '.join(known)}.")


@dataclasses.dataclass(frozen=True)
class Progress:
    """Where a run stands: pictures `done` of `total`, of which `failed`, seconds a picture, seconds left."""

    done: int
    total: int
    failed: int
    rate: float
    left: float


def evaluate(
    handle: ModelHandle,
    dataset: Dataset,
    plan: Plan,
    out: str | Path,
    progress: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> pd.DataFrame:
    """Measure what is not measured yet, and return the whole table. Raises InputError if `out` holds another
    run, Cancelled with everything done so far kept."""
    plan.check()
    store = PartedTable(Path(out), COLUMNS, {"model": handle.key, "data": dataset.name, **_settings(plan)})
    finished = store.finished()
    if finished is not None:
        return finished
    waiting = [(n, e) for n, e in enumerate(dataset.examples) if not store.has(n)]
    done, start = len(dataset.examples) - len(waiting), time.perf_counter()
    for count, (number, example) in enumerate(waiting, 1):
        if cancelled is not None and cancelled():
            raise Cancelled(f"Cancelled after {done + count - 1} of {len(dataset.examples)} pictures.")
        try:
            store.put(number, measure(handle, example, plan))
        except InputError as error:
            store.fail(number, example.name, str(error))
        if progress is not None:
            rate = (time.perf_counter() - start) / count
            left = rate * (len(waiting) - count)
            progress(Progress(done + count, len(dataset.examples), store.failures(), rate, left))
    return store.finish(len(dataset.examples))


def measure(handle: ModelHandle, example: Example, plan: Plan) -> list[dict[str, object]]:
    """The rows of one picture."""
    image = example.image()
    scores = predict(handle, image, 5)
    target = scores[0].index if plan.predicted else example.target
    known = [name for name in plan.methods if name in METHODS]
    found = explain_many(
        handle,
        image,
        [Request(name, target, None, plan.params.get(name, {})) for name in known or ["gradient"]],
    )
    maps = dict(zip(known, found, strict=False)) | {
        name: _unseeing(found[0], name) for name in plan.methods if name not in METHODS
    }
    rows = []
    for name in plan.methods:
        case = Case(handle, image, example.targets, scores, maps[name])
        for metric in plan.metrics:
            start = time.perf_counter()
            value = float(MEASURES[metric](case))
            spent = maps[name].seconds + time.perf_counter() - start
            values = (example.name, name, metric, value, target, maps[name].probability, spent)
            rows.append(dict(zip(COLUMNS, values, strict=True)))
    return rows


def _unseeing(e: Explanation, name: str) -> Explanation:
    if name == CHANCE:
        return dataclasses.replace(chance(e), seconds=0.0, forwards=0)
    return dataclasses.replace(
        chance(e), heatmap=centre_gaussian(e.view_size), method=CENTRE, seconds=0.0, forwards=0
    )


def _settings(plan: Plan) -> dict[str, object]:
    return {
        "methods": list(plan.methods), "metrics": list(plan.metrics), "predicted": plan.predicted,
        "params": {name: dict(values) for name, values in plan.params.items()},
    }  # fmt: skip


def table_of(rows: pd.DataFrame) -> pd.DataFrame:
    """Means by method and metric, methods down, metrics across."""
    return rows.pivot_table(index="method", columns="metric", values="value", sort=False)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m xai_core.evaluate")
    for name in ("data", "methods", "metrics", "out"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--model", default="efficientnet_lite0")
    parser.add_argument("--class-map", help="CSV: a name of the dataset, a class of the model")
    parser.add_argument("--limit", type=int)
    parser.add_argument("--engine", default="local", choices=ENGINES)
    parser.add_argument("--predicted", action="store_true", help="explain the predicted class")
    options = parser.parse_args(arguments)

    def show(p: Progress) -> None:
        text = f"{p.done} of {p.total}, {p.failed} failed, {p.rate:.2f} s a picture, {p.left:.0f} s left"
        print(text, file=sys.stderr)

    try:
        plan = Plan(tuple(options.methods.split(",")), tuple(options.metrics.split(",")), options.predicted)
        plan.check()
        handle = load_model(options.model)
        dataset = open_dataset(options.data, handle.labels, options.class_map)
        dataset = dataclasses.replace(dataset, examples=dataset.examples[: options.limit])
        rows = evaluate(handle, dataset, plan, options.out, show)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    print(table_of(rows).to_string(float_format="{:.3f}".format))
    return 0


if __name__ == "__main__":
    sys.exit(main())
