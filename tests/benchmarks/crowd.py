"""Eight visitors at one network: what waiting costs, and what stays in memory.

    python -m tests.benchmarks.crowd [--requests 500]

Twenty mixed requests one after another, then the same twenty from eight threads: every map must be the same
to the last bit, and the crowd may take a tenth longer at most. Then that many requests in turn: the resident
memory after the last fifth against that after the first. The exit code is 1 where one of them does not
hold."""

from __future__ import annotations

import argparse
import gc
import random
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import psutil

import xai_core as xai
from xai_core.network.batches import keep_freed_memory

USERS, SLACK, GROWTH_MB = 8, 1.10, 30
PICTURES = ("chelsea", "coffee", "rocket", "flower")
METHODS = (
    ("grad_cam", {}),
    ("layer_cam", {}),
    ("guided_backprop", {}),
    ("smooth_grad", {"samples": 8}),
    ("occlusion", {"window": 28, "stride": 28}),
    ("lime", {"samples": 40, "segments": 16}),
    ("ablation_cam", {}),
    ("integrated_gradients", {"steps": 8}),
)

Job = tuple[xai.ImageInput, xai.Request]


def jobs(count: int) -> list[Job]:
    """Mixed requests, drawn once for all."""
    draw = random.Random(0)
    images = [xai.load_sample(key) for key in PICTURES]
    found = []
    for _ in range(count):
        method, params = draw.choice(METHODS)
        request = xai.Request(method, draw.choice((281, 282, 504)), params=params, seed=draw.randrange(3))
        found.append((draw.choice(images), request))
    return found


def crowded(handle: xai.ModelHandle, wanted: list[Job]) -> tuple[float, float, int]:
    """Seconds one after another, seconds from eight threads, and how many maps differ."""

    def run(job: Job) -> bytes:
        return xai.explain_many(handle, job[0], [job[1]])[0].heatmap.tobytes()

    with ThreadPoolExecutor(USERS) as pool:
        alone, together, times = [], [], ([], [])
        list(pool.map(run, wanted))  # each thread warms up its own memory
        for _ in range(3):
            start = time.perf_counter()
            alone = [run(job) for job in wanted]
            times[0].append(time.perf_counter() - start)
            start = time.perf_counter()
            together = list(pool.map(run, wanted))
            times[1].append(time.perf_counter() - start)
    wrong = sum(a != b for a, b in zip(alone, together, strict=True))
    return sorted(times[0])[1], sorted(times[1])[1], wrong


def growth(handle: xai.ModelHandle, wanted: list[Job]) -> float:
    """MB by which the process grew from the first fifth of the requests to the last."""
    sizes = []
    for number, (image, request) in enumerate(wanted):
        xai.explain_many(handle, image, [request])
        if number % 10 == 9:
            gc.collect()
            sizes.append(psutil.Process().memory_info().rss / 1e6)
    fifth = max(1, len(sizes) // 5)
    return sum(sizes[-fifth:]) / fifth - sum(sizes[:fifth]) / fifth


def main() -> int:
    """Print both; 1 where one does not hold."""
    parser = argparse.ArgumentParser(prog="tests.benchmarks.crowd", description=__doc__.splitlines()[0])
    parser.add_argument("--requests", type=int, default=500)
    options = parser.parse_args()
    keep_freed_memory()
    handle = xai.load_model("efficientnet_lite0", device="cpu")
    alone, together, wrong = crowded(handle, jobs(20))
    print(
        f"Twenty requests: {alone:.1f} s one after another, {together:.1f} s from eight visitors "
        f"({together / alone:.2f} times), {wrong} maps differ."
    )
    grown = growth(handle, jobs(options.requests))
    print(f"{options.requests} requests: memory grew by {grown:.0f} MB.")
    return int(wrong > 0 or together > SLACK * alone or grown > GROWTH_MB)


if __name__ == "__main__":
    sys.exit(main())
