"""The result that comes with the library, xai_core/data/range.json, and what is missing in it."""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from .._version import __version__
from ..data import data_file
from ..methods import find_method
from .case import Case
from .cases import CASES
from .running import Row, run

FILE = "range.json"


@dataclass(frozen=True)
class Kept:
    """A result of the range: the rows of every method on every case, in the order of the two lists.

    `date` is the day of the run (YYYY-MM-DD), `version` that of the library. `cases` maps each case to its
    `digest`: a row is of the case as it is now only where the two are the same."""

    date: str
    version: str
    cases: Mapping[str, str]
    rows: tuple[Row, ...]

    def of(self, method: str) -> tuple[Row, ...]:
        """The rows of a method, in the order of the cases; () for one that was not run."""
        return tuple(row for row in self.rows if row.method == method)


def digest(case: Case) -> str:
    """sha256 of what decides the truth of a case: network, picture, regions, classes and baseline."""
    facts = (case.rows, case.columns, case.target, case.other, case.baseline)
    return hashlib.sha256(repr((case.handle.identity, case.picture.sha256, facts)).encode()).hexdigest()


def result_of(rows: Iterable[Row]) -> Kept:
    """The result of a run that was made today."""
    found = tuple(rows)
    cases = {row.case: "" for row in found}
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    return Kept(today, __version__, {key: digest(CASES[key]) for key in cases}, found)


def to_json(result: Kept) -> str:
    """The text of a file that `from_json` reads; the same result gives the same text."""
    rows = ",\n    ".join(json.dumps(dataclasses.asdict(row)) for row in result.rows)
    head = json.dumps({"date": result.date, "version": result.version, "cases": dict(result.cases)}, indent=2)
    return f'{head[:-2]},\n  "rows": [\n    {rows}\n  ]\n}}\n'


def from_json(text: str) -> Kept:
    """The result in a text of `to_json`."""
    found = json.loads(text)
    rows = tuple(Row(**row) for row in found["rows"])
    return Kept(found["date"], found["version"], found["cases"], rows)


@cache
def kept() -> Kept:
    """The kept result, read once."""
    return from_json(data_file(FILE).read_text("utf-8"))


def rows_of(method: str) -> tuple[Row, ...]:
    """The rows of a method, one for each case in the order of the list: the kept ones, and where a case has
    none, run now and remembered. Raises InputError for an unknown method."""
    find_method(method)
    known = {row.case: row for row in kept().of(method)}
    return tuple(known[key] if key in known else _made(key, method) for key in CASES)


@cache
def _made(case: str, method: str) -> Row:
    return run(CASES[case], method).row
