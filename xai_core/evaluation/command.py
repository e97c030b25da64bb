"""The command `saliency-lab evaluate`, also `python -m xai_core.evaluate`: see `evaluate` for the table."""

from __future__ import annotations

import argparse
import ast
import dataclasses
from collections.abc import Sequence

import numpy as np
import pandas as pd

from ..command_line import DONE, PARTLY, CommandParser, comma_separated, guarded, say
from ..datasets import open_dataset
from ..methods import METHODS
from ..metrics.qualities import QUALITIES
from ..models import load_model
from ..network.batches import keep_freed_memory
from ..types import InputError, Params
from .evaluate import ENGINES, RunProgress, engine_named, evaluate, local, summary_of
from .plan import UNSEEING, Plan
from .resumable_table import errors_of

METRICS = {  # name -> what it says, for the help; the names are those of metrics.measures.MEASURES
    "correct": "1 if the predicted class is right",
    "correct_top5": "1 if a right class is among the five most probable",
    "predicted": "index of the predicted class",
    "confidence": "probability of the predicted class",
    "iou": "IoU of the map's box with the true box; iou@5 ... iou@95: box at that % of the maximum",
    "localization_error": "1 if the predicted class is wrong or its map's box misses the object (ILSVRC)",
    "localization_error_top5": "the same with the five most probable classes",
    "distance": "pixels from the map's maximum to the nearest true box",
    "pointing": "1 if the map's maximum lies in a true box, or nearly so",
    "energy": "share of the positive map that lies inside the true boxes",
    "activated_share": "of the highlighted pixels, the share that lies inside the true boxes",
    "maximum": "largest value of the map",
    "concentration": "share of the positive map in its highest tenth of the pixels",
    "offset": "distance of the map's centre of mass from the picture's centre; 1 is a corner",
    "edge": "share of the positive map in the outer tenth of each side",
    "insertion": "area under the insertion curve; larger is better",
    "deletion": "area under the deletion curve; smaller is better",
    "fidelity": "drop of the probability when the highlighted part is hidden",
    "road": "ROAD; larger is better",
    "infidelity": "how far the map misses what happens when squares are hidden; smaller is better",
    "max_sensitivity": "how much the map changes under noise of 4 steps of 255; smaller is better",
    **{quality.key: quality.brief for quality in QUALITIES},
}
EXAMPLE = "--data mosaics --methods grad_cam,chance --metrics pointing,energy --out table.parquet"
OUTPUT = (
    "FILE has a row for each picture, method and metric: image, method, metric, value, target, probability, "
    "seconds. A picture that cannot be read or explained is a row of the file beside it that ends in "
    ".errors.csv.",
    "Printed: the mean for each method and metric, ± its standard error, (number of pictures).",
    "A run that was interrupted goes on where it stopped when it is started again with the same arguments.",
)


def parser_for(prog: str) -> CommandParser:
    """The parser of the command's arguments."""
    about = "Explain every picture of a labelled data set with several methods, and measure the maps."
    listed = "\n".join(f"  {name:<24} {text}" for name, text in METRICS.items())
    parser = CommandParser(prog, about, EXAMPLE, OUTPUT, f"metrics:\n{listed}")
    _add_data(parser)
    parser.add_argument(
        "--methods",
        type=comma_separated,
        required=True,
        metavar="A,B",
        help=f"methods, each also as METHOD@LAYER: {', '.join([*METHODS, *UNSEEING])}; centre (a bump in "
        "the middle) and chance (noise) do not look at the picture",
    )
    parser.add_argument(
        "--metrics", type=comma_separated, required=True, metavar="A,B", help="metrics, listed below"
    )
    parser.add_out("the table, a Parquet file", required=True)
    parser.add_model()
    parser.add_argument(
        "--param",
        action="append",
        default=[],
        metavar="METHOD.NAME=VALUE",
        help="a parameter of a method, such as occlusion.window=28; may be given several times",
    )
    parser.add_argument(
        "--predicted", action="store_true", help="explain the predicted class instead of the true one"
    )
    parser.add_argument(
        "--engine",
        default="local",
        choices=ENGINES,
        help="local measures in this process, ray on Ray's workers (the table is the same)",
    )
    parser.add_number("--workers", None, "workers of --engine ray; one for each GPU, or 2, if not given", 1)
    return parser


def _add_data(parser: CommandParser) -> None:
    parser.add_argument(
        "--data",
        required=True,
        metavar="PATH",
        help="a folder with a subfolder for each class, with WordNet ids in the file names or with VOC "
        "boxes; a COCO or NIH file of boxes; or mosaics, corruptions, cifar10, and for the networks of drawn "
        "shapes shapes and shape_pairs, which need no folder",
    )
    parser.add_argument(
        "--class-map",
        metavar="MAP",
        help="which class of the model a name of the data is: kangaroo=104,cat=281 or a CSV file of two "
        "columns; names that are classes of the model need none",
    )
    parser.add_number("--limit", None, "measure the first N pictures (all if not given)", 1)


def main(arguments: Sequence[str] | None = None, prog: str = "python -m xai_core.evaluate") -> int:
    """The command; its exit code."""
    return guarded(_run, parser_for(prog).parse_args(arguments))


def _run(options: argparse.Namespace) -> int:
    plan = Plan(options.methods, options.metrics, options.predicted, params_of(options.param))
    plan.check()
    keep_freed_memory()
    engine = engine_named(options.engine, options.workers)
    handle = load_model(options.model, "auto" if engine is local else "cpu")
    dataset = open_dataset(options.data, handle.labels, options.class_map)
    for note in dataset.notes:
        say(note)
    dataset = dataclasses.replace(dataset, examples=dataset.examples[: options.limit])
    rows = evaluate(handle, dataset, plan, options.out, _show, engine=engine)
    if len(rows):
        print(_printed(rows))
    errors = errors_of(options.out)
    if not errors.exists():
        return DONE
    failed = len(pd.read_csv(errors))
    say(f"{failed} of {len(dataset.examples)} pictures could not be measured: see {errors}.")
    return PARTLY


def _show(p: RunProgress) -> None:
    say(f"{p.done} of {p.total}, {p.failed} failed, {p.rate:.2f} s a picture, {p.left:.0f} s left")


def _printed(rows: pd.DataFrame) -> str:
    """Methods down, metrics across: mean ± standard error (pictures)."""
    found = summary_of(rows)
    text = [
        f"{mean:.3f}{'' if np.isnan(error) else f' ± {error:.3f}'} ({n:.0f})" if n else "- (0)"
        for mean, error, n in found.itertuples(index=False)
    ]
    return pd.Series(text, found.index, str).unstack("metric", sort=False).to_string()


def params_of(given: Sequence[str]) -> Params:
    """Each METHOD.NAME=VALUE -> {method: {name: value}}. A value that is no Python literal is a word."""
    found: dict[str, dict[str, object]] = {}
    for text in given:
        name, equals, value = text.partition("=")
        method, dot, param = name.partition(".")
        if not (equals and dot):
            raise InputError(f"The parameter {text!r} is not understood; accepted is occlusion.window=28.")
        try:
            found.setdefault(method, {})[param] = ast.literal_eval(value)
        except (ValueError, SyntaxError):
            found.setdefault(method, {})[param] = value
    return Params({method: Params(values) for method, values in found.items()})
