"""What is announced before long work, against what it then takes.

    python -m tests.benchmarks.estimates [--networks efficientnet_lite0,resnet18]

Each method is announced for a fresh network, as to the first visitor, then computed. Prints every error and
their median; the exit code is 1 where that is above a quarter. Take the figures on a quiet machine."""

from __future__ import annotations

import argparse
import statistics
import sys

import xai_core as xai
from xai_core.metrics.insertion import seconds as curve_seconds
from xai_core.network.batches import keep_freed_memory

from .report import seconds

MOST = 0.25
WORK = (
    ("occlusion", {}),
    ("occlusion", {"window": 16, "stride": 8}),
    ("lime", {"samples": 300}),
    ("kernel_shap", {"samples": 300}),
    ("rise", {"masks": 300}),
    ("smooth_grad", {}),
    ("integrated_gradients", {}),
    ("score_cam", {}),
)


def errors(key: str) -> list[float]:
    """|announced - taken| / taken of each method."""
    weights = "pretrained" if key.startswith("efficientnet_lite") else "random"
    image, found = xai.load_sample("chelsea"), []
    for method, params in WORK:
        handle = xai.load_model(key, device="cpu", weights=weights)
        request = xai.Request(method, 281, params=params)
        announced = xai.estimate(handle, image, [request])
        taken = seconds(lambda handle=handle, request=request: xai.explain_many(handle, image, [request]))
        found.append(_said(key, method, announced, taken))
    handle = xai.load_model(key, device="cpu", weights=weights)
    e = xai.explain(handle, image, "grad_cam", 281)
    for side in (8, 16):
        announced = curve_seconds(handle, image, 1, side)
        taken = seconds(lambda side=side: xai.curves(handle, image, e, side))
        found.append(_said(key, f"curves, {side} pixels", announced, taken))
    return found


def _said(key: str, work: str, announced: float, taken: float) -> float:
    error = abs(announced - taken) / taken
    print(f"{key:20} {work:22} {announced:6.1f} s announced, {taken:6.1f} s taken, {error:4.0%} off")
    return error


def main() -> int:
    """Print every network's methods and the median error; 1 if that is too large."""
    parser = argparse.ArgumentParser(prog="tests.benchmarks.estimates", description=__doc__.splitlines()[0])
    parser.add_argument("--networks", default="efficientnet_lite0,resnet18")
    options = parser.parse_args()
    keep_freed_memory()
    found = [error for key in options.networks.split(",") for error in errors(key)]
    print(f"Median error: {statistics.median(found):.0%}")
    return int(statistics.median(found) > MOST)


if __name__ == "__main__":
    sys.exit(main())
