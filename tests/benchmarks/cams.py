"""Class activation maps side by side with pytorch-grad-cam, in one process, in turn, medians.

    python -m tests.benchmarks.cams [--quick] [--only seven,eigen_cam,ablation_cam:vgg16] [--allocator]
    [--json FILE]

Every row also checks that both sides' maps agree; the exit code is 1 where they do not. A missed target is
printed as MISSED. Take the figures on a quiet machine.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

import xai_core as xai  # before the library: it makes torchvision importable
from xai_core.arrays import bilinear
from xai_core.network.batches import keep_freed_memory

from .gallery import GRADIENT_CAMS, gallery
from .networks import TARGET_CLASS, TRANSFORMERS, Bench
from .report import Row, correlation, difference, in_turn, seconds, several, table, write_json

RESULTS = Path(__file__).parent / "results" / "cams.json"
SEVEN_TARGETS = {"efficientnet_lite0": 35, "resnet50": 27, "vgg16": 25, "vit_tiny": 25, "vit_b_16": 25}
SEVEN_TUNED = {"efficientnet_lite0": 30, "resnet50": 25, "vgg16": 20}
EIGEN_TARGETS = {"efficientnet_lite0": 6, "resnet50": 5, "vgg16": 1.5}
ABLATION_TARGETS = {"efficientnet_lite0": 490, "resnet50": 900, "vgg16": 60, "vit_tiny": 50, "vit_b_16": 50}
ABLATION_TUNED = 300  # of convolutional networks; nothing is asked of a transformer beside the tuned library
SCORE_TARGETS = {"efficientnet_lite0": 14, "resnet50": 3.5, "vgg16": 1.8}
SCORE_TUNED = {"efficientnet_lite0": 7, "resnet50": 1.8, "vgg16": 1.3}
TUNED_BATCHES = (1, 2, 4, 8)


def seven(key: str, quick: bool) -> Iterator[Row]:
    """Seven class activation maps of the last stage, resized to the picture."""
    yield _few(key, (*GRADIENT_CAMS, "eigen_cam"), "7 gradient CAMs, resized", SEVEN_TARGETS[key], quick)


def eigen_cam(key: str, quick: bool) -> Iterator[Row]:
    """EigenCAM of the last stage."""
    yield _few(key, ("eigen_cam",), "EigenCAM", EIGEN_TARGETS[key], quick)


def _few(key: str, methods: tuple[str, ...], work: str, target: float, quick: bool) -> Row:
    bench = Bench(key)
    layer = bench.layer
    targets = {m: None if m == "eigen_cam" else TARGET_CLASS for m in methods}

    def ours() -> dict[str, np.ndarray]:
        requests = [xai.Request(m, targets[m], layer) for m in methods]
        found = xai.explain_many(bench.handle, bench.image, requests)
        return {e.method: e.upsampled() for e in found}

    def library() -> dict[str, np.ndarray]:
        return {m: bench.ask(m, layer) for m in methods}

    rounds = 2 if quick else 7 if key == "efficientnet_lite0" else 3
    a, b, mine, theirs = in_turn(ours, library, rounds, warm=True)
    agreements = [_either_sign(bench, m, layer, mine[m], theirs[m]) for m in methods]
    row = Row(work, bench.name, a, b, min(r for r, _ in agreements), target)
    row.difference = max(off for _, off in agreements)
    if AS_THE_APP in sys.argv:
        keep_freed_memory()
        a, b, *_ = in_turn(ours, library, rounds, warm=True)
        row.tuned, row.tuned_target = b / a, SEVEN_TUNED.get(key, 1.0) if len(methods) > 1 else 1.0
    return row


def _either_sign(
    bench: Bench, method: str, layer: str, mine: np.ndarray, theirs: np.ndarray
) -> tuple[float, float]:
    """Correlation and difference of two maps; the library leaves the sign of a principal component to
    chance."""
    found = correlation(mine, theirs), difference(mine, theirs)
    if not method.startswith("eigen"):
        return found
    raw = xai.explain(bench.handle, bench.image, method, TARGET_CLASS, layer, relu=False).heatmap
    turned = bilinear(np.maximum(-raw, 0), mine.shape)
    return max(found, (correlation(turned, theirs), difference(turned, theirs)))


def ablation_cam(key: str, quick: bool) -> Iterator[Row]:
    """AblationCAM at the last stage; also against the library at the best of a few batch sizes."""
    wanted = 1 if key in TRANSFORMERS else ABLATION_TUNED
    part = _part(key, 32 if quick else 64, quick)
    yield _tuned("ablation_cam", Bench(key), part, ABLATION_TARGETS[key], wanted)


def score_cam_row(key: str, quick: bool) -> Iterator[Row]:
    """ScoreCAM at the last stage; also against the library at the best of a few batch sizes."""
    yield _tuned(
        "score_cam", Bench(key), _part(key, 16 if quick else 64, quick), SCORE_TARGETS[key], SCORE_TUNED[key]
    )


def _part(key: str, channels: int, quick: bool) -> int | None:
    """How many channels the library is timed on; all (None) where it takes less than a minute."""
    return channels if quick or key != "efficientnet_lite0" else None


def _tuned(method: str, bench: Bench, part: int | None, target: float, tuned_target: float) -> Row:
    """The last stage, and the library once more at its best batch size, on a part of the channels."""
    layer, few = bench.layer, part or 64
    row = _last_stage(method, bench, layer, part, target)
    tries = {
        size: seconds(lambda size=size: bench.ask(method, layer, channels=few, batch_size=size))
        for size in TUNED_BATCHES
    }
    best = min(tries, key=tries.get)
    row.tuned = tries[best] * bench.handle.layer(layer).channels / few / row.ours
    row.tuned_target = tuned_target
    row.notes.append(f"tuned: batches of {best}, scaled from {few} channels")
    return row


def _last_stage(method: str, bench: Bench, layer: str, part: int | None, target: float) -> Row:
    """The library once, on `part` of the channels scaled up if given, between runs of ours."""
    spec = bench.handle.layer(layer)

    def ours() -> np.ndarray:
        return xai.explain(bench.handle, bench.image, method, TARGET_CLASS, layer).upsampled()

    if AS_THE_APP in sys.argv:  # the setting cannot be undone, so the library as it comes is first
        results = []
        b = seconds(lambda: results.append(bench.ask(method, layer, channels=part)))
        theirs = results[0]
        keep_freed_memory()
        xai.predict(bench.handle, bench.image)  # makes the folded network
        a, mine = several(ours, 3 if part is None else 1)
    else:
        a, b, mine, theirs = in_turn(ours, lambda: bench.ask(method, layer, channels=part), 1)
        a = float(np.median([a, seconds(ours), seconds(ours)]))
    work, notes = f"{method}, {layer}, {spec.channels} channels", ["library timed once"]
    if part is not None:
        mine = bilinear(bench.first_channels(method, layer, part), bench.handle.input_size)
        b, notes = b * spec.channels / part, [f"library scaled from {part} channels"]
    found = Row(work, bench.name, a, b, correlation(mine, theirs), target, notes=notes)
    found.difference = difference(mine, theirs)
    return found


AS_THE_APP = "--as-the-app"
SUITES = {
    "seven": (seven, tuple(SEVEN_TARGETS)),
    "eigen_cam": (eigen_cam, tuple(EIGEN_TARGETS)),
    "gallery": (gallery, ("efficientnet_lite0", "resnet50")),
    "ablation_cam": (ablation_cam, tuple(ABLATION_TARGETS)),
    "score_cam": (score_cam_row, tuple(SCORE_TARGETS)),
}


def main() -> int:
    """Run the suites asked for; 1 if a map disagrees."""
    parser = argparse.ArgumentParser(prog="tests.benchmarks.cams", description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="parts only, scaled up: to see that it runs")
    parser.add_argument("--only", default=",".join(SUITES), help="suites, or suite:network")
    parser.add_argument("--allocator", action="store_true", help="glibc keeps freed memory, on both sides")
    parser.add_argument(
        AS_THE_APP,
        action="store_true",
        help="freed memory is kept for ours, as in the app, and for the tuned library; one suite a run",
    )
    parser.add_argument("--json", type=Path, default=RESULTS)
    options = parser.parse_args()
    kept = options.allocator and keep_freed_memory()
    rows: list[Row] = []
    for name in options.only.split(","):
        suite, _, network = name.partition(":")
        run, networks = SUITES[suite]
        for key in [network] if network else networks:
            for row in run(key, options.quick):
                rows.append(row)
                print(
                    f"{row.work}, {row.network}: {row.ratio:.3g} {row.verdict}", file=sys.stderr, flush=True
                )
    print(f"Freed memory: {'kept by glibc for both sides' if kept else 'as glibc does by default'}.")
    print(table(rows))
    write_json(options.json, rows, {"quick": options.quick, "allocator": bool(kept)})
    return 0 if all(row.agrees for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
