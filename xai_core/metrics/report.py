"""Every method over a set of pictures: areas of insertion and deletion, fidelity, contrastivity, and rank
correlation with occlusion; one row for each picture and method, and a table of means.

The class is the predicted one; contrastivity compares its map with that of the runner-up. A random order of
the superpixels (`chance`) is always there, and every method is compared with it picture by picture. The
command is `saliency-lab report`, also `python -m xai_core.metrics.report`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import pandas as pd

from ..command_line import CommandParser, Pictures, comma_separated, guarded, print_table, say
from ..engine.explain import explain_many, predict
from ..inputs.images import pictures_in
from ..inputs.superpixels import BASELINES
from ..methods import find_method
from ..models import load_model
from ..network.handle import ModelHandle
from ..types import ImageInput, InputError, Request
from .agreement import highlighted, spearman
from .bands import mean_band, standard_error
from .fidelity import contrastivity, fidelity
from .insertion import CHANCE, Curves, chance, curves_many
from .robustness import correct

DEFAULT = (
    "grad_cam",
    "layer_cam",
    "guided_grad_cam",
    "guided_backprop",
    "gradient",
    "input_x_gradient",
    "smooth_grad",
    "integrated_gradients",
    "occlusion",
    "kernel_shap",
)
PARAMS = {  # for hundreds of pictures: coarser than the defaults, which the pages use
    "occlusion": {"window": 28, "stride": 28},
    "kernel_shap": {"samples": 128, "segments": 25},
    "lime": {"samples": 128, "segments": 25},
    "smooth_grad": {"samples": 16},
    "integrated_gradients": {"steps": 24},
}
OCCLUSION = "occlusion"
MEASURES = ("insertion_auc", "deletion_auc", "fidelity", "contrastivity", "rank_occlusion")


def rows(
    handle: ModelHandle, image: ImageInput, methods: Sequence[str], superpixel: int, baseline: str
) -> list[dict[str, object]]:
    """One picture's lines, a method each. Occlusion is computed for the comparison, whether listed or not."""
    first, second = (score.index for score in predict(handle, image, 2))
    names = list(dict.fromkeys([*methods, OCCLUSION]))
    wanted = [
        Request(name, target, None, PARAMS.get(name, {})) for target in (first, second) for name in names
    ]
    maps = explain_many(handle, image, wanted)
    own, other = (dict(zip(names, part, strict=True)) for part in (maps[: len(names)], maps[len(names) :]))
    hidden = own[OCCLUSION].upsampled()
    own[CHANCE], other[CHANCE] = (chance(maps[0], seed) for seed in (0, 1))
    shown = [*methods, CHANCE]
    areas = curves_many(handle, image, [own[name] for name in shown], superpixel, baseline)
    lines = []
    for name, area in zip(shown, areas, strict=True):
        masks = [highlighted(e.upsampled()) for e in (own[name], other[name])]
        found = fidelity(handle, image, own[name], baseline=baseline)
        lines.append(
            {
                "image": image.name,
                "method": name,
                "target": first,
                "probability": own[name].probability,
                "insertion_auc": area.insertion_auc,
                "deletion_auc": area.deletion_auc,
                "fidelity": found.drop,
                "contrastivity": contrastivity(*masks),
                "rank_occlusion": spearman(own[name].upsampled(), hidden),
                "seconds": own[name].seconds,
            }
        )
    return lines


def over(
    handle: ModelHandle,
    pictures: Iterable[ImageInput],
    methods: Sequence[str] = DEFAULT,
    superpixel: int = 28,
    baseline: str = "black",
) -> Iterator[list[dict[str, object]]]:
    """The lines of each picture, as they are done."""
    for picture in pictures:
        yield rows(handle, picture, methods, superpixel, baseline)


def summary(table: pd.DataFrame, baseline: str = CHANCE) -> pd.DataFrame:
    """A line for each method: mean and standard error of each measure, and the paired differences of both
    areas to `baseline` with the ends of their 95 % interval. `sound` is better on both curves."""
    lines = []
    base = table[table["method"] == baseline].set_index("image")
    for method, group in table.groupby("method", sort=False):
        line: dict[str, object] = {"method": method, "pictures": len(group)}
        for measure in (name for name in MEASURES if name in group):
            values = group[measure].dropna().to_numpy(float)
            line[measure] = float(values.mean()) if len(values) else float("nan")
            line[f"{measure}_se"] = standard_error(values)
        own, gaps = group.set_index("image"), {}
        for measure in ("insertion_auc", "deletion_auc"):
            gap = (own[measure] - base[measure].reindex(own.index)).to_numpy(float)
            mean, low, high = (float(v[0]) for v in mean_band(gap[:, None]))
            line |= {f"{measure}_gap": mean, f"{measure}_gap_low": low, f"{measure}_gap_high": high}
            gaps[measure] = mean
        line["sound"] = gaps["insertion_auc"] > 0 > gaps["deletion_auc"]
        lines.append(line)
    return pd.DataFrame(lines)


def area_rows(name: str, found: Sequence[Curves]) -> list[dict[str, object]]:
    """The lines that `summary` reads, for one picture's curves."""
    return [
        {"image": name, "method": c.method, "insertion_auc": c.insertion_auc, "deletion_auc": c.deletion_auc}
        for c in found
    ]


def parser_for(prog: str) -> CommandParser:
    """The parser of the command's arguments."""
    parser = CommandParser(
        prog,
        "Compare methods on the pictures of a folder, each picture explained for its predicted class, and "
        "hold every method against a random order of the superpixels.",
        "photos --methods grad_cam,gradient --limit 20 --out report.csv",
        (
            "Printed: a row of means for each method, with the difference to random and its 95 % interval, "
            "and the methods that are not better than random on both curves.",
            "FILE has a row for each picture and method: image, method, target, probability, insertion_auc, "
            "deletion_auc, fidelity, contrastivity, rank_occlusion, seconds. It is written after every "
            "picture.",
        ),
    )
    parser.add_argument("folder", help="pictures")
    parser.add_argument(
        "--methods", type=comma_separated, default=",".join(DEFAULT), metavar="A,B", help="methods to compare"
    )
    parser.add_number("--limit", 100, "measure the first N pictures", 1)
    parser.add_number("--superpixel", 28, "side of a superpixel in pixels of the model's input", 1)
    parser.add_argument("--baseline", default="black", choices=BASELINES, help="what hides a superpixel")
    parser.add_argument(
        "--correct",
        action="store_true",
        help="only pictures that are classified correctly; their names must begin with WordNet ids",
    )
    parser.add_model()
    parser.add_out("write every row as CSV")
    return parser


def main(arguments: Sequence[str] | None = None, prog: str = "python -m xai_core.metrics.report") -> int:
    """The command; its exit code."""
    return guarded(_run, parser_for(prog).parse_args(arguments))


def _run(options: argparse.Namespace) -> int:
    for name in options.methods:
        find_method(name)
    files = Pictures(pictures_in(options.folder))
    handle = load_model(options.model)
    pictures = correct(handle, files) if options.correct else files
    lines: list[dict[str, object]] = []
    done = over(
        handle, islice(pictures, options.limit), options.methods, options.superpixel, options.baseline
    )
    for number, found in enumerate(done, 1):
        lines += found
        say(f"{number}: {found[0]['image']}")
        if options.out:
            pd.DataFrame(lines).to_csv(options.out, index=False)
    if not lines:
        right = " is classified correctly by its WordNet id" if options.correct else " can be read"
        raise InputError(f"No picture of the folder{right}.")
    table = summary(pd.DataFrame(lines))
    print_table(table)
    weak = [str(name) for name in table.loc[~table["sound"], "method"] if name != CHANCE]
    print(f"Not better than random on both curves: {', '.join(weak) or 'none'}.")
    return files.exit_code()


if __name__ == "__main__":
    sys.exit(main())
