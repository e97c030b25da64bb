"""Insertion and deletion side by side with one forward pass at a time, and a whole study with its estimate.

    python -m tests.benchmarks.curves [--networks efficientnet_lite0] [--part 8] [--no-study] [--json FILE]

One picture, superpixels of 8 pixels: 2 x 784 pictures. The other side is the loop that a notebook has: the
trained network as it comes, one picture a pass, no gradients. It is timed on one step in `part` and scaled
up; ours in full. Both curves must agree. The study is three methods on ten pictures, in full, against what
was announced."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np
import torch

import xai_core as xai
from xai_core.inputs import superpixels as regions
from xai_core.metrics.cells import superpixels
from xai_core.metrics.insertion import order
from xai_core.metrics.insertion import seconds as curve_seconds
from xai_core.network.batches import keep_freed_memory

from .report import Row, correlation, seconds, several, table, write_json

RESULTS = Path(__file__).parent / "results" / "curves.json"
TARGETS = {"efficientnet_lite0": 6, "resnet50": 4, "vgg16": 8}
TUNED = {"efficientnet_lite0": 3, "resnet50": 2.8, "vgg16": 5.5}
SIDE, CLASS = 8, 281
BATCHES = (4, 8, 16)  # of the tuned loop


def row(key: str, part: int) -> Row:
    """The network with its real weights where they come with a package, else random ones."""
    weights = "pretrained" if key == "efficientnet_lite0" else "random"
    handle = xai.load_model(key, device="cpu", weights=weights)
    image = xai.load_sample("chelsea")
    e = xai.explain(handle, image, "grad_cam", CLASS)
    x = handle.preprocess(image)
    black = regions.baseline(x, "black", handle.grid, torch.Generator())
    xai.curves(handle, image, e, 56)  # what is made once
    down, across = (n // SIDE for n in handle.input_size)
    cells = superpixels(handle.input_size, SIDE)
    when = torch.from_numpy(order(e.upsampled(), cells))[cells]
    steps = np.arange(1, down * across, part)
    found: dict[str, list[float]] = {"insertion": [], "deletion": []}

    def one_by_one() -> None:
        with handle.session() as net, torch.no_grad():
            for name, values in found.items():
                for step in steps:
                    shown = (when < step) == (name == "insertion")
                    values.append(float(net(torch.where(shown, x, black)).softmax(1)[0, CLASS]))

    def batched(size: int) -> None:
        few = steps[: max(size, len(steps) // 2)]
        with handle.session() as net, torch.no_grad():
            for insert in (True, False):
                for part in np.split(few, range(size, len(few), size)):
                    counts = torch.from_numpy(part)[:, None, None]
                    net(torch.where(((when < counts) == insert)[:, None], x, black))

    theirs = seconds(one_by_one) * (down * across - 1) / len(steps)
    keep_freed_memory()  # the app's setting, which cannot be undone, so the loop was first
    mine, ours = several(lambda: xai.curves(handle, image, e, SIDE), 1)
    agreement = min(
        correlation(getattr(ours, name)[steps], np.array(values)) for name, values in found.items()
    )
    name = key if weights == "pretrained" else f"{key} (random)"
    made = Row(f"insertion + deletion, {down} x {across}", name, mine, theirs, agreement, TARGETS.get(key))
    made.difference = max(
        float(np.abs(getattr(ours, name)[steps] - np.array(values)).max()) for name, values in found.items()
    )
    tries = {size: seconds(lambda size=size: batched(size)) / max(size, len(steps) // 2) for size in BATCHES}
    best = min(tries, key=tries.get)
    made.tuned, made.tuned_target = tries[best] * (down * across - 1) / mine, TUNED.get(key, 1.0)
    made.notes += [f"loop scaled from one step in {part}", f"tuned: batches of {best}"]
    return made


def study() -> str:
    """Ten pictures, three methods, superpixels of 28 pixels: announced and measured."""
    handle = xai.load_model("efficientnet_lite0", device="cpu")
    pictures = [xai.load_sample(key) for key, sample in xai.samples().items() if sample.package][:10]
    wanted = [
        xai.Request("occlusion", params={"window": 16, "stride": 16}),
        xai.Request("smooth_grad", params={"samples": 20}),
        xai.Request("random"),
    ]
    announced = len(pictures) * (
        xai.estimate(handle, pictures[0], wanted) + curve_seconds(handle, pictures[0], 3, 28)
    )
    start = time.perf_counter()
    for image in pictures:
        xai.curves_many(handle, image, xai.explain_many(handle, image, wanted), 28)
    taken = time.perf_counter() - start
    name = f"Study of {len(pictures)} pictures and three methods"
    return f"{name}: announced {announced:.0f} s, took {taken:.0f} s."


def main() -> int:
    """Run the rows asked for; 1 if the curves disagree."""
    parser = argparse.ArgumentParser(prog="tests.benchmarks.curves", description=__doc__.splitlines()[0])
    parser.add_argument(
        "--networks", default="efficientnet_lite0", help="one a run, for the allocator's sake"
    )
    parser.add_argument("--part", type=int, default=8)
    parser.add_argument("--no-study", action="store_true", help="leave the study out")
    parser.add_argument("--json", type=Path, default=RESULTS)
    options = parser.parse_args()
    done = [row(key, options.part) for key in options.networks.split(",")]
    print(table(done))
    if not options.no_study:
        print(study())
    write_json(options.json, done, {"part": options.part})
    return 0 if all(one.agrees for one in done) else 1


if __name__ == "__main__":
    sys.exit(main())
