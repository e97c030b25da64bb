"""Compute every step of an exported study again, and compare it and every number of the report.

usage: python reproduce.py [FOLDER]

FOLDER is where the ZIP was unpacked; without it, the folder of this file. xai_core must be importable:
install Saliency Lab, or put its folder into PYTHONPATH. The exit status is 0 if everything came out again, 1
if a value differs by more than 1e-5 of its array's largest size, or the weights or a picture are not those of
the export, and 2 if nothing could be compared."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import Any

try:
    from xai_core.studies import find_study
    from xai_core.studies.replay import bench_of, replayed
    from xai_core.studies.report_zip import numbers_of
    from xai_core.studies.store import same, unpacked
    from xai_core.types import InputError
except ModuleNotFoundError as missing:
    print(
        f"The package {missing.name} cannot be imported by {sys.executable}.\n"
        "Run this with the Python of Saliency Lab, or from its folder:\n"
        f"  PYTHONPATH=/path/to/saliency-lab python {Path(__file__).name} [FOLDER]",
        file=sys.stderr,
    )
    sys.exit(2)

TOLERANCE = 1e-5
NOTHING = 2  # the exit status where nothing could be compared


def main(folder: Path, find: Any = find_study) -> int:
    """The exit status; prints a line for each task, and one for each value that differs."""
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        recipe, tasks = find(manifest["study"]), manifest["tasks"]
    except (OSError, ValueError, KeyError, TypeError):
        print(f"There is no manifest.json of a study in {folder}: unpack the whole ZIP, and name its folder.")
        return NOTHING
    failed = 0
    for record in tasks:
        try:
            wrong = compare(folder, record, recipe)
        except (InputError, OSError) as error:
            wrong = [f"NOT COMPARED: {error}"]
        failed += bool(wrong)
        print(f"{record['task']}  {'differs' if wrong else 'came out again'}")
        for line in wrong:
            print(f"    {line}")
    print(f"{len(tasks) - failed} of {len(tasks)} tasks reproduced to {TOLERANCE:g}")
    return 1 if failed else 0


def compare(folder: Path, record: dict[str, Any], recipe: Any) -> list[str]:
    """What differs in a task, a line each."""
    task = recipe.task(record["task"])
    bench = bench_of(folder, record)
    wrong, found = [], {}
    for step, file in replayed(record):
        computed = task.compute(bench, step)
        kept = unpacked((folder / file).read_bytes())
        wrong += [f"{file}: {name} DIFFERS" for name in same(kept, computed, TOLERANCE)]
        found[step] = computed
    told = numbers_of(bench.result(task, found))
    return wrong + [f"{place}: DIFFERS" for place in differing(record["numbers"], told)]


def differing(kept: Any, told: Any, place: str = "") -> list[str]:
    """Where two records of numbers differ."""
    if isinstance(kept, dict) and isinstance(told, dict):
        names = sorted({*kept, *told})
        return [line for n in names for line in differing(kept.get(n), told.get(n), f"{place} {n}".strip())]
    if isinstance(kept, list) and isinstance(told, list) and len(kept) == len(told):
        pairs = enumerate(zip(kept, told, strict=True), 1)
        return [line for n, (a, b) in pairs for line in differing(a, b, f"{place} {n}")]
    if isinstance(kept, (int, float)) and isinstance(told, (int, float)):
        both = math.isnan(kept) and math.isnan(told)
        close = abs(kept - told) <= TOLERANCE * max(1.0, abs(kept))
        return [] if both or close else [place]
    return [] if kept == told else [place]


def call(arguments: list[str]) -> int:
    """The exit status of the command line."""
    if len(arguments) > 1 or any(argument.startswith("-") for argument in arguments):
        print(__doc__)
        return 0 if set(arguments) & {"-h", "--help"} else NOTHING
    return main(Path(arguments[0]) if arguments else Path(__file__).parent)


if __name__ == "__main__":
    sys.exit(call(sys.argv[1:]))
