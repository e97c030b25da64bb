"""The badges over a set of pictures: how alike each method's map is to the same map of the network with
random weights.

The class is the predicted one. Only the head's weights are drawn anew, or all of them. The verdict is that of
the mean rank correlation. The command is `saliency-lab badges`, also `python -m xai_core.metrics.badges`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence

import pandas as pd

from ..command_line import CommandParser, Pictures, comma_separated, guarded, print_table, say
from ..engine.explain import explain_many, predict
from ..inputs.images import pictures_in
from ..inputs.samples import load_sample, samples
from ..methods import find_method
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
        find_method(name)
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


def parser_for(prog: str) -> CommandParser:
    """The parser of the command's arguments."""
    parser = CommandParser(
        prog,
        "Compare each method's maps with those of the same network with random weights. A map that hardly "
        "changes shows the picture, not what the network has learned.",
        "photos --methods grad_cam,guided_backprop --out badges.csv",
        (
            "Printed: a row for each method: pictures, mean rank correlation and SSIM of the two maps, "
            "lowest and highest rank correlation, flat maps (left out of the means), and the verdict.",
            "FILE has a row for each picture and method: image, method, rank, ssim.",
        ),
    )
    parser.add_argument(
        "folder", nargs="?", help="pictures; without a folder, the samples of the installed packages"
    )
    parser.add_argument(
        "--methods", type=comma_separated, default=",".join(DEFAULT), metavar="A,B", help="methods to check"
    )
    parser.add_argument(
        "--all-weights", action="store_true", help="draw all weights anew instead of those of the head alone"
    )
    parser.add_number("--seed", 0, "seed of the random weights")
    parser.add_model()
    parser.add_out("write every row as CSV")
    return parser


def main(arguments: Sequence[str] | None = None, prog: str = "python -m xai_core.metrics.badges") -> int:
    """The command; its exit code."""
    return guarded(_run, parser_for(prog).parse_args(arguments))


def _run(options: argparse.Namespace) -> int:
    files = Pictures(pictures_in(options.folder) if options.folder else [])
    shipped = (load_sample(key) for key, sample in samples().items() if sample.package)
    handle = load_model(options.model)
    pictures = files if options.folder else shipped
    lines: list[dict[str, object]] = []
    for found in over(handle, pictures, options.methods, options.all_weights, options.seed):
        lines += found
        say(str(found[0]["image"]))
    if not lines:
        raise InputError(f"No picture of the folder {options.folder!r} can be read.")
    table = pd.DataFrame(lines)
    if options.out:
        table.to_csv(options.out, index=False)
    print_table(summary(table), digits=2)
    return files.exit_code()


if __name__ == "__main__":
    sys.exit(main())
