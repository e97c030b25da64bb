"""The command `saliency-lab range`, also `python -m xai_core.known_truth`: every method on every case."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import pandas as pd

from ..command_line import DONE, CommandParser, comma_separated, guarded, print_table, say
from ..methods import METHODS, find_method
from ..types import InputError
from .case import Case
from .cases import CASES
from .result import result_of, to_json
from .running import PASSED, Row, run


def parser_for(prog: str) -> CommandParser:
    """The parser of the command's arguments."""
    width = max(map(len, CASES))
    parser = CommandParser(
        prog,
        "Run the methods on networks in which the right attribution is known exactly, and measure the error "
        "of each map in units of that truth.",
        "--methods grad_cam,integrated_gradients --cases linear,uneven --out range.json",
        (
            "Printed: a row for each method and a column for each case with the error: 0 is the truth, 1 an "
            f"empty map. With + the method passes, which takes an error of at most {PASSED} and, where the "
            "case has two classes, that its maps tell them apart; = marks maps that do not. Where a method "
            "cannot run stands -, and stderr says why.",
            "FILE is JSON: date, version, the sha256 of each case, and a row for each method and case: "
            "method, case, error (null where the method cannot run), passed, sentence, class_test.",
        ),
        "cases:\n" + "\n".join(f"  {key:<{width}}  {case.sentence}" for key, case in CASES.items()),
    )
    parser.add_argument(
        "--methods", type=comma_separated, metavar="A,B", help="methods to run (default: all of them)"
    )
    parser.add_argument(
        "--cases", type=comma_separated, metavar="A,B", help="cases to run them on (default: all of them)"
    )
    parser.add_out("write the rows as JSON")
    return parser


def main(arguments: Sequence[str] | None = None, prog: str = "python -m xai_core.known_truth") -> int:
    """The command; its exit code."""
    return guarded(_run, parser_for(prog).parse_args(arguments))


def find_case(key: str) -> Case:
    """The case of that key; raises InputError for any other."""
    if key not in CASES:
        raise InputError(f"There is no case {key!r}; the cases are {', '.join(CASES)}.")
    return CASES[key]


def _run(options: argparse.Namespace) -> int:
    methods = [find_method(key).key for key in options.methods or METHODS]
    cases = [find_case(key) for key in options.cases or CASES]
    rows: list[Row] = []
    for method in methods:
        found = [run(case, method).row for case in cases]
        for row in found:
            if row.error is None:
                say(f"{method} on {row.case}: {row.sentence}")
        rows += found
        say(f"{method}: {sum(row.passed for row in found)} of {len(found)} passed")
    if options.out:
        options.out.write_text(to_json(result_of(rows)), "utf-8")
    print_table(table_of(rows))
    return DONE


def table_of(rows: Sequence[Row]) -> pd.DataFrame:
    """A line for each method, a column for each case: the error, and a mark for what it means."""
    lines: dict[str, dict[str, str]] = {}
    for row in rows:
        lines.setdefault(row.method, {"method": row.method})[row.case] = _cell(row)
    return pd.DataFrame(list(lines.values()))


def _cell(row: Row) -> str:
    if row.error is None:
        return "-"
    return f"{row.error:.3f}" + ("+" if row.passed else "=" if row.class_test is False else " ")
