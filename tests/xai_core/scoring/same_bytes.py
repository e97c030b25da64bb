"""The maps and curves whose bytes must not depend on the circumstances, and a clock that lies.

    python -m tests.xai_core.scoring.same_bytes

prints their SHA-256 as JSON, computed under every circumstance that must not matter: a clock that runs at
random, estimates that were asked for first, and a growing map that is shown after every batch."""

from __future__ import annotations

import hashlib
import json
import logging
import random
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

import numpy as np

import xai_core as xai
from xai_core.metrics.insertion import chance
from xai_core.metrics.insertion import seconds as curve_seconds

TARGET = 281
REQUESTS = {
    "lime": xai.Request("lime", TARGET, params={"samples": 300}),
    "occlusion": xai.Request("occlusion", TARGET),  # 784 windows
    "kernel_shap": xai.Request("kernel_shap", TARGET, params={"samples": 200}),
    "rise": xai.Request("rise", TARGET, params={"masks": 60}),
}
SIDE = 8  # pixels of the superpixels of insertion and deletion


def digest(*arrays: np.ndarray) -> str:
    """SHA-256 of the bytes of all arrays."""
    found = hashlib.sha256()
    for array in arrays:
        found.update(np.ascontiguousarray(array).tobytes())
    return found.hexdigest()


def curve_digest(handle: xai.ModelHandle, image: xai.ImageInput, side: int = SIDE) -> str:
    """That of an insertion and a deletion curve."""
    e = chance(xai.explain(handle, image, "gradient", TARGET))
    found = xai.curves(handle, image, e, side)
    return digest(found.insertion, found.deletion)


def digests(handle: xai.ModelHandle, image: xai.ImageInput, **options) -> dict[str, str]:
    """Those of every request, and of the curves."""
    found = {
        name: digest(xai.explain_many(handle, image, [request], **options)[0].heatmap)
        for name, request in REQUESTS.items()
    }
    return found | {"insertion and deletion": curve_digest(handle, image)}


@contextmanager
def lying_clock() -> Iterator[None]:
    """A clock that goes forward by a random step, up to ten seconds, at each look."""
    chance, now = random.Random(), [time.perf_counter()]

    def look() -> float:
        now[0] += 10 * chance.random() ** 8
        return now[0]

    with mock.patch("time.perf_counter", look):
        yield


@contextmanager
def impatient() -> Iterator[None]:
    """Somebody who wants to see the growing map after every batch."""
    with (
        mock.patch("xai_core.network.batches.FIRST_LOOK", 0.0),
        mock.patch("xai_core.network.batches.NEXT_LOOK", 0.0),
        mock.patch("xai_core.network.batches.Progress.due", lambda self: self.on_partial is not None),
    ):
        yield


def main() -> None:
    """Compute everything under all circumstances at once."""
    logging.disable(logging.WARNING)
    handle, image = xai.load_model("efficientnet_lite0", device="cpu"), xai.load_sample("chelsea")
    looks = []
    with lying_clock(), impatient():
        xai.estimate(handle, image, list(REQUESTS.values()))
        curve_seconds(handle, image, 1, SIDE)
        json.dump(digests(handle, image, on_partial=looks.append) | {"looks": len(looks)}, sys.stdout)


if __name__ == "__main__":
    main()
