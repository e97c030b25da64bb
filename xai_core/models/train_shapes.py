"""Train the tiny ViT and the tiny CNN on pictures that the project draws, and write their weights.

    python -m xai_core.models.train_shapes --out FOLDER

The loss is the cross-entropy with the shape's class, or with one half for each class where two shapes are
filled (one picture in three). A transformer learns slowly from so few pictures, so while it is trained a
linear layer on its patch tokens is also asked which class covers each patch, and is then thrown away. Each
network is trained in a process of its own by one thread, so that two cores do the work at the same time and
the same seed gives the same weights on the same machine."""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional as F

from ..command_line import DONE, CommandParser, guarded, say
from ..inputs.shapes import FRESH, LABELS, draw
from .shapes import GRID, PATCH, SIDE, WIDTH, network

NETWORKS = {"tiny_vit_shapes": "vit", "tiny_cnn_shapes": "cnn"}
EPOCHS = {"vit": 5, "cnn": 2}
RATES = {"vit": 2e-3, "cnn": 4e-3}
PICTURES, TESTED, BATCH = 20_000, 1_000, 32
PAIRS = 3  # every third picture has two filled shapes
PLACES = SIDE // PATCH  # patches along a side
COVERED = 0.15  # of a patch, from which on it counts as covered by a shape
PATCH_LOSS = 2.0  # weight of the loss on the patches
NOTHING = len(LABELS)  # the class of a patch that no filled shape covers
_WARM, _DECAY = 0.15, 0.02  # share of the steps in which the rate rises; weight decay


@dataclass(frozen=True)
class Examples:
    """Drawn pictures: uint8 (N, 3, 64, 64) pixels, float32 (N, 8) the share of each class in the right
    answer, and int64 (N, 8, 8) which class covers each patch, 8 for none."""

    pixels: torch.Tensor
    wanted: torch.Tensor
    covered: torch.Tensor

    @classmethod
    def drawn(cls, first: int, count: int, pairs: int = 0) -> Examples:
        """`count` pictures from number `first` on, with two filled shapes in every `pairs`-th (0: in
        none)."""
        pixels = np.empty((count, 3, SIDE, SIDE), np.uint8)
        wanted = np.zeros((count, len(LABELS)), np.float32)
        covered = np.full((count, PLACES, PLACES), NOTHING, np.int64)
        for n in range(count):
            found = draw(first + n, 2 if pairs and n % pairs == 0 else 1, SIDE)
            pixels[n] = found.pixels.transpose(2, 0, 1)
            for label, mask in zip(found.labels, found.masks, strict=True):
                wanted[n, LABELS.index(label)] = 1 / len(found.labels)
                share = mask.reshape(PLACES, PATCH, PLACES, PATCH).mean((1, 3))
                covered[n][share > COVERED] = LABELS.index(label)
        return cls(*map(torch.from_numpy, (pixels, wanted, covered)))

    def part(self, which: torch.Tensor, mirrored: bool) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """The network's input, the right answers and the patches of some of the pictures."""
        x, covered = GRID.normalise(self.pixels[which].float()), self.covered[which]
        if mirrored:
            x, covered = x.flip(3), covered.flip(2)
        return x, self.wanted[which], covered


def train(architecture: str, count: int = PICTURES, seed: int = 0) -> nn.Module:
    """A network trained on `count` drawn pictures, half of the batches mirrored. AdamW with one cycle of the
    rate."""
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    examples = Examples.drawn(FRESH * (1 + seed), count, PAIRS)
    loss_of = _VitLoss() if architecture == "vit" else _loss
    net, rate, epochs = network(architecture), RATES[architecture], EPOCHS[architecture]
    learned = [*net.parameters(), *(loss_of.parameters() if isinstance(loss_of, nn.Module) else ())]
    optimizer = torch.optim.AdamW(learned, rate, weight_decay=_DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, rate, epochs * (count // BATCH), pct_start=_WARM
    )
    for epoch in range(epochs):
        total = 0.0
        for which in torch.randperm(count)[: count - count % BATCH].split(BATCH):
            loss = loss_of(net.train(), *examples.part(which, mirrored=bool(torch.rand(()) < 0.5)))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += float(loss.detach())
        say(f"{architecture}, epoch {epoch + 1} of {epochs}: loss {total / (count // BATCH):.3f}")
    return net.eval()


def _loss(net: nn.Module, x: torch.Tensor, wanted: torch.Tensor, covered: torch.Tensor) -> torch.Tensor:
    return F.cross_entropy(net(x), wanted)


class _VitLoss(nn.Module):
    """The same loss, and that of a linear layer which tells from each patch token what covers the patch."""

    def __init__(self) -> None:
        super().__init__()
        self.head = nn.Linear(WIDTH, NOTHING + 1)

    def forward(self, net: Any, x: torch.Tensor, wanted: torch.Tensor, covered: torch.Tensor) -> torch.Tensor:
        """The loss of a batch."""
        tokens = net.forward_features(x)
        of_patches = F.cross_entropy(self.head(tokens[:, 1:]).flatten(0, 1), covered.flatten())
        return F.cross_entropy(net.forward_head(tokens), wanted) + PATCH_LOSS * of_patches


def accuracy(net: nn.Module, count: int = TESTED) -> float:
    """The share of `count` pictures with one shape, none of them used in training, that are answered
    rightly."""
    examples = Examples.drawn(0, count)
    x, wanted, _ = examples.part(torch.arange(count), mirrored=False)
    with torch.inference_mode():
        return float((net(x).argmax(1) == wanted.argmax(1)).float().mean())


def _make(key: str, out: Path, count: int, seed: int) -> str:
    """Train one network and write it with 16 bits a number; a line on how it does."""
    start = time.perf_counter()
    net = train(NETWORKS[key], count, seed)
    file = out / f"{key}.safetensors"
    kept = {name: t.half() if t.is_floating_point() else t for name, t in net.state_dict().items()}
    save_file({name: t.contiguous() for name, t in kept.items()}, file)
    net.load_state_dict(kept)
    seconds, size = time.perf_counter() - start, file.stat().st_size / 1e6
    return f"{key}: {accuracy(net):.1%} of {TESTED} fresh pictures right, {size:.2f} MB, {seconds:.0f} s"


def parser_for(prog: str) -> CommandParser:
    """The parser of the command's arguments."""
    parser = CommandParser(
        prog,
        "Train the tiny ViT and the tiny CNN on drawn pictures of shapes, both at the same time.",
        "--out . --seed 0",
        (
            "Written: tiny_vit_shapes.safetensors and tiny_cnn_shapes.safetensors.",
            "Printed: a line for each with its accuracy on pictures that it was not trained on.",
        ),
    )
    parser.add_argument(
        "--out", type=Path, default=Path(), metavar="FOLDER", help="where the weights are written"
    )
    parser.add_number("--seed", 0, "seed of the weights and the pictures")
    parser.add_number("--pictures", PICTURES, "how many pictures each network is trained on", BATCH)
    return parser


def main(arguments: Sequence[str] | None = None, prog: str = "python -m xai_core.models.train_shapes") -> int:
    """The command; its exit code."""
    return guarded(_run, parser_for(prog).parse_args(arguments))


def _run(options: argparse.Namespace) -> int:
    options.out.mkdir(parents=True, exist_ok=True)
    work = [(key, options.out, options.pictures, options.seed) for key in NETWORKS]
    with multiprocessing.get_context("spawn").Pool(len(work)) as pool:
        for line in pool.starmap(_make, work, chunksize=1):
            print(line)
    return DONE


if __name__ == "__main__":
    sys.exit(main())
