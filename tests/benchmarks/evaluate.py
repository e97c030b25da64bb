"""How fast a data set is measured: pictures a second here and on Ray, and what the start costs.

    python -m tests.benchmarks.evaluate [--pictures N] [--rounds N] [--ray]

Photographs with boxes (../shared/data/kangaroo), EfficientNet-Lite0, four gradient CAMs at the last stage,
all localization metrics. "One by one" captures each picture alone, as before there were groups; both are
measured in turn in one process. With --ray, one worker on one core and two on two, each of one thread for
the network; since a worker reads and measures in further threads, one worker on two cores uses both. The
driver shares the cores. The start ends with the first group. Beside the wall clock stand the CPU seconds of
this process, which are of use on a busy machine.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from xai_core import evaluate as ev
from xai_core import load_model
from xai_core.datasets import Dataset, open_dataset
from xai_core.evaluation import groups
from xai_core.network.batches import keep_freed_memory
from xai_core.network.handle import ModelHandle

ROOT = Path(__file__).resolve().parents[2]
KANGAROOS = ROOT.parent / "shared" / "data" / "kangaroo"
LOCALIZATION = (
    *("iou", *(f"iou@{percent}" for percent in range(5, 100, 5))),
    *("localization_error", "localization_error_top5", "distance", "pointing", "energy", "activated_share"),
)
PLAN = ev.Plan(("grad_cam", "grad_cam_plus_plus", "layer_cam", "hires_cam"), LOCALIZATION)


@dataclasses.dataclass(frozen=True)
class Run:
    """`first` seconds until the first picture was done; pictures a second after the first group; CPU seconds
    of this process for each picture."""

    first: float
    rate: float
    cpu: float


def run(handle: ModelHandle, data: Dataset, engine: ev.Engine = ev.local) -> Run:
    """Measure the data set once."""
    seen: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        cpu, start = time.process_time(), time.perf_counter()
        ev.evaluate(
            handle,
            data,
            PLAN,
            Path(folder) / "t.parquet",
            lambda progress: seen.append(time.perf_counter()),
            engine=engine,
        )
        cpu = time.process_time() - cpu
    size = groups.group_size(handle, PLAN.requests(None))
    rest = len(seen) - size
    return Run(seen[0] - start, rest / (seen[-1] - seen[size - 1]), cpu / len(seen))


def said(name: str, runs: Sequence[Run]) -> None:
    """The medians, in one line."""
    rate, cpu, first = (statistics.median(getattr(r, key) for r in runs) for key in ("rate", "cpu", "first"))
    costs = f"{1000 * cpu:6.0f} ms of CPU a picture, first after {first:.1f} s"
    print(f"{name:<44} {rate:6.1f} pictures a second, {costs}")


def here(handle: ModelHandle, data: Dataset, rounds: int) -> None:
    """Groups against one by one, in turn."""
    usual, found = groups.MOST, {"one by one": [], "in groups": []}  # type: dict[str, list[Run]]
    run(handle, data)  # warm
    for _ in range(rounds):
        for name, most in (("one by one", 1), ("in groups", usual)):
            groups.MOST = most
            found[name].append(run(handle, data))
    groups.MOST = usual
    for name, runs in found.items():
        said(f"local, {name}", runs)


def on_ray(handle: ModelHandle, data: Dataset, rounds: int) -> None:
    """One worker on one core, the same on two cores, and two workers on two cores, in turn."""
    os.environ["OMP_NUM_THREADS"] = "1"
    cores = sorted(os.sched_getaffinity(0))[:2]
    found: dict[tuple[int, int], list[Run]] = {(1, 1): [], (1, 2): [], (2, 2): []}
    for _ in range(rounds):
        for (workers, count), runs in found.items():
            os.sched_setaffinity(0, cores[:count])  # Ray and its workers begin with it
            runs.append(run(handle, data, ev.engine_named("ray", workers)))
    for (workers, count), runs in found.items():
        said(f"ray, workers: {workers}, cores: {count}", runs)
    one, _, two = (statistics.median(r.rate for r in runs) for runs in found.values())
    print(f"two workers on two cores are {two / one:.2f} times as fast as one on one; asked is 1.8")


def startup() -> None:
    """Seconds of the command's help and of its smallest run, in fresh processes after one for the cache."""
    with tempfile.TemporaryDirectory() as folder:
        smallest = ["--data", str(KANGAROOS), "--class-map", "kangaroo=104", "--limit", "1"]
        smallest += ["--methods", "grad_cam", "--metrics", "pointing", "--out", f"{folder}/t.parquet"]
        for name, arguments in (("--help", ["--help"]), ("one picture, one map", smallest)):
            spent = []
            for _ in range(4):
                (Path(folder) / "t.parquet").unlink(missing_ok=True)
                start = time.perf_counter()
                command = [sys.executable, "-m", "xai_core.evaluate", *arguments]
                subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
                spent.append(time.perf_counter() - start)
            print(f"the command, {name:<31} {statistics.median(spent[1:]):6.2f} s")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="tests.benchmarks.evaluate", description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--ray", action="store_true", help="also on Ray")
    options = parser.parse_args()
    if not KANGAROOS.is_dir():
        parser.error(f"the photographs {KANGAROOS} are not here")
    keep_freed_memory()
    handle = load_model("efficientnet_lite0", device="cpu")
    data = open_dataset(str(KANGAROOS), handle.labels, "kangaroo=104")
    data = dataclasses.replace(data, examples=data.examples[: options.pictures])
    startup()
    here(handle, data, options.rounds)
    if options.ray:
        on_ray(handle, data, options.rounds)


if __name__ == "__main__":
    main()
