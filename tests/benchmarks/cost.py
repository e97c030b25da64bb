"""The cost model by which routes are chosen: modelled beside measured seconds, and its constants.

    python -m tests.benchmarks.cost [--networks efficientnet_lite0,resnet50,vgg16] [--rounds 3] [--fit]

Each step of a network is timed on whole pictures, one and six at a time, and on 32 windows of several sizes;
the shortest of the rounds counts. Prints one line for each of these, in milliseconds a picture. `--fit`
prints the constants of `xai_core.scoring.incremental.cost.RATES["cpu"]` that fit all steps best. Seconds are
those of the processor on one thread with `--one-thread`, which other work on the machine disturbs least; only
their ratios matter. The exit code is 1 if windows are wrongly said to be more, or less, than whole pictures
where they differ by more than a quarter."""

from __future__ import annotations

import argparse
import dataclasses
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch

import xai_core as xai
from xai_core.network.batches import CPU_BATCH, keep_freed_memory
from xai_core.scoring.incremental import CostModel, Incremental, Windows, boxes_as_windows
from xai_core.scoring.incremental.cost import RATES, Rates
from xai_core.scoring.incremental.network import Changed
from xai_core.scoring.perturbations import CPU_WINDOWS

SIDES = (8, 32, 64, 112, 160)
FIELDS = [field.name for field in dataclasses.fields(Rates)]
FIXED = ("step", "gather", "place")
CLEAR = 1.25
SMALL = 2e-4  # seconds; steps that take less hardly count in the fit


@dataclass
class Case:
    """Measured and modelled seconds of the steps of one network on one batch, and the counted work behind
    each, one column for each constant."""

    network: str
    batch: str
    pictures: int
    measured: np.ndarray
    modelled: np.ndarray
    counted: np.ndarray

    def each(self, seconds: np.ndarray) -> float:
        """Milliseconds a picture."""
        return 1e3 * float(seconds.sum()) / self.pictures


def one_constant(name: str) -> Rates:
    """Rates under which modelled seconds are the counted work that the constant stands for."""
    return Rates(**{f: float(f == name) if f in FIXED else 1.0 if f == name else np.inf for f in FIELDS})


def times(run: Callable[[], Iterator[None]], clock: Callable[[], float], rounds: int) -> np.ndarray:
    """The shortest seconds of each step of `run`, which yields after each."""
    found = []
    for _ in range(rounds + 1):  # the first one warms up
        marks = [clock()]
        for _ in run():
            marks.append(clock())
        found.append(np.diff(marks))
    return np.min(found[1:], 0)


def whole(network: Incremental, x: torch.Tensor) -> Iterator[None]:
    """The steps on whole pictures."""
    values = {0: x}
    for place in range(len(network.steps)):
        values = network.between(values, place, place + 1, len(x))
        yield


def windowed(network: Incremental, known: dict, windows: Windows) -> Iterator[None]:
    """The steps on windows of noise."""
    cells = torch.randn(len(windows), 3, windows.height, windows.width)
    values, planned = {0: Changed(known[0], cells, windows)}, network.windows(windows)
    for place in range(len(network.steps)):
        network.step_on_windows(place, values, known, planned, len(windows))
        yield


def cases(key: str, clock: Callable[[], float], rounds: int) -> Iterator[Case]:
    """Everything that is timed of one network."""
    weights = "pretrained" if key.startswith("efficientnet_lite") else "random"
    handle = xai.load_model(key, device="cpu", weights=weights)
    with handle.session(), torch.inference_mode():
        network = Incremental(handle.scorer, handle.blank())
        models = [CostModel(network, 4, rates) for rates in (RATES["cpu"], *map(one_constant, FIELDS))]
        places = range(len(network.steps))
        for size in (1, CPU_BATCH):
            x = handle.blank(size).contiguous(memory_format=torch.channels_last)
            counted = np.array([[model.step(place, size) for place in places] for model in models])
            measured = times(lambda x=x: whole(network, x), clock, rounds)
            yield Case(key, f"{size} whole", size, measured, counted[0], counted[1:].T)
        known, random = network.activations(handle.blank()), np.random.default_rng(0)
        for side in SIDES:
            corners = random.integers(0, min(handle.input_size) + 1 - side, (2, CPU_WINDOWS))
            boxes = np.stack([*corners, *np.full((2, CPU_WINDOWS), side)], 1)
            windows = boxes_as_windows(boxes, handle.input_size, False)
            counted = np.array([model.windows_by_step(windows) for model in models])
            measured = times(lambda w=windows: windowed(network, known, w), clock, rounds)
            yield Case(key, f"{side} pixels", CPU_WINDOWS, measured, counted[0], counted[1:].T)


def fit(found: list[Case]) -> Rates:
    """The constants with the smallest squared relative errors over all steps."""
    from scipy.optimize import nnls

    counted = np.concatenate([case.counted for case in found])
    seconds = np.concatenate([case.measured for case in found])
    weight = 1 / (seconds + SMALL)
    for _ in range(20):  # reweighted, so that a step that was disturbed does not move the others
        values, _ = nnls(counted * weight[:, None], seconds * weight)
        error = np.abs(counted @ values - seconds) / (seconds + SMALL)
        weight = 1 / (seconds + SMALL) / np.sqrt(np.maximum(error, 0.05))
    return Rates(**{n: v if n in FIXED else 1 / max(v, 1e-15) for n, v in zip(FIELDS, values, strict=True)})


def wrong(found: list[Case]) -> list[str]:
    """Where the model chooses the other route although that clearly takes longer."""
    bad = []
    for key in dict.fromkeys(case.network for case in found):
        own = [case for case in found if case.network == key]
        (base,) = [case for case in own if case.batch == f"{CPU_BATCH} whole"]
        for case in own:
            if case.pictures == CPU_WINDOWS:
                real = case.each(case.measured) / base.each(base.measured)
                said = case.each(case.modelled) / base.each(base.modelled)
                if (said < 1) != (real < 1) and max(real, 1 / real) > CLEAR:
                    bad.append(f"{key}, {case.batch}: {real:.2f} of whole pictures, {said:.2f} modelled")
    return bad


def main() -> int:
    """Print both sides; 1 if the model clearly chooses wrongly."""
    parser = argparse.ArgumentParser(prog="tests.benchmarks.cost", description=__doc__.splitlines()[0])
    parser.add_argument("--networks", default="efficientnet_lite0,resnet50,vgg16")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--fit", action="store_true", help="print the constants that fit best")
    parser.add_argument("--one-thread", action="store_true", help="processor seconds of one thread")
    options = parser.parse_args()
    keep_freed_memory()
    clock = time.perf_counter
    if options.one_thread:
        torch.set_num_threads(1)
        clock = time.process_time
    found = []
    for key in options.networks.split(","):
        for case in cases(key, clock, options.rounds):
            found.append(case)
            each = f"{case.each(case.measured):8.2f} ms measured {case.each(case.modelled):8.2f} ms modelled"
            ratio = case.modelled.sum() / case.measured.sum()
            print(f"{case.network:20} {case.batch:12} {each}  {ratio:5.2f}", flush=True)
    if options.fit:
        print(", ".join(f"{name} {value:.2g}" for name, value in vars(fit(found)).items()))
    bad = wrong(found)
    print("\n".join(bad) or "No clearly wrong choice.")
    return int(bool(bad))


if __name__ == "__main__":
    sys.exit(main())
