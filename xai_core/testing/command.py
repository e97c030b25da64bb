"""The command `saliency-lab check`, also `python -m xai_core.testing`: the checks of a specification."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

from ..board.folder import replace_file
from ..command_line import CommandParser, guarded, make_folder, out_folder, say
from ..models import load_model
from ..network.batches import keep_freed_memory
from . import words
from .engines import ENGINES, engine_named
from .judging import FAIL, REFUSED, UNDECIDED, Finding
from .junit import junit_xml
from .report import Reported, report_html, reported
from .running import Result, prepare, run
from .spec import Spec, read_spec
from .units import open_pictures

PASSED, FAILED, UNUSABLE, UNSETTLED = 0, 1, 2, 3
EXIT_CODES = """exit codes:
  0  every check passed
  1  a check failed
  2  the specification or an input cannot be used, or a check was refused because its map hardly
     depends on the network; none failed
  3  a check is undecided; none failed and none was refused"""
EXAMPLE = "SPEC.toml --out checked"
OUTPUT = (
    "Printed: for each check its verdict, after how many pictures it was settled, and for each of its claims "
    "the mean, its interval and what was asked for.",
    "FOLDER has report.html (one file, with the pictures that speak most against each check), junit.xml, and "
    "NAME.parquet for each check: a row for each picture that was looked at.",
    "A run that was interrupted goes on where it stopped when it is started again with the same arguments.",
)
LISTING = """specification:
  model = "efficientnet_lite0"
  data = "mosaics"                # as `saliency-lab evaluate --data`
  about = "these"                 # the verdict is about these pictures; "like": about all like them

  [[check]]
  kind = "looks_at"               # ignores, same_map_after, faithful, robust
  share = 0.6"""


def parser_for(prog: str) -> CommandParser:
    """The parser of the command's arguments."""
    parser = CommandParser(
        prog,
        "Check whether a network looks at the right thing. A check stops as soon as its verdict is settled.",
        EXAMPLE,
        OUTPUT,
        LISTING,
        EXIT_CODES,
    )
    parser.add_argument("spec", type=Path, metavar="SPEC.toml", help="the checks, a TOML file (see below)")
    parser.add_argument(
        "--out", type=out_folder, metavar="FOLDER", help="where reports and tables are written"
    )
    parser.add_argument("--model", metavar="KEY", help="check this model instead of the specification's")
    parser.add_argument(
        "--engine",
        default="local",
        choices=ENGINES,
        help="local, or ray for Ray's workers (the same verdict)",
    )
    parser.add_number("--workers", None, "workers of --engine ray; one for each GPU, or 2, if not given", 1)
    return parser


def main(arguments: Sequence[str] | None = None, prog: str = "python -m xai_core.testing") -> int:
    """The command; its exit code."""
    return guarded(_run, parser_for(prog).parse_args(arguments))


def _run(options: argparse.Namespace) -> int:
    spec = read_spec(options.spec)
    if options.out is not None:
        make_folder(options.out)
    keep_freed_memory()
    if options.out is None:
        with tempfile.TemporaryDirectory() as folder:
            results = [one.result for one in checked(spec, options, Path(folder), drawn=False)]
    else:
        found = checked(spec, options, options.out, drawn=True)
        results = [one.result for one in found]
        title = f"Explanation tests: {options.spec.name}"
        replace_file(options.out / "report.html", report_html(found, title).encode())
        replace_file(options.out / "junit.xml", junit_xml(results))
    return exit_code(results)


def checked(spec: Spec, options: argparse.Namespace, folder: Path, drawn: bool) -> list[Reported]:
    """Every check of the specification, printed as it is done. Whatever cannot be run is refused before the
    first of them runs."""
    engine = engine_named(options.engine, options.workers)
    handle = load_model(options.model or spec.model, "cpu" if options.engine == "ray" else "auto")
    data = open_pictures(spec.data, handle.labels, spec.class_map, spec.checks)
    for note in data.notes:
        say(note)
    for check in spec.checks:
        prepare(handle, data, check)
    found = []
    for check in spec.checks:
        result = run(handle, data, check, folder / f"{check.name}.parquet", engine, _show)
        for line in (words.headline(result), *map(words.claim_sentence, _told(result))):
            print(line)
        for line in (*words.left_out(result), words.advice(result)):
            if line:
                print(line)
        found.append(reported(handle, result) if drawn else Reported(result, ()))
    return found


def exit_code(results: Sequence[Result]) -> int:
    """FAILED where one failed, else UNUSABLE where one was refused, else UNSETTLED where one is undecided,
    else PASSED."""
    verdicts = {result.verdict for result in results}
    order = ((FAIL, FAILED), (REFUSED, UNUSABLE), (UNDECIDED, UNSETTLED))
    return next((code for verdict, code in order if verdict in verdicts), PASSED)


def _told(result: Result) -> Sequence[Finding]:
    return () if result.verdict == REFUSED else result.findings


def _show(done: int, total: int) -> None:
    if done % 10 == 0 or done == total:
        say(f"{done} of at most {total} pictures")
