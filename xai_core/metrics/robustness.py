"""What an attack did to the answer and to the map.

The command `saliency-lab robustness`, also `python -m xai_core.metrics.robustness`, attacks the photographs
of a folder that the model classifies correctly and counts the answers that changed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
import pandas as pd

from ..attacks import ATTACKS, PerturbedImage, attack
from ..command_line import CommandParser, Pictures, guarded, print_table, say
from ..engine.explain import predict
from ..inputs.images import pictures_in
from ..inputs.wordnet import class_of
from ..models import load_model
from ..network.handle import ModelHandle
from ..types import Explanation, ImageInput, InputError
from .agreement import TOP, highlighted, iou, ranks, spearman
from .bands import interval


@dataclass(frozen=True)
class MapShift:
    """How far a map moved: Spearman's `rank` correlation -1..1, `iou` of what both highlight 0..1, and the
    `distance` between the two maxima in pixels of the input grid. NaN where a map is flat."""

    rank: float
    iou: float
    distance: float


def map_shift(
    before: Explanation, after: Explanation, threshold: str = TOP, percent: float = 20.0
) -> MapShift:
    """Two maps of the same size compared on the input grid."""
    a, b = before.upsampled(), after.upsampled()
    flat = np.ptp(a) == 0 or np.ptp(b) == 0
    peaks = [np.array(np.unravel_index(int(values.argmax()), values.shape)) for values in (a, b)]
    overlap = iou(highlighted(a, threshold, percent), highlighted(b, threshold, percent))
    overlap = float("nan") if flat else overlap
    distance = float("nan") if flat else float(np.linalg.norm(peaks[0] - peaks[1]))
    return MapShift(spearman(a, b), overlap, distance)


def sweep_row(
    attacked: PerturbedImage,
    probability: float,
    before: Explanation,
    after: Explanation,
    threshold: str = TOP,
    percent: float = 20.0,
) -> dict[str, object]:
    """One line of a strength sweep. `probability` is that of the class before on the attacked picture,
    `before` and `after` are the map of that class on the two pictures."""
    moved = map_shift(before, after, threshold, percent)
    return {
        "image": attacked.original.name,
        "attack": attacked.attack,
        "strength": attacked.params[ATTACKS[attacked.attack].strength],
        "success": attacked.success,
        "method": before.method,
        "p_before": attacked.before.probability,
        "p_original": probability,
        "p_new": attacked.after.probability,
        "new_class": attacked.after.label,
        "rank": moved.rank,
        "iou": moved.iou,
        "distance": moved.distance,
    }


@dataclass(frozen=True)
class PixelImportance:
    """What a map says of the attacked pixels, of which the most important counts: its `value`, and the
    `percentile` 0..100 of that value among all pixels (ties count half)."""

    value: float
    percentile: float


def pixel_importance(e: Explanation, pixels: np.ndarray) -> PixelImportance:
    """`pixels` (k, 2) holds rows and columns on the input grid."""
    values = e.upsampled()
    places = tuple(np.asarray(pixels).T)
    best = int(values[places].argmax())
    value = float(values[places][best])
    share = (ranks(values)[places][best] - 0.5) / values.size
    return PixelImportance(value, 100 * float(share))


def correct(handle: ModelHandle, pictures: Iterable[ImageInput]) -> Iterator[ImageInput]:
    """Those whose WordNet id names the predicted class."""
    for picture in pictures:
        if class_of(picture.name) == predict(handle, picture, 1)[0].index:
            yield picture


def parser_for(prog: str) -> CommandParser:
    """The parser of the command's arguments."""
    parser = CommandParser(
        prog,
        "Attack the photographs of a folder that the model classifies correctly, and count how many answers "
        "change. The attacked pictures are judged as the 8-bit pictures that can be saved.",
        "photos --attack pgd --epsilon 4 --limit 20 --out attacks.csv",
        (
            "Printed: a row for each photograph, and the share of answers that changed with its 95 % "
            "interval.",
            "FILE has the same rows: image, before, p_before, after, p_after, success, largest_change, "
            "forwards, seconds.",
        ),
    )
    parser.add_argument("folder", help="photographs whose names begin with WordNet ids, as ImageNet's do")
    parser.add_argument("--attack", default="pgd", choices=list(ATTACKS), help="the attack")
    parser.add_argument(
        "--epsilon",
        type=float,
        metavar="E",
        help="how far a pixel may move, 0 to 255; for pgd_l2 the distance of the whole picture (default: the "
        "attack's own)",
    )
    parser.add_number("--steps", None, "steps of the attack (default: the attack's own)", 1)
    parser.add_number("--limit", 100, "correctly classified photographs to attack", 1)
    parser.add_number("--seed", 0, "seed of the attack's random start")
    parser.add_model()
    parser.add_out("write the table as CSV")
    return parser


def main(arguments: Sequence[str] | None = None, prog: str = "python -m xai_core.metrics.robustness") -> int:
    """The command; its exit code."""
    return guarded(_run, parser_for(prog).parse_args(arguments))


def _run(options: argparse.Namespace) -> int:
    given = {name: value for name in ("epsilon", "steps") if (value := getattr(options, name)) is not None}
    pictures = Pictures(pictures_in(options.folder))
    handle = load_model(options.model)
    rows = []
    for picture in islice(correct(handle, pictures), options.limit):
        found = attack(handle, picture, options.attack, seed=options.seed, **given)
        rows.append(_line(found, picture.name))
        say(f"{len(rows)}: {picture.name}, {found.after.label}")
    if not rows:
        raise InputError("No photograph of the folder is classified correctly by its WordNet id.")
    table = pd.DataFrame(rows)
    if options.out:
        table.to_csv(options.out, index=False)
    count, hits = len(table), int(table["success"].sum())
    low, high = interval(hits, count)
    print_table(table)
    print(f"{hits} of {count} answers changed: {hits / count:.1%} (95 % interval {low:.1%} to {high:.1%})")
    return pictures.exit_code()


def _line(found: PerturbedImage, name: str) -> dict[str, object]:
    return {
        "image": name,
        "before": found.before.label,
        "p_before": found.before.probability,
        "after": found.after.label,
        "p_after": found.after.probability,
        "success": found.success,
        "largest_change": int(np.abs(found.noise).max()),
        "forwards": found.forwards,
        "seconds": found.seconds,
    }


if __name__ == "__main__":
    sys.exit(main())
