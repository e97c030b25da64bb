"""The badges over a set of pictures: how alike each method's map is to the same map of the network with
random weights.

    python -m xai_core.metrics.badges [FOLDER] [--methods a,b,c] [--model KEY] [--all-weights] [--seed 0]

Without a folder the pictures are the samples that come with packages. The class is the predicted one. Only
the head's weights are drawn anew, or all of them. The verdict is that of the mean rank correlation."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence

import pandas as pd

from ..engine.explain import explain_many, predict
from ..inputs.images import load_image, pictures_in
from ..inputs.samples import load_sample, samples
from ..methods import METHODS
from ..models import load_model
from ..network.handle import ModelHandle
from ..types import ImageInput, InputError, Request
from .agreement import spearman, ssim
from .sanity import HEAD, randomised, stages, verdict

DEFAULT = ("guided_backprop", "gradient", "guided_grad_cam", "layer_cam", "grad_cam")


def over(
    handle: ModelHandle,
    pictures: Iterable[ImageInput],
    methods: Sequence[str] = DEFAULT,
    all_weights: bool = False,
    seed: int = 0,
) -> Iterator[list[dict[str, object]]]:
    """For each picture, as it is done, a row for each method: image, method, rank (Spearman) and ssim, both
    -1..1, NaN where a map is flat. Raises InputError for an unknown method before anything runs."""
    for name in methods:
        if name not in METHODS:
            raise InputError(f"There is no method {name!r}; the methods are {', '.join(METHODS)}.")
    other = randomised(handle, seed, None if all_weights else stages(handle)[HEAD])
    for picture in pictures:
        target = predict(handle, picture, 1)[0].index
        requests = [Request(name, target) for name in methods]
        pairs = zip(
            *([e.upsampled() for e in explain_many(own, picture, requests)] for own in (handle, other)),
            strict=True,
        )
        yield [
            {"image": picture.name, "method": name, "rank": spearman(*pair), "ssim": ssim(*pair)}
            for name, pair in zip(methods, pairs, strict=True)
        ]


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """A line for each method: pictures, mean rank correlation and SSIM, lowest and highest rank correlation,
    and the verdict. Flat maps are left out of the means and counted in `flat`."""
    groups = table.groupby("method", sort=False)
    found = groups.agg(
        pictures=("rank", "size"),
        rank=("rank", "mean"),
        ssim=("ssim", "mean"),
        lowest=("rank", "min"),
        highest=("rank", "max"),
    )
    found["flat"] = groups["rank"].apply(lambda ranks: int(ranks.isna().sum()))
    found["verdict"] = found["rank"].map(verdict)
    return found.reset_index()


def main(arguments: list[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m xai_core.metrics.badges")
    parser.add_argument("folder", nargs="?", help="pictures; without it, the samples of installed packages")
    parser.add_argument("--methods", default=",".join(DEFAULT))
    parser.add_argument("--model", default="efficientnet_lite0")
    parser.add_argument("--all-weights", action="store_true", help="draw all weights anew, not the head's")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    lines: list[dict[str, object]] = []
    try:
        pictures = (
            map(load_image, pictures_in(options.folder))
            if options.folder
            else (load_sample(key) for key, sample in samples().items() if sample.package)
        )
        handle = load_model(options.model)
        for found in over(handle, pictures, options.methods.split(","), options.all_weights, options.seed):
            lines += found
            print(found[0]["image"], file=sys.stderr)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    print(summary(pd.DataFrame(lines)).to_string(index=False, float_format="{:.2f}".format))
    return 0


if __name__ == "__main__":
    sys.exit(main())
