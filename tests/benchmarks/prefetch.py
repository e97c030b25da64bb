"""What computing ahead saves its visitors.   python -m tests.benchmarks.prefetch [--think S] [--json FILE]

Visits are replayed with and without it: pages in the order in which the journeys of the browser lane open
them, with a pause at each, as people look at what they see. The wait is one run of the script (Streamlit's
AppTest), in which the page's own work is done. Prints the waits of both, and how much processor time the
thread that works ahead took from a visitor while he waited, against that of one batch of the network. Take
the figures on a quiet machine."""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np

from pages._ui import ahead
from pages._ui.results import answers, evaluations, networks
from pages._ui.results.flights import MEMORY
from pages._ui.results.prefetch import Prefetch
from pages._ui.state.shared import DEFAULT_MODEL
from tests.app import new_app
from tests.app import switch as switch_page
from xai_core.network.batches import CPU_BATCH

JOURNEYS = (
    ("overview", "gallery", "compare", "insertion", "trust"),
    ("overview", "compare", "trust", "adversarial"),
    ("overview", "counterfactual", "gallery", "lime"),
    ("overview", "adversarial", "right_wrong", "localization"),
    ("overview", "lime", "insertion", "right_wrong"),
)
LEAST = 0.02  # processor seconds; below this, nothing was taken


def replay(journey: tuple[str, ...], think: float, worker: Prefetch) -> tuple[list[float], list[float]]:
    """Seconds that a visitor waits at each page after the first, whose maps nobody can have foreseen, and the
    processor seconds that work ahead took meanwhile."""
    MEMORY.clear()
    answers.MEMORY.clear()
    app = new_app(journey[0], timeout=600).run()
    waits, taken = [], []
    for page in journey[1:]:
        time.sleep(think)
        start, used = time.perf_counter(), worker.processor_seconds
        switch_page(app, page).run()
        waits.append(time.perf_counter() - start)
        taken.append(worker.processor_seconds - used)
        assert not app.exception, app.exception
    return waits, taken


def measure(think: float) -> dict[str, float]:
    """All journeys without and with it, and what it took from the visitors."""
    with tempfile.TemporaryDirectory() as folder:
        evaluations.folder = lambda: Path(folder)
        for page in dict.fromkeys(page for journey in JOURNEYS for page in journey):
            switch_page(new_app(timeout=600), page).run()  # imports, and the random network
        waits: dict[str, list[float]] = {"without": [], "with": []}
        taken: list[float] = []
        for journey in JOURNEYS:
            for how, found in waits.items():
                for made in Path(folder).iterdir():  # evaluations, and what a stopped one had done
                    shutil.rmtree(made) if made.is_dir() else made.unlink()
                worker = Prefetch(busy=lambda: False)
                if how == "with":
                    worker.start()
                ahead.PREFETCH = worker
                own, used = replay(journey, think, worker)
                found += own
                taken += used if how == "with" else []
                worker.stop()
    handle = networks.handle(DEFAULT_MODEL)
    every = len(waits["with"])
    return {
        "median wait without": statistics.median(waits["without"]),
        "median wait with": statistics.median(waits["with"]),
        "longest wait without": max(waits["without"]),
        "longest wait with": max(waits["with"]),
        "visits": float(every),
        "visits that found it at work": float(sum(seconds > LEAST for seconds in taken)),
        "taken, 99th percentile": float(np.quantile(taken, 0.99)),
        "one batch of the network": CPU_BATCH * handle.seconds_per_pass,
    }


def main() -> int:
    """Print what was measured, and write it."""
    parser = argparse.ArgumentParser(prog="tests.benchmarks.prefetch", description=__doc__.splitlines()[0])
    parser.add_argument("--think", type=float, default=5.0, help="seconds at each page (default: 5)")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    found = measure(options.think)
    for name, value in found.items():
        print(f"{name:<32} {value:8.0f}" if name.startswith("visits") else f"{name:<32} {value:8.2f} s")
    if options.json is not None:
        options.json.write_text(json.dumps(found))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
