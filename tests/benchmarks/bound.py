"""How near seven class activation maps are to one forward pass, which none of them can do without.

    python -m tests.benchmarks.bound [--networks efficientnet_lite0,resnet50,vgg16] [--rounds 7]

The shortest of the rounds, in milliseconds, each time behind a call of the same work: the forward pass alone
(the network that is captured, no gradients); the same pass as a capture with the last stage's gradients;
seven maps resized to the picture (`xai.explain_many`); and pytorch-grad-cam's seven. The bound is the
library's time through the forward pass alone: the ratio that maps which cost nothing would reach. Take the
figures on a quiet machine."""

from __future__ import annotations

import argparse
from collections.abc import Callable

import numpy as np
import torch

import xai_core as xai  # before the library: it makes torchvision importable
from xai_core.network.batches import keep_freed_memory
from xai_core.network.capture import Wanted
from xai_core.network.scores import Score

from .gallery import GRADIENT_CAMS
from .networks import CONVOLUTIONAL, TARGET_CLASS, Bench
from .report import seconds

SEVEN = (*GRADIENT_CAMS, "eigen_cam")
HEAD = ("network", "forward alone", "with gradients", "seven maps", "library's seven", "ratio", "bound")


def parts(bench: Bench) -> list[Callable[[], object]]:
    """The work of each column."""
    spec = bench.handle.layer(bench.layer)
    targets = {method: None if method == "eigen_cam" else TARGET_CLASS for method in SEVEN}

    def forward() -> None:
        with bench.handle.session(), torch.no_grad():
            bench.handle.capture_each(bench.x, [Wanted(spec)])

    def gradients() -> None:
        with bench.handle.session():
            (found,) = bench.handle.capture_each(bench.x, [Wanted(spec, gradients=True)])
            found.gradients(Score((TARGET_CLASS,)))

    def seven() -> list[np.ndarray]:
        requests = [xai.Request(method, targets[method], bench.layer) for method in SEVEN]
        return [e.upsampled() for e in xai.explain_many(bench.handle, bench.image, requests)]

    def library() -> list[np.ndarray]:
        return [bench.ask(method, bench.layer) for method in SEVEN]

    return [forward, gradients, seven, library]


def _warm(work: Callable[[], object]) -> float:
    """Seconds of a call behind another one, since other networks leave the processor's caches cold."""
    work()
    return seconds(work)


def row(key: str, rounds: int) -> list[str]:
    """The network's line of the table."""
    work = parts(Bench(key))
    taken = np.min([[_warm(one) for one in work] for _ in range(rounds)], 0)
    forward, _, seven, library = taken
    ratios = [f"{library / seven:.1f}", f"{library / forward:.1f}"]
    return [key, *(f"{1000 * one:.1f} ms" for one in taken), *ratios]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="tests.benchmarks.bound", description=__doc__.splitlines()[0])
    parser.add_argument("--networks", default=",".join(CONVOLUTIONAL))
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    keep_freed_memory()
    print(f"| {' | '.join(HEAD)} |\n|{'---|' * len(HEAD)}")
    for key in options.networks.split(","):
        print(f"| {' | '.join(row(key, options.rounds))} |", flush=True)


if __name__ == "__main__":
    main()
