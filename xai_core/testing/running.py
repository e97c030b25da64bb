"""A check, run: the gate, then picture after picture until the verdict is settled or none is left.

The numbers lie in FILE.parquet.parts while a check runs (`evaluation.resumable_table`), so a run that was
killed goes on behind them, and in FILE.parquet at its end: a row for each picture that was looked at, in
order, with the sentence that says why it has no numbers where it has none. The verdict follows from these
rows alone, taken in order, whatever engine measured them and in whatever order they were done."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, nullcontext
from pathlib import Path

import pandas as pd

from ..datasets import Dataset, Example
from ..engine.explain import check as accepted
from ..evaluation.resumable_table import ResumableTable
from ..network.handle import ModelHandle
from ..types import Cancelled, IsCancelled
from ._check import Check
from ._kind import Numbers
from .gate import Gate, gate_of
from .judging import REFUSED, UNDECIDED, Finding, Judge, Point
from .kinds import find_kind
from .measuring import Engine, Outcome, local
from .regions import mask_of_region
from .units import Units, units_of

FACTS = ("image", "error", "target", "probability")
OnPicture = Callable[[int, int], None]  # pictures looked at, and how many there are at most


@dataclasses.dataclass(frozen=True, eq=False)
class Result:
    """A check that was run.

    `verdict` is PASS, FAIL, UNDECIDED or REFUSED (by the gate; nothing else was run). `looked` pictures were
    looked at of the `units`, `measured` have numbers. `rows` has them in order: FACTS, and the columns of the
    kind. `path` is where the intervals of `findings` stood after each picture."""

    check: Check
    model: str
    data: str
    verdict: str
    gate: Gate
    findings: tuple[Finding, ...]
    units: Units
    looked: int
    measured: int
    rows: pd.DataFrame
    path: tuple[Point, ...] = ()

    def worst(self, count: int) -> list[tuple[Example, dict[str, float]]]:
        """The pictures that speak most against the first claim, worst first, with their numbers."""
        claim = find_kind(self.check.kind).claims(self.check)[0]
        known = self.rows[self.rows["error"] == ""]
        values = known[claim.column] - (known[claim.minus] if claim.minus else 0.0)
        order = values.sort_values(ascending=claim.above, kind="stable").index[:count]
        columns = [name for name in self.rows.columns if name not in ("image", "error")]
        return [
            (self.units.examples[place], {name: float(known[name][place]) for name in columns})
            for place in order
        ]

    @property
    def errors(self) -> list[tuple[str, str]]:
        """Pictures without numbers, each with the reason."""
        lost = self.rows[self.rows["error"] != ""]
        return list(zip(lost["image"], lost["error"], strict=True))


def prepare(handle: ModelHandle, data: Dataset, check: Check) -> Units:
    """Refuse what cannot be run, before anything is: the pictures in their order. Raises InputError."""
    units = units_of(data, check)
    accepted(handle, check.request(None))
    if find_kind(check.kind).regional:
        mask_of_region(check.region, handle.input_size)
    return units


def run(
    handle: ModelHandle,
    data: Dataset,
    check: Check,
    out: Path | None = None,
    engine: Engine = local,
    progress: OnPicture | None = None,
    cancelled: IsCancelled | None = None,
) -> Result:
    """Run a check. `out` is the Parquet file of its rows, None for none. Raises InputError for what cannot be
    run or where `out` holds another run, Cancelled with everything done so far kept."""
    units = prepare(handle, data, check)
    gate = gate_of(handle, check, units.examples, cancelled)
    kind = find_kind(check.kind)
    judge = Judge(kind.claims(check), check.confidence, units.total)
    columns = [*FACTS, *kind.columns]
    rows: list[dict[str, object]] = []
    if gate.passed:
        settings = {
            "network": handle.identity,
            "examples": dataclasses.replace(data, examples=units.examples).digest(),
            "check": check.plain(),
            "stamp": hashlib.sha256(Path(check.stamp).read_bytes()).hexdigest() if check.stamp else "",
        }
        kept = nullcontext() if out is None else ResumableTable(out, columns, settings)
        with kept as store:
            for number, found in enumerate(_in_order(handle, check, units, engine, store, cancelled)):
                rows.append(_row(units.examples[number], found, kind.columns))
                settled = judge.add(None if isinstance(found, str) else found) != UNDECIDED
                if progress is not None:
                    progress(number + 1, len(units.examples))
                if settled:
                    break
            if store is not None and store.finished() is None:
                store.finish(len(rows))
    return Result(
        check,
        handle.key,
        data.name,
        judge.verdict() if gate.passed else REFUSED,
        gate,
        judge.findings(),
        units,
        judge.pictures,
        judge.measured,
        pd.DataFrame(rows, columns=columns),
        tuple(judge.path),
    )


def _in_order(
    handle: ModelHandle,
    check: Check,
    units: Units,
    engine: Engine,
    store: ResumableTable | None,
    cancelled: IsCancelled | None,
) -> Iterator[Outcome]:
    """What came of each picture, in order: first what is kept, then what the engine measures. What an engine
    finishes early waits for its turn, and is kept."""
    columns = (*find_kind(check.kind).columns, "target", "probability")
    known = _known(store, len(units.examples), columns)
    waiting = [(n, example) for n, example in enumerate(units.examples) if n not in known]
    with closing(engine(handle, check, waiting, cancelled)) as outcomes:
        for number in range(len(units.examples)):
            while number not in known:
                _stop_if(cancelled, number, len(units.examples))
                place, found = next(outcomes)
                if store is not None:
                    store.put(place, [_row(units.examples[place], found, columns)])
                known[place] = found
            yield known.pop(number)


def _known(store: ResumableTable | None, total: int, columns: Sequence[str]) -> dict[int, Outcome]:
    """The numbers that a run before this one kept."""
    if store is None:
        return {}
    table = store.finished()
    lines = store.kept(total) if table is None else enumerate(_records(table))
    return {number: _outcome(line, columns) for number, line in lines}


def _records(table: pd.DataFrame) -> Iterator[dict[str, object]]:
    names = [str(name) for name in table.columns]
    for line in table.itertuples(index=False):
        yield dict(zip(names, line, strict=True))


def _row(example: Example, found: Outcome, columns: Sequence[str]) -> dict[str, object]:
    numbers: Numbers = {} if isinstance(found, str) else found
    error = found if isinstance(found, str) else ""
    named = {name: numbers.get(name, float("nan")) for name in (*columns, "target", "probability")}
    return {"image": example.name, "error": error, **named}


def _outcome(line: dict[str, object], columns: Sequence[str]) -> Outcome:
    if line["error"]:
        return str(line["error"])
    return {name: float(str(line[name])) for name in columns}


def _stop_if(cancelled: IsCancelled | None, done: int, total: int) -> None:
    if cancelled is not None and cancelled():
        raise Cancelled(f"Cancelled after {done} of {total} pictures.")
