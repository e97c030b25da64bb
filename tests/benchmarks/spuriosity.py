"""The Clever Hans finder on planted cheats, on clean data, and its memory.

    python -m tests.benchmarks.spuriosity planted [--network embedded|hand] [--percents 5,50] [--last-layer]
    python -m tests.benchmarks.spuriosity clean   [--network embedded|hand] [--first 1] [--draws 20]
    python -m tests.benchmarks.spuriosity memory  [--pictures 100,10000]

planted: a network that answers by a tag, and the pictures that it was made for. `embedded` is
EfficientNet-Lite0, its head fitted anew on frozen features to 200 drawn discs, of which p % carry a small
photograph in a corner, and 200 hearts (tests/planted_tag.py). `hand` is a network that adds up colours and
takes blue for green; nothing is fitted, and of 100 green pictures p % carry a blue tag. Precision and recall
count the pictures that the finder names as affected. `tag turns` is the share of pictures of the other class
that the tag alone turns when it is stamped on them: how much of a cheat the network has become.
clean: the same without tags, each draw other pictures; an alarm is any shortcut in it.
memory: the peak of the resident size of a process that searches so many drawn pictures."""

from __future__ import annotations

import argparse
import dataclasses
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import xai_core as xai
from tests import planted_tag
from tests.xai_core.spuriosity.planted import CORNER, Planted, by_hand
from xai_core.datasets import Dataset, drawn_shapes
from xai_core.network.batches import keep_freed_memory
from xai_core.spuriosity import Findings, Search, find
from xai_core.spuriosity.trials import answers

from .report import peak_mb

ROOT = Path(__file__).resolve().parents[2]
TAGGED = {"embedded": planted_tag.NAMES[0], "hand": "green"}
# the last layer of the embedded network has 4 x 4 places for these pictures, which miss a tag in a corner
MAPS = {"embedded": {"method": "layer_cam", "layer": "blocks.4"}, "hand": {}}
EACH = {"embedded": 200, "hand": 100}  # pictures of a class
SEARCH = Search(pictures=30, receivers=40, controls=2)


@dataclass(frozen=True)
class Made:
    """A network, its pictures, the names of those with a tag, and the share that the tag alone turns."""

    handle: xai.ModelHandle
    dataset: Dataset
    tagged: frozenset[str]
    turns: float


def made_with(network: str, percent: float, draw: int, folder: Path) -> Made:
    """The network and its pictures, so many per cent of the class with a tag; each draw other pictures."""
    if network == "hand":
        own = by_hand(percent, folder, EACH["hand"], seed=draw)
        return Made(own.handle, own.dataset, own.tagged, turned(own) if percent else float("nan"))
    mark = planted_tag.tag(folder)
    base = xai.load_model("efficientnet_lite0", device="cpu")
    found = planted_tag.pictures(base, mark, EACH[network], first=10_000 * draw)
    handle = planted_tag.refitted(found, percent, seed=draw)
    dataset, tagged = planted_tag.written(found, mark, planted_tag.tagged(found, percent, seed=draw), folder)
    return Made(handle, dataset, tagged, planted_tag.answers(handle, found, mark)[1])


def searched(network: str, percent: float, draw: int = 0, last: bool = False) -> tuple[Made, Findings]:
    """Plant, and search that class; with `last` by Grad-CAM at the last layer."""
    with tempfile.TemporaryDirectory() as folder:
        made = made_with(network, percent, draw, Path(folder))
        search = dataclasses.replace(SEARCH, labels=(TAGGED[network],), **({} if last else MAPS[network]))
        return made, find(made.handle, made.dataset, search, Path(folder) / "t.parquet")


def blue(pixels: np.ndarray) -> np.ndarray:
    """The tag of the network made by hand."""
    stamped = pixels.copy()
    y0, y1, x0, x1 = CORNER.box(pixels.shape[:2])
    stamped[y0 + 1 : y1 - 1, x0 + 1 : x1 - 1] = (0, 0, 240)
    return stamped


def turned(made: Planted, count: int = 60) -> float:
    """The share of plain pictures that the tag of the network made by hand turns."""
    target = made.handle.labels.index("green")
    others = [e.image().pixels for e in made.dataset.examples if e.label != "green"][:count]
    views = [made.handle.view(xai.load_image(blue(pixels))) for pixels in others]
    logits = np.concatenate([answers(made.handle, views[n : n + 6]) for n in range(0, len(views), 6)])
    return float((logits.argmax(1) == target).mean())


def planted(network: str, percents: list[float], last: bool) -> None:
    """The table of precision and recall."""
    print("| p | tagged | tag turns | clusters | shortcuts | named | precision | recall |")
    print("|---|---|---|---|---|---|---|---|")
    for percent in percents:
        made, found = searched(network, percent, last=last)
        named = set(found.pictures_table()["image"])
        right = len(named & made.tagged)
        precision = f"{right / len(named):.2f}" if named else "–"
        recall = right / len(made.tagged)
        counts = (len(found.results), len(found.shortcuts), len(named))
        cells = (f"{percent:g} %", len(made.tagged), f"{made.turns:.2f}", *counts, precision)
        print(f"| {' | '.join(map(str, cells))} | {recall:.2f} |", flush=True)


def clean(network: str, first: int, draws: int) -> None:
    """How many draws without a tag raise an alarm, from number `first` to number `draws`."""
    alarms, tried = 0, 0
    for draw in range(first, draws + 1):
        _, found = searched(network, 0, draw)
        alarms, tried = alarms + bool(found.shortcuts), tried + len(found.results)
        smallest = min((one.corrected for one in found.results), default=float("nan"))
        print(f"draw {draw}: {len(found.results)} clusters, smallest p after Holm {smallest:.3f}", flush=True)
    print(f"{alarms} alarms in {draws - first + 1} draws, {tried} clusters")


def memory(counts: list[int]) -> None:
    """Each count in a process of its own."""
    for count in counts:
        command = [sys.executable, "-m", "tests.benchmarks.spuriosity", "one", "--pictures", str(count)]
        subprocess.run(command, cwd=ROOT, check=True)


def one(count: int) -> None:
    """Search so many drawn pictures here, and print the peak."""
    keep_freed_memory()
    handle = xai.load_model("tiny_cnn_shapes", device="cpu")
    data = drawn_shapes({label: n for n, label in enumerate(handle.labels)}, 1, count)
    search = dataclasses.replace(SEARCH, pictures=5, receivers=10, controls=1, least=10)
    with tempfile.TemporaryDirectory() as folder:
        find(handle, data, search, Path(folder) / "t.parquet")
    print(f"{count} pictures: peak {peak_mb():.0f} MB", flush=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="tests.benchmarks.spuriosity", description=__doc__.splitlines()[0])
    parser.add_argument("part", choices=("planted", "clean", "memory", "one"))
    parser.add_argument("--network", choices=tuple(TAGGED), default="embedded")
    parser.add_argument("--percents", default="2,5,10,20,50")
    parser.add_argument("--last-layer", action="store_true", help="planted: Grad-CAM at the last layer")
    parser.add_argument("--first", type=int, default=1, help="clean: go on with this draw")
    parser.add_argument("--draws", type=int, default=20)
    parser.add_argument("--pictures", default="100,10000")
    options = parser.parse_args()
    if options.part == "planted":
        planted(options.network, [float(p) for p in options.percents.split(",")], options.last_layer)
    elif options.part == "clean":
        clean(options.network, options.first, options.draws)
    elif options.part == "memory":
        memory([int(n) for n in options.pictures.split(",")])
    else:
        one(int(options.pictures))


if __name__ == "__main__":
    main()
