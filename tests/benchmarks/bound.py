"""What the arithmetic leaves to be gained: for seven class activation maps, and for insertion and deletion.

    python -m tests.benchmarks.bound [--networks efficientnet_lite0,resnet50,vgg16] [--rounds 7] [--curves]

Seven maps: the shortest of the rounds, in milliseconds, each time behind a call of the same work: the forward
pass alone (the network that is captured, no gradients); the same pass as a capture with the last stage's
gradients; seven maps resized to the picture (`xai.explain_many`); and pytorch-grad-cam's seven. The bound is
the library's time through the forward pass alone: the ratio that maps which cost nothing would reach. Take
the figures on a quiet machine.

--curves counts and measures nothing: the multiply-adds of both curves over 28 x 28 superpixels, as whole
pictures and on windows. Their ratio is the bound where a multiply-add takes as long on a window as in a
batch of whole pictures."""

from __future__ import annotations

import argparse
from collections.abc import Callable

import numpy as np
import torch

import xai_core as xai  # before the library: it makes torchvision importable
from xai_core.inputs.superpixels import boxes_of
from xai_core.metrics.cells import superpixels
from xai_core.network.batches import keep_freed_memory
from xai_core.network.capture import Wanted
from xai_core.network.scores import Score
from xai_core.scoring.incremental import boxes_as_windows, engine_of
from xai_core.scoring.incremental.cost import work_of
from xai_core.scoring.perturbations import CPU_WINDOWS

from .gallery import GRADIENT_CAMS
from .networks import CONVOLUTIONAL, TARGET_CLASS, Bench, load
from .report import seconds

SEVEN = (*GRADIENT_CAMS, "eigen_cam")
HEAD = ("network", "forward alone", "with gradients", "seven maps", "library's seven", "ratio", "bound")
CURVES_HEAD = ("network", "giga multiply-adds of whole pictures", "on windows", "ratio")
SIDE = 8  # pixels of a superpixel


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


def curves(key: str) -> list[str]:
    """The network's line of the table of curves, for one order of the superpixels drawn at random."""
    handle = load(key)
    height, width = handle.input_size
    cells = superpixels(handle.input_size, SIDE)
    boxes = boxes_of(cells)[np.random.default_rng(0).permutation(int(cells.max()) + 1)]
    with handle.session():
        network = engine_of(handle.scorer, handle.blank()).network
    assert network is not None
    works = [work_of(step, network.sizes, 4).operations for step in network.executed]
    whole, done = sum(works) * len(boxes), 0.0
    for start in range(0, len(boxes), CPU_WINDOWS):
        part = boxes[start : start + CPU_WINDOWS]
        planned = network.windows(boxes_as_windows(part, (height, width), running=True))
        shares = [planned[n].share if (n := step.outs[0]) in planned else 1.0 for step in network.executed]
        done += len(part) * float(np.dot(works, shares))
    counts = [f"{2 * one / 1e9:,.0f}" for one in (whole, done)]
    return [key, *counts, f"{whole / done:.2f}"]


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
    parser.add_argument("--curves", action="store_true", help="count the work of the curves instead")
    options = parser.parse_args()
    keep_freed_memory()
    head = CURVES_HEAD if options.curves else HEAD
    print(f"| {' | '.join(head)} |\n|{'---|' * len(head)}")
    for key in options.networks.split(","):
        cells = curves(key) if options.curves else row(key, options.rounds)
        print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
