"""Explanation tests: planted cheats, error rates, and memory.   python -m tests.benchmarks.checks

    planted    the embedded network's head refitted with a tag on p % of one class (tests/planted_tag.py):
               what `assert_ignores` says of it, with the tag stamped on every picture and without
    errors     how often a check that looks after every picture calls a difference where there is none, and
               how many pictures it takes where there is one
    memory     peak of a process that looks at 100 pictures, and of one that looks at many more

One part alone: python -m tests.benchmarks.checks errors"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

import xai_core as xai
from tests import planted_tag
from xai_core.datasets import drawn_shapes
from xai_core.inputs import shapes
from xai_core.testing import UNDECIDED, Claim, Judge, Result, check_of, run

from .report import peak_mb

PERCENTS = (2, 5, 10, 20, 50)
MANY = 10_000
GAIN = Claim("map", "the gain", 0.0, (-1.0, 1.0), "control")


def planted() -> None:
    """A line for each share of tagged pictures."""
    lite0 = xai.load_model("efficientnet_lite0", device="cpu")
    print(
        "| tagged | accuracy | answers that the tag turns | stamped: verdict | pictures | loss | unstamped |"
    )
    print("|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        mark = planted_tag.tag(Path(folder))
        found = planted_tag.pictures(lite0, mark)
        for percent, clean in [(50, True), *((percent, False) for percent in PERCENTS)]:
            network = planted_tag.refitted(found, percent, clean)
            fields = {"kind": "ignores", "region": planted_tag.REGION, "about": "these"}
            fields["share"] = planted_tag.ALLOWED
            with_tag = run(network, found.check, check_of({**fields, "stamp": str(mark)}))
            without = run(network, found.check, check_of(fields))
            right, turned = planted_tag.answers(network, found, mark)
            print(
                f"| {percent} %{', both classes' if clean else ''} | {right:.0%} | {turned:.0%} | "
                f"{with_tag.verdict} | {with_tag.looked} | "
                f"{_loss(with_tag)} | {without.verdict} |",
                flush=True,
            )


def _loss(result: Result) -> str:
    found = result.findings[-1]
    return f"{found.mean:+.2f} ({found.low:+.2f} to {found.high:+.2f})"


def errors(runs: int = 200, most: int = 200) -> None:
    """Checks of a gain whose true size is known, until they are settled or `most` pictures are looked at."""
    print("| true gain | called a gain | called a loss | undecided | pictures, median of the settled |")
    print("|---|---|---|---|---|")
    rng = np.random.default_rng(0)
    for gain in (0.0, 0.05, 0.1, 0.2, 0.4):
        verdicts, counts = [], []
        for _ in range(runs):
            judge, verdict = Judge([GAIN], 0.95, None), UNDECIDED
            while verdict == UNDECIDED and judge.pictures < most:
                own, control = (
                    0.5 + gain / 2 + rng.uniform(-0.2, 0.2),
                    0.5 - gain / 2 + rng.uniform(-0.2, 0.2),
                )
                verdict = judge.add({"map": float(own), "control": float(control)})
            verdicts.append(verdict)
            counts += [judge.pictures] if verdict != UNDECIDED else []
        shares = [verdicts.count(name) / runs for name in ("pass", "fail", UNDECIDED)]
        taken = f"{np.median(counts):.0f}" if counts else "–"
        print(
            f"| {gain:.2f} | " + " | ".join(f"{share:.1%}" for share in shares) + f" | {taken} |", flush=True
        )


def memory(many: int = MANY) -> None:
    """A process for each number of pictures, since a peak never falls."""
    for count in (100, many):
        command = [sys.executable, "-m", "tests.benchmarks.checks", "peak", "--pictures", str(count)]
        print(subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip(), flush=True)


def peak(count: int) -> None:
    """Look at so many drawn pictures. What is asked for is so close to the mean that nothing settles it."""
    handle = xai.load_model("tiny_cnn_shapes", device="cpu")
    data = drawn_shapes({name: place for place, name in enumerate(shapes.LABELS)}, 1, count)
    first = run(handle, data, check_of({"kind": "looks_at", "share": 0.5, "limit": 60}))
    share = round(float(first.rows["share"].mean()), 2)
    with tempfile.TemporaryDirectory() as folder:
        check = check_of({"kind": "looks_at", "share": share, "confidence": 1 - 1e-12})
        found = run(handle, data, check, Path(folder) / "table.parquet")
    print(f"{found.looked:,} pictures looked at, {found.verdict}: peak {peak_mb():.0f} MB")


def main() -> int:
    """The parts that are asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("part", nargs="?", choices=("planted", "errors", "memory", "peak"))
    parser.add_argument("--pictures", type=int, default=MANY)
    options = parser.parse_args()
    if options.part == "peak":
        peak(options.pictures)
        return 0
    parts = {"planted": planted, "errors": errors, "memory": lambda: memory(options.pictures)}
    for name in [options.part] if options.part else list(parts):
        print(f"\n{name}", flush=True)
        parts[name]()
    return 0


if __name__ == "__main__":
    sys.exit(main())
