"""What compiling saves: the same work as the network is and compiled, in one process, in turn.

    python -m tests.benchmarks.compiled [--networks efficientnet_lite0,resnet50,vgg16] [--rounds 3]

Prints for each network and work the seconds both ways, the median of the ratios of the rounds, and the
largest difference of the maps, as a share of their largest value. RISE sends whole pictures alone: one
divided by its ratio is `xai_core.scoring.incremental.cost.COMPILED`."""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch

import xai_core as xai
from xai_core.network.batches import keep_freed_memory
from xai_core.scoring.incremental import engine, engine_of

from .networks import load

_KNOWN: dict[bool, dict] = {False: {}, True: {}}  # the engines of either way


@contextmanager
def compiled(on: bool) -> Iterator[None]:
    """The block as it is with OpenVINO, or without."""
    engine._ENGINES.clear()
    engine._ENGINES.update(_KNOWN[on])
    os.environ["XAI_OPENVINO"] = "1" if on else "0"
    try:
        yield
    finally:
        _KNOWN[on] = dict(engine._ENGINES)


def works(handle: xai.ModelHandle, image: xai.ImageInput, quick: bool) -> dict[str, Callable[[], np.ndarray]]:
    """What is timed: each gives what it computed."""
    few = 64 if quick else 400

    def map_of(method: str, **params: object) -> np.ndarray:
        return xai.explain(handle, image, method, 282, **params).heatmap

    def curves() -> np.ndarray:
        e = xai.explain(handle, image, "random", 282)
        found = xai.curves(handle, image, e, superpixel=16, score="logit")
        return np.concatenate([found.insertion, found.deletion])

    return {
        "Score-CAM": lambda: map_of("score_cam"),
        "occlusion": lambda: map_of("occlusion", stride=8),
        "insertion and deletion": curves,
        "LIME": lambda: map_of("lime", samples=few),
        "Kernel SHAP": lambda: map_of("kernel_shap", samples=few),
        "RISE": lambda: map_of("rise", masks=few),
    }


def side_by_side(
    handle: xai.ModelHandle, work: Callable[[], np.ndarray], rounds: int
) -> tuple[float, float, float, float]:
    """Seconds as it is and compiled (the shortest), the median ratio, and the largest difference."""
    seconds: dict[bool, list[float]] = {False: [], True: []}
    found: dict[bool, np.ndarray] = {}
    for number in range(rounds + 1):
        for on in (False, True):
            with compiled(on), handle.session(), torch.inference_mode():
                engine_of(handle.scorer, handle.blank())  # it is made once for each network, and not timed
                start = time.perf_counter()
                found[on] = work()
                if number:  # the first round warms up
                    seconds[on].append(time.perf_counter() - start)
    ratios = [a / b for a, b in zip(seconds[False], seconds[True], strict=True)]
    difference = float(np.abs(found[True] - found[False]).max() / np.abs(found[False]).max())
    return min(seconds[False]), min(seconds[True]), statistics.median(ratios), difference


def main() -> int:
    """Print what was measured."""
    parser = argparse.ArgumentParser(prog="tests.benchmarks.compiled", description=__doc__.splitlines()[0])
    parser.add_argument("--networks", default="efficientnet_lite0,resnet50,vgg16")
    parser.add_argument("--only", default="", help="names of works")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="fewer samples")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    keep_freed_memory()
    image, rows = xai.load_sample("chelsea"), []
    for name in options.networks.split(","):
        handle = load(name)
        with compiled(True), handle.session(), torch.inference_mode():
            made = engine_of(handle.scorer, handle.blank()).compiled
        print(f"{name}: {made.reason or f'logits differ by {made.error:.1e} of the largest'}", flush=True)
        for work, run in works(handle, image, options.quick).items():
            if options.only and work not in options.only.split(","):
                continue
            eager, fast, ratio, apart = side_by_side(handle, run, options.rounds)
            rows.append({"network": name, "work": work, "eager": eager, "compiled": fast, "ratio": ratio})
            print(
                f"  {work}: {eager:.2f} s, compiled {fast:.2f} s, {ratio:.2f} times, {apart:.0e}", flush=True
            )
    if options.json is not None:
        options.json.write_text(json.dumps(rows))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
