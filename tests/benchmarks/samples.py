"""How many samples a map needs: rank correlation with a converged map, scheme by scheme.

    python -m tests.benchmarks.samples --keep FOLDER [--pictures 8] [--reference 5000] [--only lime,rise]

For each photograph of the sample set that is taken (evenly over its classes) and each of LIME, Kernel SHAP
and RISE: a converged map of `--reference` samples, half of them drawn by each scheme with random numbers of
their own, and draws of 100, 250, 500 and 1,000 samples by every scheme. Printed, as means over pictures and
draws: Spearman's correlation with the converged map, with another draw of as many samples, and the
reliability that a draw states of itself from two halves, which is what `stable` compares with. Then how
reliable the converged maps themselves are. EfficientNet-Lite0, 224 pixels, predicted class, about fifty SLIC
superpixels (LIME and Kernel SHAP: logit, hidden superpixels in their mean colour; RISE: probability, black).
`--side 128` shows the network smaller views of the same photographs, at a third of the cost. `--model
resnet20_cifar10` measures the same on CIFAR-10's photographs of 32 pixels, at two milliseconds a sample, and
`--model tiny_cnn_shapes` on drawings in the project's tiny network.

The scores are kept in FOLDER; what is there is not scored again, so a run that was cut off goes on where it
ended, and `--known` prints what can be said from the pictures that are complete. The exit code is 1 where
no picture is."""

from __future__ import annotations

import argparse
import copy
import dataclasses
import sys
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd

import xai_core as xai
from xai_core.inputs import shapes
from xai_core.methods._adaptive import reliability
from xai_core.methods._coalitions import leverage_coalitions
from xai_core.methods._pairs import INDEPENDENT, PAIRS
from xai_core.models.layers import find_layers

from .schemes import SCHEMES, Draw, enumerated, leverage, lime_draw, lime_rows, rise_draw, rise_rows
from .scored import Picture

PHOTOGRAPHS = Path("../shared/data/images/imagenet_sample")
SIZES = (100, 250, 500, 1000)
SMALL_PHOTOGRAPHS = Path("../shared/data/cifar10/test")
MODELS = ("efficientnet_lite0", "tiny_cnn_shapes", "resnet20_cifar10")
METHODS = ("rise", "kernel_shap", "lime")
SEED = 777  # of the converged maps; the draws that are tested have others


def pictures(model: str, number: int) -> Iterator[tuple[str, xai.ImageInput]]:
    """Photographs, evenly over the classes of the set; or drawings, for the network that knows shapes."""
    if model == MODELS[1]:
        for n in range(number):
            yield str(n), xai.ImageInput(shapes.drawing(shapes.key_of(n)).pixels)
        return
    small = model == MODELS[2]
    files = sorted(SMALL_PHOTOGRAPHS.glob("*/*.jpg") if small else PHOTOGRAPHS.glob("*.jpg"))
    for file in files[:: max(1, len(files) // number)][:number]:
        yield f"{file.parent.name}-{file.stem}" if small else file.stem, xai.load_image(file)


def at_side(handle: xai.ModelHandle, side: int) -> xai.ModelHandle:
    """The same weights for square views of `side` pixels, resized as the network's own are."""
    with handle.session() as net:
        own = copy.deepcopy(net)
    resize = round(handle.grid.resize * side / handle.grid.size[0])
    grid = dataclasses.replace(handle.grid, size=(side, side), resize=resize)
    small = xai.ModelHandle(handle.spec, own, handle.labels, grid, handle.device, handle.dtype)
    small.layers = find_layers(own, small.blank())
    return small


def references(picture: Picture, method: str, samples: int) -> list[Draw]:
    """The draws whose mean is the converged map: one by each scheme, with half of the samples each."""
    half = samples // 2
    if method == "kernel_shap":
        rows = leverage_coalitions(picture.count, half, np.random.default_rng(SEED))
        return [enumerated(picture.count, half, SEED), leverage(rows)]
    draws = (INDEPENDENT, PAIRS)
    if method == "lime":
        return [lime_draw(lime_rows(picture.count, half, draw, SEED), draw) for draw in draws]
    size = picture.segments.shape
    return [rise_draw(rise_rows(half, draw, SEED), size, draw) for draw in draws]


def correlation(one: np.ndarray, other: np.ndarray) -> float:
    """Spearman's correlation of two maps; 0 if one of them is flat."""
    from scipy.stats import rankdata

    a, b = (rankdata(values) - (values.size + 1) / 2 for values in (one, other))
    size = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / size if size > 0 else 0.0


def rows_of(picture: Picture, method: str, samples: int) -> Iterator[dict[str, object]]:
    """One row for each scheme and number of samples, and one for the converged map."""
    scored = picture.scored("rise" if method == "rise" else "superpixels")
    maps = [draw.map(scored.of(draw.rows)) for draw in references(picture, method, samples)]
    converged = np.mean(maps, 0)
    about = {"picture": picture.name, "method": method}
    yield about | {"scheme": "converged", "samples": samples, "stated": reliability(*maps)}
    for scheme in (one for one in SCHEMES if one.method == method):
        for size in SIZES:
            draws = scheme.draws(picture, size)
            scores = [scored.of(draw.rows) for draw in draws]
            found = [draw.map(values) for draw, values in zip(draws, scores, strict=True)]
            stated = [
                reliability(*(draw.estimate(half, values) for half in draw.halves))
                for draw, values in zip(draws, scores, strict=True)
            ]
            yield about | {
                "scheme": scheme.name,
                "samples": size,
                "converged": np.mean([correlation(one, converged) for one in found]),
                "another": np.mean([correlation(*two) for two in combinations(found, 2)] or [np.nan]),
                "stated": np.mean(stated),
            }


def complete(picture: Picture, method: str, samples: int) -> bool:
    """Whether every score that the rows of this picture need is kept."""
    scored = picture.scored("rise" if method == "rise" else "superpixels")
    draws = references(picture, method, samples)
    draws += [
        draw
        for scheme in SCHEMES
        if scheme.method == method
        for size in SIZES
        for draw in scheme.draws(picture, size)
    ]
    return not any(len(scored.missing(draw.rows)) for draw in draws)


def table(found: pd.DataFrame) -> pd.DataFrame:
    """Means over the pictures; `pictures` counts them."""
    groups = found.groupby(["method", "scheme", "samples"], sort=False)
    means = groups[["converged", "another", "stated"]].mean().round(3)
    return means.assign(pictures=groups.size()).reset_index()


def main() -> int:
    """Score what is missing, keep it, print the table."""
    parser = argparse.ArgumentParser(prog="tests.benchmarks.samples", description=__doc__.splitlines()[0])
    parser.add_argument("--keep", type=Path, required=True, help="folder of the scores")
    parser.add_argument("--model", choices=MODELS, default=MODELS[0])
    parser.add_argument("--side", type=int, help="pixels of the view; the network's own unless given")
    parser.add_argument("--pictures", type=int, default=8)
    parser.add_argument("--reference", type=int, default=5000, help="samples of a converged map")
    parser.add_argument("--only", default=",".join(METHODS), help="methods")
    parser.add_argument("--known", action="store_true", help="score nothing; print what is complete")
    options = parser.parse_args()
    options.keep.mkdir(parents=True, exist_ok=True)
    handle = xai.load_model(options.model, device="cpu")
    if options.side:
        handle = at_side(handle, options.side)
    found: list[dict[str, object]] = []
    for name, image in pictures(options.model, options.pictures):
        picture = Picture(handle, image, f"{options.model}-{handle.grid.size[0]}-{name}", options.keep)
        for method in options.only.split(","):
            if not options.known or complete(picture, method, options.reference):
                found += rows_of(picture, method, options.reference)
                print(f"{picture.name}: {method}", file=sys.stderr, flush=True)
    if found:
        print(table(pd.DataFrame(found)).to_string(index=False))
    return int(not found)


if __name__ == "__main__":
    sys.exit(main())
