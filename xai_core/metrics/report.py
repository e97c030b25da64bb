"""Every method over a set of pictures: areas of insertion and deletion, fidelity, contrastivity, and rank
correlation with occlusion; one row a picture and method, and a table of means.

    python -m xai_core.metrics.report FOLDER [--methods a,b,c] [--limit 100] [--superpixel 28] [--model KEY]
        [--baseline black] [--correct] [--out FILE.csv]

The class is the predicted one; contrastivity compares its map with that of the runner-up. A random order of
the superpixels (`chance`) is always there, and every method is compared with it picture by picture."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import pandas as pd

from ..engine.explain import explain_many, predict
from ..inputs.images import load_image, pictures_in
from ..methods import METHODS
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
        own = group.set_index("image")
        for measure in ("insertion_auc", "deletion_auc"):
            gap = (own[measure] - base[measure].reindex(own.index)).to_numpy(float)
            mean, low, high = (float(v[0]) for v in mean_band(gap[:, None]))
            line |= {f"{measure}_gap": mean, f"{measure}_gap_low": low, f"{measure}_gap_high": high}
        line["sound"] = bool(line["insertion_auc_gap"] > 0 > line["deletion_auc_gap"])
        lines.append(line)
    return pd.DataFrame(lines)


def area_rows(name: str, found: Sequence[Curves]) -> list[dict[str, object]]:
    """The lines that `summary` reads, for one picture's curves."""
    return [
        {"image": name, "method": c.method, "insertion_auc": c.insertion_auc, "deletion_auc": c.deletion_auc}
        for c in found
    ]


def main(arguments: list[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m xai_core.metrics.report")
    parser.add_argument("folder")
    parser.add_argument("--methods", default=",".join(DEFAULT))
    parser.add_argument("--limit", type=int, default=100)
    parser.add_argument("--superpixel", type=int, default=28, help="side of a superpixel in pixels")
    parser.add_argument("--model", default="efficientnet_lite0")
    parser.add_argument("--baseline", default="black")
    parser.add_argument("--correct", action="store_true", help="only pictures that the model gets right")
    parser.add_argument("--out", type=Path, help="write every row as CSV")
    options = parser.parse_args(arguments)
    methods = options.methods.split(",")
    lines: list[dict[str, object]] = []
    try:
        unknown = [name for name in methods if name not in METHODS]
        if unknown:
            raise InputError(f"There is no method {unknown[0]!r}; the methods are {', '.join(METHODS)}.")
        handle = load_model(options.model)
        pictures: Iterable[ImageInput] = map(load_image, pictures_in(options.folder))
        pictures = correct(handle, pictures) if options.correct else pictures
        done = over(handle, islice(pictures, options.limit), methods, options.superpixel, options.baseline)
        for number, found in enumerate(done, 1):
            lines += found
            print(f"{number}: {found[0]['image']}", file=sys.stderr)
            if options.out:
                pd.DataFrame(lines).to_csv(options.out, index=False)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    if not lines:
        print("No picture of the folder is classified correctly by its WordNet id.", file=sys.stderr)
        return 2
    table = summary(pd.DataFrame(lines))
    with pd.option_context("display.width", 250, "display.max_columns", None):
        print(table.to_string(index=False, float_format="{:.3f}".format))
    weak = [str(name) for name in table.loc[~table["sound"], "method"] if name != CHANCE]
    print(f"Not better than random on both curves: {', '.join(weak) or 'none'}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
