"""How long OpenMP's threads may wait busily: pictures a second of EfficientNet-Lite0, on an idle machine and
beside a busy loop on each processor.

    python -m tests.benchmarks.spinning [--rounds 3]

Each setting has a process of its own, since it is read when torch is imported; the settings take turns.
Prints for batches of one and of six the pictures a second of the scorer as it is and compiled, the median of
the rounds. xai_core sets GOMP_SPINCOUNT=1000 (`xai_core.spinning`)."""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

SETTINGS = {
    "default": {},
    "passive": {"OMP_WAIT_POLICY": "PASSIVE"},
    "1,000 turns": {"GOMP_SPINCOUNT": "1000"},
    "20,000 turns": {"GOMP_SPINCOUNT": "20000"},
}
BATCHES = (1, 6)
SECONDS = 1.0


def rate(run: Callable[[], object], pictures: int) -> float:
    """Pictures a second."""
    run()
    took, ends = [], time.perf_counter() + SECONDS
    while time.perf_counter() < ends:
        start = time.perf_counter()
        run()
        took.append(time.perf_counter() - start)
    return pictures / statistics.median(took)


def measured() -> dict[str, float]:
    """In a process with a setting: pictures a second both ways. Each batch is made by torch, as work does."""
    import torch

    import xai_core as xai
    from xai_core.network.batches import keep_freed_memory
    from xai_core.scoring.incremental import Incremental
    from xai_core.scoring.incremental.compiled import Program

    keep_freed_memory()
    handle, found = xai.load_model("efficientnet_lite0"), {}
    with handle.session(), torch.inference_mode():
        scorer, x = handle.scorer, handle.blank()
        program, masks = Program(Incremental(scorer, x)), torch.rand(max(BATCHES), 1, *x.shape[2:])

        def batch(count: int) -> torch.Tensor:
            return (x * masks[:count]).contiguous(memory_format=torch.channels_last)

        for count in BATCHES:
            found[f"as it is, {count}"] = rate(lambda count=count: scorer(batch(count)), count)
            found[f"compiled, {count}"] = rate(lambda count=count: program(batch(count)), count)
    return found


@contextmanager
def loops(count: int) -> Iterator[None]:
    """So many processes that compute without a pause."""
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for one in busy:
            one.kill()
            one.wait()


def main() -> int:
    """Print what was measured."""
    parser = argparse.ArgumentParser(prog="tests.benchmarks.spinning", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--here", action="store_true", help="measure in this process, and print JSON")
    options = parser.parse_args()
    if options.here:
        print(json.dumps(measured()))
        return 0
    for name, busy in (("idle", 0), ("busy", os.cpu_count() or 1)):
        found: dict[str, list[dict[str, float]]] = {setting: [] for setting in SETTINGS}
        with loops(busy):
            for _ in range(options.rounds):
                for setting, variables in SETTINGS.items():
                    told = subprocess.run(
                        [
                            sys.executable,
                            "-c",
                            "import torch, tests.benchmarks.spinning as s; s.main()",
                            "--here",
                        ],
                        env=os.environ | variables,
                        capture_output=True,
                        text=True,
                        check=True,
                    )
                    found[setting].append(json.loads(told.stdout.splitlines()[-1]))
        for setting, rounds in found.items():
            rates = {key: statistics.median(one[key] for one in rounds) for key in rounds[0]}
            print(f"{name}, {setting}: " + "; ".join(f"{key}: {value:.0f}" for key, value in rates.items()))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
