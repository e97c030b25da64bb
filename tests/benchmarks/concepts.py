"""The default concept study on the embedded probing set.   python -m tests.benchmarks.concepts

EfficientNet-Lite0, last three stages, ConSE and soft-WPMI, two threads, with an empty cache and then from it.
Ends with status 1 if the first takes 60 seconds or more."""

from __future__ import annotations

import os
import sys
import tempfile
import time

import torch

import xai_core as xai
from xai_core.concepts import embedded, study
from xai_core.network.batches import keep_freed_memory

LIMIT_S = 60


def main() -> int:
    """Measure and print."""
    torch.set_num_threads(2)
    keep_freed_memory()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XAI_CACHE_DIR"] = folder
        handle = xai.load_model("efficientnet_lite0", "cpu")
        images = embedded()
        first = _timed("first", handle, images)
        _timed("again", handle, images)
    return int(first >= LIMIT_S)


def _timed(name: str, handle: xai.ModelHandle, images: object) -> float:
    wall, cpu = time.perf_counter(), time.process_time()
    table = xai.dissect(handle, images)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    counts = study(table)
    print(
        f"{name}: {wall:.1f} s, {cpu:.1f} s of processors, {len(images)} pictures, {len(table)} units, "
        f"{counts['interpretable'].sum()} interpretable"
    )
    return wall


if __name__ == "__main__":
    sys.exit(main())
