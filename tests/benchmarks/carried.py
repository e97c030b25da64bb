"""What insertion and deletion gain from results that are carried on, and from convolutions with endings.

    python -m tests.benchmarks.carried [--networks efficientnet_lite0,resnet50,vgg16] [--rounds 3]

Both curves over 28 x 28 superpixels in one process, in turn: with a whole picture computed before each batch
and each activation a step of its own that overwrites its input; with results carried on from batch to batch;
and with both, as the curves are computed. The shortest seconds, the medians of the ratios to the first, and
the largest difference between the scores. Take the figures on a quiet machine."""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from unittest import mock

import numpy as np
import torch

import xai_core as xai
from xai_core.network.batches import keep_freed_memory
from xai_core.scoring.incremental import Incremental, Running, Windows, engine_of
from xai_core.scoring.incremental.fused import passed_on
from xai_core.scoring.incremental.rules import local_of
from xai_core.scoring.incremental.steps import Step

from .networks import CONVOLUTIONAL, TARGET_CLASS, load
from .report import seconds

HEAD = ("network", "neither", "carried on", "and endings", "ratio, carried on", "ratio, both", "difference")


def apart(step: Step, executed: Step) -> Step:
    """The step as it is run where no convolution has an ending."""
    if executed.function is passed_on and "inplace" in step.kwargs:
        return dataclasses.replace(step, kwargs=step.kwargs | {"inplace": True})
    return step


@contextmanager
def without_endings(network: Incremental) -> Iterator[None]:
    """The network with each activation as a step of its own."""
    executed = [apart(*both) for both in zip(network.steps, network.executed, strict=True)]
    rules = [local_of(step, network.sizes) for step in executed]
    with mock.patch.object(network, "executed", executed), mock.patch.object(network, "locals", rules):
        yield


def anew(
    self: Running, start: int, before: Callable[[int], torch.Tensor], cells: torch.Tensor, windows: Windows
) -> torch.Tensor:
    """`Running.logits` with the picture before each batch computed as a whole."""
    return self._network.logits(self._network.activations(before(start)), cells, windows)


def row(key: str, rounds: int) -> list[str]:
    """The network's line of the table."""
    handle, image = load(key), xai.load_sample("chelsea")
    e = xai.explain(handle, image, "grad_cam", TARGET_CLASS)
    xai.curves(handle, image, e, 56)  # what is made once
    with handle.session():
        network = engine_of(handle.scorer, handle.blank()).network
    assert network is not None
    found: list[xai.Curves] = []

    def curves() -> None:
        found.append(xai.curves(handle, image, e, 8))

    taken = []
    for _ in range(rounds):
        with without_endings(network):
            with mock.patch.object(Running, "logits", anew):
                neither = seconds(curves)
            carried = seconds(curves)
        taken.append((neither, carried, seconds(curves)))
    ratios = np.median([(one / two, one / three) for one, two, three in taken], 0)
    off = max(float(np.abs(one.insertion - found[0].insertion).max()) for one in found)
    cells = [*(f"{one:.2f} s" for one in np.min(taken, 0)), *(f"{one:.2f}" for one in ratios)]
    return [key, *cells, f"{off:.1g}"]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="tests.benchmarks.carried", description=__doc__.splitlines()[0])
    parser.add_argument("--networks", default=",".join(CONVOLUTIONAL))
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    keep_freed_memory()
    print(f"| {' | '.join(HEAD)} |\n|{'---|' * len(HEAD)}")
    for key in options.networks.split(","):
        print(f"| {' | '.join(row(key, options.rounds))} |", flush=True)


if __name__ == "__main__":
    main()
