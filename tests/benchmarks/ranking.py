"""What a ranking may be trusted with: false alarms, coverage, what stopping early costs, and memory.

    python -m tests.benchmarks.ranking [--runs N] [--memory]

Scores are drawn, so that the truth is known. Null: all methods have the same mean, so every pair that is told
apart at any look is a false alarm, and a run errs too where one interval of any look misses zero. "Naive" is
what people do: a paired t test for each pair at each look, 5 % each. Then methods at known distances: how
many pictures it takes until all pairs are told apart, and whether each rank interval of the end holds the
true rank. With --memory: the peak of a process that ranks 100 and 10,000 pictures of drawn scores, beside
the network, each picture a part file as always."""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy.stats import ttest_rel

from tests.xai_core.ranking.conftest import drawn_engine, pictures, scores
from xai_core import load_model
from xai_core.ranking.bootstrap import pairs
from xai_core.ranking.looks import looks
from xai_core.ranking.plan import Ranked
from xai_core.ranking.running import rank
from xai_core.ranking.standing import Scores, standings

from .report import peak_mb

Draw = Callable[[np.random.Generator, int], np.ndarray]
ALPHA, BUDGET = 0.05, 80
NULLS: dict[str, Draw] = {
    "normal, 4 methods": lambda rng, n: rng.normal(size=(n, 4)) + rng.normal(0, 2, (n, 1)),
    "normal, 8 methods": lambda rng, n: rng.normal(size=(n, 8)) + rng.normal(0, 2, (n, 1)),
    "skewed (gamma 2), 4 methods": lambda rng, n: rng.gamma(2.0, 0.5, (n, 4)),
    "unequal spread and skew, 4 methods": lambda rng, n: (rng.gamma(1.0, 1.0, (n, 4)) - 1) * [1, 1, 2, 4],
    "0 or 1, three in ten are 1, 4 methods": lambda rng, n: (rng.random((n, 4)) < 0.3).astype(float),
    "four pictures a photograph, 4 methods": lambda rng, n: (
        rng.normal(size=(-(-n // 4), 4)).repeat(4, 0)[:n] + 0.3 * rng.normal(size=(n, 4))
    ),
}
STEP = 0.4  # between neighbouring methods, in standard deviations of a method's own noise


def cut(found: Scores, count: int) -> Scores:
    """The first pictures."""
    return replace(
        found, pictures=found.pictures[:count], witness=found.witness[:count], values=found.values[:count]
    )


def null(name: str, runs: int) -> str:
    """One line of the table: how often a run errs, whose every look counts."""
    rng, alarms, misses, naive = np.random.default_rng(0), 0, 0, 0
    start = time.process_time()
    for _ in range(runs):
        values = NULLS[name](rng, BUDGET)
        witness = np.arange(BUDGET) // 4 if "photograph" in name else np.arange(BUDGET)
        found = scores(values, witness)
        every = [standings(cut(found, one.pictures), one.alpha)[0] for one in looks(BUDGET, ALPHA)]
        alarms += any(one.better.any() for one in every)
        misses += any((one.low > 0).any() or (one.high < 0).any() for one in every)
        i, j = pairs(values.shape[1])
        seen = [values[: one.pictures] for one in looks(BUDGET, ALPHA)]
        naive += any((ttest_rel(v[:, i], v[:, j]).pvalue < ALPHA).any() for v in seen)
    spent = (time.process_time() - start) / runs
    cells = (f"{100 * share / runs:.1f} %" for share in (alarms, misses, naive))
    return f"| {name} | {' | '.join(cells)} | {1000 * spent:.0f} ms |"


def apart(runs: int) -> str:
    """Four methods at known distances: pictures until all pairs are told apart, and wrong statements."""
    rng, used, wrong = np.random.default_rng(1), [], 0
    plan = Ranked(("grad_cam", "layer_cam", "gradient"), ("relevance_gain",))
    for _ in range(runs):
        values = rng.normal(size=(640, 4)) + rng.normal(0, 2, (640, 1)) - STEP * np.arange(4)
        found = scores(values)
        for look in looks(640, ALPHA):
            (one,) = standings(cut(found, look.pictures), look.alpha)
            if plan.settled([one]):
                break
        used.append(look.pictures)
        rank_of = np.arange(1, 5)
        wrong += bool(((one.rank_low > rank_of) | (one.rank_high < rank_of)).any())
    quarters = np.percentile(used, (25, 50, 75)).astype(int)
    return (
        f"Four methods {STEP} apart, at most 640 pictures: all pairs told apart after {quarters[1]} pictures "
        f"in the median (quartiles {quarters[0]} and {quarters[2]}); a rank interval missed in {wrong} of "
        f"{runs}."
    )


def memory(count: int) -> None:
    """Rank so many pictures of drawn scores here; print the peak of this process."""
    handle = load_model("efficientnet_lite0", device="cpu")
    plan = Ranked(("layer_cam", "gradient"), ("relevance_gain",))
    before, start = peak_mb(), time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        found = rank(handle, pictures(count), plan, Path(folder) / "scores", engine=drawn_engine())
    spent = time.perf_counter() - start
    print(
        f"| {count:,} | {found.pictures:,} | {len(found.looks)} | {before:.0f} MB | {peak_mb():.0f} MB | "
        f"{spent:.0f} s |"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="tests.benchmarks.ranking", description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument(
        "--memory", action="store_true", help="the memory instead, for 100 and 10,000 pictures"
    )
    parser.add_argument("--count", type=int, help=argparse.SUPPRESS)  # a process of --memory
    options = parser.parse_args()
    if options.count:
        memory(options.count)
    elif options.memory:
        print("| pictures | ranked | looks | before | peak | |\n|---|---|---|---|---|---|", flush=True)
        for count in (100, 10_000):
            command = [sys.executable, "-m", "tests.benchmarks.ranking", "--count", str(count)]
            subprocess.run(command, check=True)
    else:
        print("| null scores | false alarms | intervals miss | naive | CPU a run |\n|---|---|---|---|---|")
        for name in NULLS:
            print(null(name, options.runs), flush=True)
        print(apart(max(1, options.runs // 4)))


if __name__ == "__main__":
    main()
