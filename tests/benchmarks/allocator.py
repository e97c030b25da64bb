"""Batches of the default network in threads, one after another, with the system's settings for memory and
with those of the app (`pages/_ui/allocator.py`), each in a process of its own, in turns.

python -m tests.benchmarks.allocator [--rounds N]"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys

CHILD = """
import resource, sys, threading, time
from pages._ui import allocator
if sys.argv[1] == "kept":
    allocator.keep_memory()
import torch
import xai_core as xai
handle = xai.load_model("efficientnet_lite0")
def work():
    with handle.session(), torch.no_grad():
        x = handle.blank(16)
        for _ in range(6):
            float(handle.scorer(x).sum())
def thread():
    one = threading.Thread(target=work)
    one.start()
    one.join()
thread()
start = time.perf_counter()
for _ in range(3):
    thread()
used = resource.getrusage(resource.RUSAGE_SELF)
print((time.perf_counter() - start) / (3 * 6 * 16), used.ru_maxrss / 1024)
"""


def run(how: str) -> tuple[float, float]:
    """(seconds a picture, peak MB) of one process."""
    done = subprocess.run([sys.executable, "-c", CHILD, how], capture_output=True, text=True, check=True)
    seconds, peak = map(float, done.stdout.split())
    return seconds, peak


def main() -> int:
    """Print both, and their ratio."""
    parser = argparse.ArgumentParser(prog="tests.benchmarks.allocator", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    rounds = [{how: run(how) for how in ("system", "kept")} for _ in range(parser.parse_args().rounds)]
    for how in ("system", "kept"):
        seconds, peak = (statistics.median(one[how][place] for one in rounds) for place in (0, 1))
        print(f"{how:<8} {1000 * seconds:6.1f} ms a picture, peak {peak:5.0f} MB")
    ratio = statistics.median(one["system"][0] / one["kept"][0] for one in rounds)
    print(f"{ratio:.2f} times as fast")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
