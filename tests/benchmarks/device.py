"""Every row on one device: ours in float32, TF32 and bfloat16 beside the libraries on the same device.

    python -m tests.benchmarks --device cuda [--networks efficientnet_lite0,resnet50,vit_b_16] [--quick]
        [--minutes 8] [--out FOLDER]

Works on a GPU ("cuda") and, through the same code, on the processor ("cpu"). Writes device.json and device.md
with the device's name. First pictures a second of the scorer: as it is, with TF32, under autocast, and
compiled with CUDA graphs, at batches that double until they are no faster or the memory is full. Then the
methods: float32 with all its bits is the row's figure, TF32 and bfloat16 stand beside it with what they
change. `fetches` counts the copies from the GPU in one call. Each network has an equal share of the minutes
that are left. What is not done when its share is over is given up and named as left out. The exit code is 1
where maps of float32 disagree with the library's."""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch

import xai_core as xai
from xai_core.network.precision import IEEE, TF32, multiply

from .device_table import Scored, Timed, save
from .gallery import GRADIENT_CAMS
from .libraries import LIBRARY, MethodBench
from .methods import NOISY, SAMPLED, ours_params
from .networks import TARGET_CLASS, TRANSFORMERS, load
from .report import correlation, difference

RESULTS = Path(__file__).parent / "results"
NETWORKS = "efficientnet_lite0,resnet50,vit_b_16"
LONG = ("integrated_gradients", "smooth_grad", "lime", "kernel_shap", "occlusion")
CAMS = ("score_cam", "ablation_cam")
FIRST_BATCH, LAST_BATCH = 8, 1024
LONG_CALL = 5.0  # seconds
GAIN = 1.03  # a larger batch has to be faster by this to be tried further

Result = TypeVar("Result")


class TimeOver(BaseException):
    """The time of a network is over. No library's handler for errors may swallow it."""


class Clock:
    """Seconds on a device, and how many are left."""

    def __init__(self, device: str, minutes: float):
        self.device, self._end = torch.device(device), time.perf_counter() + 60 * minutes
        self.left_out: list[str] = []

    def wait(self) -> None:
        """Until the device has done what it was asked."""
        if self.device.type == "cuda":
            torch.cuda.synchronize()

    def time(self, work: Callable[[], object], rounds: int = 3) -> float:
        """The shortest seconds of a call, after one that warms up. A call of more than five seconds is made
        once, since what warming up saves is little beside it."""
        found: list[float] = []
        while len(found) <= rounds and not (found and found[-1] > LONG_CALL):
            self.wait()
            start = time.perf_counter()
            work()
            self.wait()
            found.append(time.perf_counter() - start)
        return min(found[1:] or found)

    def run(self, works: list[tuple[str, Callable[[], Result]]], shares: int) -> Iterator[Result]:
        """The results of the named works, one after another, until one of `shares` equal parts of what is
        left is over. Then the work in progress ends, and it and those after it are left out."""
        now = time.perf_counter()
        until = now + (self._end - now) / shares
        for number, (_, work) in enumerate(works):
            try:
                with _ended_at(until):
                    found = work()
            except TimeOver:
                self.left_out += [name for name, _ in works[number:]]
                return
            yield found


@contextmanager
def _ended_at(until: float) -> Iterator[None]:
    """The block, which TimeOver ends at that reading of the clock."""

    def over(*_: object) -> None:
        raise TimeOver

    before = signal.signal(signal.SIGALRM, over)
    signal.setitimer(signal.ITIMER_REAL, max(until - time.perf_counter(), 1e-3))
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@contextmanager
def multiplied(precision: str) -> Iterator[None]:
    """The block with float32 multiplied like that on a GPU."""
    multiply(precision)
    try:
        yield
    finally:
        multiply(IEEE)


def scorers(key: str, handle: xai.ModelHandle, clock: Clock) -> list[tuple[str, Callable[[], Scored]]]:
    """The scorer in each way that this device has."""
    ways = ["float32", "bfloat16"]
    ways += ["TF32", "compiled, CUDA graphs"] if clock.device.type == "cuda" else []
    return [(f"scorer of {key}, {how}", partial(_scorer, key, handle, how, clock)) for how in ways]


def _scorer(key: str, handle: xai.ModelHandle, how: str, clock: Clock) -> Scored:
    with handle.session(), torch.inference_mode():
        net = handle.scorer
        exact = net(handle.blank(FIRST_BATCH))
        run: Callable = net
        if how == "bfloat16":
            run = partial(_autocast, net)
        elif how.startswith("compiled"):
            run = torch.compile(net, mode="reduce-overhead")
        with multiplied(TF32 if how == "TF32" else IEEE):
            off = float((run(handle.blank(FIRST_BATCH)) - exact).abs().max() / exact.abs().max())
            rate, batch = _fastest(run, handle, clock)
    return Scored(key, how, rate, batch, off)


def _autocast(net: Callable, x: torch.Tensor) -> torch.Tensor:
    with torch.autocast(x.device.type, torch.bfloat16):
        return net(x).float()


def _fastest(run: Callable, handle: xai.ModelHandle, clock: Clock) -> tuple[float, int]:
    """Pictures a second and the batch at which they are most."""
    best, batch = (0.0, 0), FIRST_BATCH
    while batch <= LAST_BATCH:
        x = handle.blank(batch).contiguous(memory_format=torch.channels_last)
        try:
            rate = batch / clock.time(lambda x=x: run(x))
        except torch.OutOfMemoryError:
            torch.cuda.empty_cache()
            break
        if rate < GAIN * best[0]:
            break
        best, batch = (rate, batch), 2 * batch
    return best


def rows(key: str, bench: MethodBench, quick: bool, clock: Clock) -> list[tuple[str, Callable[[], Timed]]]:
    """The methods, those that take least time first."""
    low = load(key, str(clock.device), torch.bfloat16)
    works = ["seven gradient CAMs", *(CAMS if key not in TRANSFORMERS else CAMS[1:]), *LONG]
    if key in TRANSFORMERS:
        works.remove("occlusion")
    batch = 8 if quick else 32
    return [(f"{work} of {key}", partial(_row, work, bench, low, batch, clock)) for work in works]


def _row(work: str, bench: MethodBench, low: xai.ModelHandle, batch: int, clock: Clock) -> Timed:
    def ours(handle: xai.ModelHandle) -> np.ndarray:
        return _ours(work, bench, handle)

    def library(size: int | None) -> np.ndarray:
        return _library(work, bench, size)

    exact, theirs = ours(bench.handle), library(None)
    if work == "occlusion" and bench.every > 1:  # the library's windows alone
        step = 8 * bench.every
        shown, theirs = exact[::step, ::step], theirs[::step, ::step]
        scale = exact.size / 64 / shown.size
    else:
        shown, scale = exact, 1.0
    seconds = clock.time(lambda: ours(bench.handle))
    plain = scale * clock.time(lambda: library(None), 1)
    tuned = plain if work == "seven gradient CAMs" else scale * clock.time(lambda: library(batch), 1)
    other = {}
    if clock.device.type == "cuda":
        with multiplied(TF32):
            found = ours(bench.handle)
            other["TF32"] = clock.time(lambda: ours(bench.handle)), correlation(exact, found)
    found = ours(low)
    other["bfloat16"] = clock.time(lambda: ours(low), 1), correlation(exact, found)
    alike, needed = correlation(shown, theirs), _needed(work, bench.samples)
    agrees = needed is None or alike > needed
    row = (bench.key, work, plain, min(plain, tuned), seconds, alike, difference(shown, theirs), agrees)
    return Timed(*row, other, _fetches(lambda: ours(bench.handle), clock))


def _ours(work: str, bench: MethodBench, handle: xai.ModelHandle) -> np.ndarray:
    """Our map, or the sum of the seven maps."""
    if work == "seven gradient CAMs":
        asked = [xai.Request(m, TARGET_CLASS, bench.layer) for m in GRADIENT_CAMS]
        return np.sum([_scaled(e.upsampled()) for e in xai.explain_many(handle, bench.image, asked)], 0)
    if work in CAMS:
        return xai.explain(handle, bench.image, work, TARGET_CLASS, bench.layer).upsampled()
    e = xai.explain(handle, bench.image, work, TARGET_CLASS, **ours_params(work, bench.samples))
    return np.kron(e.heatmap, np.ones((8, 8))) if work == "occlusion" else e.upsampled()


def _library(work: str, bench: MethodBench, batch: int | None) -> np.ndarray:
    """The library's map at this batch size; None is as it comes."""
    if work == "seven gradient CAMs":
        return np.sum([bench.ask(m, bench.layer) for m in GRADIENT_CAMS], 0)
    if work in CAMS:
        return bench.ask(work, bench.layer, batch_size=batch)
    return LIBRARY[work](bench, batch)


def _scaled(values: np.ndarray) -> np.ndarray:
    return (values - values.min()) / max(float(np.ptp(values)), 1e-12)


def _needed(work: str, samples: int) -> float | None:
    """The least correlation; None where two draws of few samples need not agree. The sign of an eigenvector
    is left to chance in the library, so that seven maps together agree less."""
    if work == "seven gradient CAMs":
        return 0.9
    return None if work in SAMPLED and samples < 1000 else NOISY.get(work, 0.999)


def _fetches(work: Callable[[], object], clock: Clock) -> int | None:
    """How many copies from the GPU to the processor a call makes; None on a processor."""
    if clock.device.type != "cuda":
        return None
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CUDA]) as profile:
        work()
        clock.wait()
    return sum(event.count for event in profile.key_averages() if "DtoH" in event.key)


def name_of(device: torch.device) -> str:
    """What the device is called."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    from .__main__ import machine  # it imports this module

    return machine()["processor"]


def main(device: str, options: argparse.Namespace) -> int:
    """Measure and write; 1 if a map of float32 disagrees with the library's."""
    clock, scored, timed = Clock(device, options.minutes), [], []
    name, keys = name_of(clock.device), options.networks.split(",")
    for number, key in enumerate(keys):
        samples, every = (50, 9) if options.quick else (1000, 3)
        bench = MethodBench(key, samples, every, 1, device)
        works = [*scorers(key, bench.handle, clock), *rows(key, bench, options.quick, clock)]
        for one in clock.run(works, len(keys) - number):
            (scored if isinstance(one, Scored) else timed).append(one)
            print(one, file=sys.stderr, flush=True)
            save(options.out, name, scored, timed, clock.left_out)
    print(save(options.out, name, scored, timed, clock.left_out))
    return int(not all(t.agrees for t in timed))
