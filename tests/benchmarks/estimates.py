"""What is announced before long work, against what it then takes.

    python -m tests.benchmarks.estimates [--networks efficientnet_lite0,resnet18]

Each method is announced for a fresh network, as to the first visitor, then computed. Of a transformer it
is the work that leaves patches out. Prints every error and their median; the exit code is 1 where that is
above a quarter. Take the figures on a quiet machine."""

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

DROP = {"baseline": "drop"}
WITHOUT_PATCHES = (
    ("occlusion", {"window": 16, "stride": 16} | DROP),
    ("lime", {"samples": 300, "segmentation": "patch"} | DROP),
    ("kernel_shap", {"samples": 500, "segmentation": "patch"} | DROP),
    ("rise", {"masks": 300, "cells": "patch"} | DROP),
)
OWN_WEIGHTS = ("efficientnet_lite", "tiny_")  # of networks that are here without a download


def errors(key: str) -> list[float]:
    """|announced - taken| / taken of each method."""
    weights = "pretrained" if key.startswith(OWN_WEIGHTS) else "random"
    image, found = xai.load_sample("chelsea"), []
    handle = xai.load_model(key, device="cpu", weights=weights)
    patches = not xai.why_not(handle, "lime", baseline="drop")
    for method, params in WITHOUT_PATCHES if patches else WORK:
        handle = xai.load_model(key, device="cpu", weights=weights)
        request = xai.Request(method, 1, params=params)
        announced = xai.estimate(handle, image, [request])
        taken = seconds(lambda handle=handle, request=request: xai.explain_many(handle, image, [request]))
        found.append(_said(key, method, announced, taken))
    handle = xai.load_model(key, device="cpu", weights=weights)
    e = xai.explain(handle, image, "grad_cam", 1)
    for side, baseline in (("patch", "drop"),) if patches else ((8, "black"), (16, "black")):
        announced = curve_seconds(handle, image, 1, side, baseline=baseline)
        taken = seconds(lambda side=side, b=baseline: xai.curves(handle, image, e, side, b))
        found.append(_said(key, f"curves, {side}, {baseline}", announced, taken))
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
