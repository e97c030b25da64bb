"""How long it takes from nothing to a heat map, in fresh processes, from warm disk caches.

    python -m tests.benchmarks.startup [--rounds N]

Each figure is the median over fresh interpreters; one more runs beforehand so that the files are in the disk
cache. Take the figures on a quiet machine.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# Each script prints the seconds of its steps as JSON, counted from the start of its first statement.
SCRIPTS = {
    "compute layer": """
        import xai_core as xai
        mark("import xai_core")
        handle = xai.load_model("efficientnet_lite0", device="cpu")
        mark("+ load_model('efficientnet_lite0')")
        image = xai.load_sample("chelsea")
        xai.explain(handle, image, "grad_cam")
        mark("= time to the first heat map")
    """,
    "streamlit": """
        import streamlit
        mark("import streamlit")
    """,
    "the app": """
        from tests.app import new_app
        app = new_app(timeout=300)
        mark("import streamlit's AppTest")
        app.run()
        assert app.title[0].value.startswith("Answer: ") and not app.exception, app.exception
        mark("+ import the pages and render the first page, with its heat map")
        app.run()
        mark("+ render it again")
    """,
}
PRELUDE = """
import json, time
start, marks = time.perf_counter(), {}
def mark(name):
    marks[name] = time.perf_counter() - start
"""


def measure(script: str, rounds: int) -> dict[str, float]:
    """Step -> median seconds since the interpreter was up, in `rounds` fresh processes after one for the
    cache."""
    lines = "\n".join(line.strip() for line in script.strip().splitlines())
    code = f"{PRELUDE}\n{lines}\nprint(json.dumps(marks))"
    runs = []
    for _ in range(rounds + 1):
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
        )
        runs.append(json.loads(done.stdout.splitlines()[-1]))
    return {name: statistics.median(run[name] for run in runs[1:]) for name in runs[0]}


def main() -> None:
    """Measure every script and print its steps."""
    parser = argparse.ArgumentParser(prog="tests.benchmarks.startup", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    for title, script in SCRIPTS.items():
        print(f"{title} (seconds since the interpreter was up)")
        for step, seconds in measure(script, options.rounds).items():
            print(f"  {step:<68} {seconds:6.2f}")


if __name__ == "__main__":
    main()
