"""The parts of the benchmark, each in a process of its own that is forked from one that has imported the
libraries, which takes longer than many a part."""

from __future__ import annotations

import contextlib
import importlib
import json
import multiprocessing
import os
import sys
import warnings
from pathlib import Path
from typing import Any

PROCESSES = multiprocessing.get_context("forkserver")
IMPORTED = [
    "tests.benchmarks.cams",
    "tests.benchmarks.methods",
    "tests.benchmarks.curves",
    "captum.attr",
    "lime.lime_image",
]


def run(command: list[str], folder: Path) -> dict[str, Any] | None:
    """What a part wrote; None if it failed."""
    os.environ["TQDM_DISABLE"] = "1"  # read where tqdm is imported, so before the libraries are
    PROCESSES.set_forkserver_preload(IMPORTED)
    file = folder / f"{'_'.join(command).replace(':', '_').replace(',', '_')[:80]}.json"
    print("python -m tests.benchmarks." + " ".join(command), file=sys.stderr, flush=True)
    process = PROCESSES.Process(target=_measure, args=([*command, "--json", str(file)],))
    process.start()
    process.join()
    return json.loads(file.read_text()) if file.is_file() else None


def _measure(command: list[str]) -> None:
    """The main of the part's module with these arguments, without what it prints."""
    warnings.simplefilter("ignore")
    module = importlib.import_module(f"tests.benchmarks.{command[0]}")
    sys.argv = command
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
        sys.exit(module.main())
