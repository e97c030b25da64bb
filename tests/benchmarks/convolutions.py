"""How near each kind of layer comes to the processor's peak, as it is and compiled.

    python -m tests.benchmarks.convolutions [--networks efficientnet_lite0,resnet50] [--batch 6] [--rounds 5]

Milliseconds of a batch and GFLOP/s (two operations for each multiplication and addition) by kind of layer:
of the folded network step by step, and of OpenVINO's program by its own counters, which put an activation to
the convolution before it. The last line is a matrix product, the peak. The shortest of the rounds."""

from __future__ import annotations

import argparse
import time
from collections import Counter
from unittest.mock import patch

import torch

from xai_core.network.batches import keep_freed_memory
from xai_core.scoring.incremental import Incremental
from xai_core.scoring.incremental.compiled import program
from xai_core.scoring.incremental.cost import work_of
from xai_core.scoring.incremental.steps import Step

from .cost import times, whole
from .networks import load

KINDS = ("1x1", "depthwise", "other convolutions", "linear", "the rest")
OF_PROGRAM = {
    "Convolution": "other convolutions",
    "GroupConvolution": "depthwise",
    "FullyConnected": "linear",
}


def kind_of(step: Step) -> str:
    """The kind of layer that a step is."""
    if step.name == "conv2d":
        weight = next(iter(step.tensors()))
        if weight.shape[1] == 1:
            return "depthwise"
        return "1x1" if weight.shape[2:] == (1, 1) else "other convolutions"
    return "linear" if step.name in ("linear", "addmm") else "the rest"


def as_it_is(network: Incremental, x: torch.Tensor, rounds: int) -> Counter[str]:
    """Seconds of each kind."""
    found: Counter[str] = Counter()
    measured = times(lambda: whole(network, x), time.perf_counter, rounds)
    for step, seconds in zip(network.steps, measured, strict=True):
        found[kind_of(step)] += float(seconds)
    return found


def compiled(network: Incremental, x: torch.Tensor, rounds: int) -> Counter[str]:
    """Seconds of each kind, by the program's own counters."""
    best: Counter[str] = Counter()
    with patch.dict(program.SETTINGS, {"PERF_COUNT": True}):
        made = program.Programs(network).whole
    for number in range(rounds + 1):
        made(x)
        found: Counter[str] = Counter()
        for node in made._request.profiling_info:
            kind = OF_PROGRAM.get(node.node_type, "the rest")
            kind = "1x1" if kind == "other convolutions" and "1x1" in node.exec_type else kind
            found[kind] += node.real_time.total_seconds()
        if number and (not best or found.total() < best.total()):
            best = found
    return best


def peak() -> float:
    """GFLOP/s of a matrix product."""
    a, best = torch.randn(2048, 2048), float("inf")
    for _ in range(5):
        start = time.perf_counter()
        a @ a
        best = min(best, time.perf_counter() - start)
    return 2e-9 * 2048**3 / best


def main() -> int:
    """Print a line for each kind of layer."""
    parser = argparse.ArgumentParser(
        prog="tests.benchmarks.convolutions", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--networks", default="efficientnet_lite0,resnet50")
    parser.add_argument("--batch", type=int, default=6)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    keep_freed_memory()
    for key in options.networks.split(","):
        handle = load(key)
        with handle.session(), torch.inference_mode():
            network = Incremental(handle.scorer, handle.blank())
            x = handle.blank(options.batch).contiguous(memory_format=torch.channels_last)
            ways = as_it_is(network, x, options.rounds), compiled(network, x, options.rounds)
        work: Counter[str] = Counter()
        for step in network.steps:
            work[kind_of(step)] += 2e-9 * options.batch * work_of(step, network.sizes, 4).operations
        print(f"{key:<24}  as it is: ms, GFLOP/s   compiled: ms, GFLOP/s")
        for kind in KINDS:
            cells = [f"{1e3 * way[kind]:8.1f} {work[kind] / max(way[kind], 1e-9):8.0f}" for way in ways]
            print(f"  {kind:<24} {cells[0]}      {cells[1]}", flush=True)
    print(f"  {'a matrix product':<24} {peak():17.0f}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
