"""Ten thousand mixed runs in one process.   python -m tests.benchmarks.health [--runs 10000]

Maps of every method, attacks, curves, boards that are written, read and packed, requests that are refused,
and runs that are cancelled, drawn at random on the two networks of drawn shapes; every hundredth on
EfficientNet-Lite0. Prints memory, open files and threads before, after each tenth, and after all. The exit
code is 1 where memory grows by more than 30 MB from the second tenth to the last, or open files or threads
grow."""

from __future__ import annotations

import argparse
import gc
import os
import random
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

import xai_core as xai
from xai_core.board import Pin, board_zip, change_board, load_zip, new_board, read_board
from xai_core.inputs.shapes import drawn_picture
from xai_core.network.batches import keep_freed_memory

GROWTH_MB = 30
NETWORKS = ("tiny_cnn_shapes", "tiny_vit_shapes")
CHEAP = {  # what makes a method quick, where it has the parameter
    "samples": 8,
    "masks": 16,
    "steps": 4,
    "window": 16,
    "stride": 16,
    "segments": 8,
}
LARGE_EVERY = 100
FIGURE = '{"data":[{"type":"bar","x":["a","b"],"y":[1.0,2.0]}],"layout":{}}'


@dataclass(frozen=True)
class Health:
    """What the process holds."""

    runs: int
    megabytes: float
    files: int
    threads: int


class Works:
    """The kinds of runs, each drawn with a chance of its own."""

    def __init__(self, seed: int = 0):
        self.draw = random.Random(seed)
        self.handles = [xai.load_model(key, device="cpu") for key in NETWORKS]
        self.large = xai.load_model("efficientnet_lite0", device="cpu")
        self.pictures = [drawn_picture(f"shapes-{count}-{n}") for count in (1, 2) for n in range(8)]
        self.photograph = xai.load_sample("chelsea")
        self.board = new_board()
        self.kinds: dict[Callable[[], None], int] = {
            self.one_map: 60,
            self.attack: 10,
            self.curves: 10,
            self.boards: 8,
            self.refused: 7,
            self.cancelled: 5,
        }

    def run(self, number: int) -> None:
        """One of them."""
        if number % LARGE_EVERY == LARGE_EVERY - 1:
            xai.explain(self.large, self.photograph, self.draw.choice(("grad_cam", "layer_cam", "gradient")))
            return
        (kind,) = self.draw.choices(list(self.kinds), list(self.kinds.values()))
        kind()

    def _subject(self) -> tuple[xai.ModelHandle, xai.ImageInput]:
        return self.draw.choice(self.handles), self.draw.choice(self.pictures)

    def one_map(self) -> None:
        """Any method that the network can be asked."""
        handle, image = self._subject()
        key = self.draw.choice([key for key in xai.METHODS if not xai.why_not(handle, key)])
        cheap = [p for p in xai.METHODS[key].params if p.name in CHEAP]
        params = {p.name: max(CHEAP[p.name], int(p.low or 0)) for p in cheap}
        xai.explain(handle, image, key, target=self.draw.randrange(8), seed=self.draw.randrange(99), **params)

    def attack(self) -> None:
        """An attack of few steps."""
        handle, image = self._subject()
        key = self.draw.choice(("fgsm", "pgd", "pgd_l2"))
        steps = {} if key == "fgsm" else {"steps": 3}
        xai.attack(handle, image, key, seed=self.draw.randrange(99), **steps)

    def curves(self) -> None:
        """Insertion and deletion in few superpixels."""
        handle, image = self._subject()
        xai.curves(handle, image, xai.explain(handle, image, "random"), superpixel=16)

    def boards(self) -> None:
        """A pin is added, the board read and packed, and all but one pin removed."""
        pin = Pin("insertion", "model=tiny_cnn_shapes", str(self.draw.random()), FIGURE)
        change_board(self.board, lambda pins: (*pins[-1:], pin))
        load_zip(board_zip(read_board(self.board), "Health"))

    def refused(self) -> None:
        """A request that gets a sentence, before or inside the network's session."""
        handle, image = self._subject()
        wrong = self.draw.choice(({"target": 99}, {"layer": "none"}, {"no_such": 1}))
        try:
            xai.explain(handle, image, "grad_cam", **wrong)
        except xai.InputError:
            return
        raise AssertionError(f"{wrong} was taken")

    def cancelled(self) -> None:
        """Work that is stopped after its first batch."""
        handle, image = self._subject()
        asked = iter(range(99))
        request = xai.Request("rise", 1, params={"masks": 64})
        try:
            xai.explain_many(handle, image, [request], cancelled=lambda: next(asked) > 0)
        except xai.Cancelled:
            return


def health(runs: int) -> Health:
    """The process as it is now, without garbage."""
    gc.collect()
    files = len(os.listdir("/proc/self/fd")) if Path("/proc/self/fd").is_dir() else 0
    process = psutil.Process()
    return Health(runs, process.memory_info().rss / 1e6, files, process.num_threads())


def measured(runs: int, parts: int = 10, seed: int = 0) -> Iterator[Health]:
    """So many runs, and the health before, after each part, and thereby after all."""
    works = Works(seed)
    yield health(0)
    for number in range(runs):
        works.run(number)
        if (number + 1) % (runs // parts) == 0:
            yield health(number + 1)


def grown(found: list[Health]) -> dict[str, float]:
    """What has grown from the second part to the last; at first everything is used for the first time."""
    start, end = found[2], found[-1]
    return {
        "MB": end.megabytes - start.megabytes,
        "files": end.files - start.files,
        "threads": end.threads - start.threads,
    }


def main() -> int:
    """Print the table; 1 where something grows."""
    parser = argparse.ArgumentParser(prog="tests.benchmarks.health", description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=10_000)
    options = parser.parse_args()
    keep_freed_memory()
    found = []
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XAI_BOARDS_DIR"] = folder
        for one in measured(options.runs):
            found.append(one)
            print(
                f"{one.runs} runs: {one.megabytes:.0f} MB, {one.files} files, {one.threads} threads",
                flush=True,
            )
    more = grown(found)
    print("grown since the second tenth:", ", ".join(f"{value:.0f} {name}" for name, value in more.items()))
    return int(more["MB"] > GROWTH_MB or more["files"] > 0 or more["threads"] > 0)


if __name__ == "__main__":
    sys.exit(main())
