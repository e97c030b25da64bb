"""What an attack did to the answer and to the map.

    python -m xai_core.metrics.robustness FOLDER [--model KEY] [--attack pgd] [--epsilon 8] [--steps 20]
        [--limit 100] [--seed 0] [--out FILE.csv]

attacks the photographs of a folder that the model classifies correctly (names begin with a WordNet id, as
ImageNet's do) and prints how many answers changed, judged on 8-bit pictures.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd

from ..attacks import ATTACKS, PerturbedImage, attack
from ..engine.explain import predict
from ..inputs.images import load_image, pictures_in
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


def main(arguments: list[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m xai_core.metrics.robustness")
    parser.add_argument("folder")
    parser.add_argument("--model", default="efficientnet_lite0")
    parser.add_argument("--attack", default="pgd", choices=list(ATTACKS))
    parser.add_argument("--epsilon", type=float)
    parser.add_argument("--steps", type=int)
    parser.add_argument("--limit", type=int, default=100, help="correctly classified photographs to attack")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help="write the table as CSV")
    options = parser.parse_args(arguments)
    given = {name: value for name in ("epsilon", "steps") if (value := getattr(options, name)) is not None}
    try:
        files = pictures_in(options.folder)
        handle = load_model(options.model)
        rows = []
        for picture in islice(correct(handle, map(load_image, files)), options.limit):
            found = attack(handle, picture, options.attack, seed=options.seed, **given)
            rows.append(_line(found, picture.name))
            print(f"{len(rows)}: {picture.name}, {found.after.label}", file=sys.stderr)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    if not rows:
        print("No photograph of the folder is classified correctly by its WordNet id.", file=sys.stderr)
        return 2
    table = pd.DataFrame(rows)
    if options.out:
        table.to_csv(options.out, index=False)
    count, hits = len(table), int(table["success"].sum())
    low, high = interval(hits, count)
    print(table.to_string(index=False, float_format="{:.3f}".format))
    print(f"{hits} of {count} answers changed: {hits / count:.1%} (95 % interval {low:.1%} to {high:.1%})")
    return 0


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
