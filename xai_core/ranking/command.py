"""The command `saliency-lab rank`, also `python -m xai_core.ranking`: which method is better, on a folder."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from ..board.folder import replace_file
from ..command_line import DONE, PARTLY, CommandParser, comma_separated, guarded, number, print_table, say
from ..datasets import Dataset, open_dataset
from ..datasets.unlabelled import unlabelled
from ..evaluation.command import params_of
from ..evaluation.evaluate import ENGINES, engine_named, local
from ..evaluation.resumable_table import errors_of
from ..methods import METHODS
from ..models import load_model
from ..network.batches import keep_freed_memory
from ..network.handle import ModelHandle
from ..types import InputError
from . import words
from .directions import BOXED, SIGN, label_of
from .plan import ALL, UNTIL, Ranked
from .report import report_html
from .result import Ranking
from .running import RankProgress, all_scores, rank, score_files

EXAMPLE = "photos --methods grad_cam,layer_cam,gradient --metrics relevance_gain,deletion --out board.html"
OUTPUT = (
    "Printed: which methods beat a random map, then for each metric every method with its mean, the ranks "
    "that it may have, letters (methods that share one cannot be told apart), and the inputs that one map "
    "sends through the network.",
    "FILE.html is the report. Beside it lie FILE.csv (metrics and methods), FILE.pairs.csv (every pair with "
    "its difference, interval and p), FILE.parquet (every score of every picture) and, where a picture could "
    "not be measured, FILE.errors.csv.",
    "The scores are kept in FILE.scores: a run that was interrupted goes on where it stopped, and a second "
    "run computes nothing.",
)


def parser_for(prog: str) -> CommandParser:
    """The parser of the command's arguments."""
    about = (
        "Rank explanation methods on pictures: paired bootstrap, Holm's correction, rank intervals, and a "
        "random map as the control. More pictures are drawn until it is decided or the budget is spent."
    )
    listing = "metrics:\n" + "\n".join(
        f"  {key:<24} {label_of(key)}, {'larger' if sign > 0 else 'smaller'} is better"
        f"{' (needs boxes)' if key in BOXED else ''}"
        for key, sign in SIGN.items()
        if "@" not in key
    )
    parser = CommandParser(prog, about, EXAMPLE, OUTPUT, listing)
    parser.add_argument(
        "folder", metavar="FOLDER", help="pictures; samples for the sample photographs on this machine"
    )
    parser.add_argument(
        "--methods",
        type=comma_separated,
        required=True,
        metavar="A,B",
        help=f"methods, each also as METHOD@LAYER: {', '.join(METHODS)}; centre is a bump in the middle; the "
        "random map is always added",
    )
    parser.add_argument(
        "--metrics", type=comma_separated, required=True, metavar="A,B", help="metrics, listed below"
    )
    parser.add_out("the report, a file that ends in .html", required=True)
    parser.add_model()
    _add_choices(parser)
    return parser


def _add_choices(parser: CommandParser) -> None:
    parser.add_argument(
        "--labels",
        action="store_true",
        help="explain the labelled class, not the predicted one; FOLDER is then what evaluate --data reads",
    )
    parser.add_argument("--class-map", metavar="MAP", help="with --labels: as for evaluate")
    parser.add_number("--budget", None, "draw at most N pictures (all if not given)", 1)
    parser.add_argument(
        "--until",
        default=ALL,
        choices=UNTIL,
        help="stop when: " + "; ".join(f"{key}: {text}" for key, text in UNTIL.items()),
    )
    parser.add_argument(
        "--confidence",
        type=number(0.5, 0.999),
        default=0.95,
        metavar="C",
        help="with which all that is said holds together",
    )
    parser.add_number("--seed", 0, "of the order in which pictures are drawn, and of the resamples")
    parser.add_argument(
        "--param", action="append", default=[], metavar="METHOD.NAME=VALUE", help="as for evaluate"
    )
    parser.add_argument("--engine", default="local", choices=ENGINES, help="local, or ray for Ray's workers")
    parser.add_number("--workers", None, "workers of --engine ray; one for each GPU, or 2, if not given", 1)


def main(arguments: Sequence[str] | None = None, prog: str = "python -m xai_core.ranking") -> int:
    """The command; its exit code."""
    return guarded(_run, parser_for(prog).parse_args(arguments))


def _run(options: argparse.Namespace) -> int:
    plan = Ranked(
        options.methods,
        options.metrics,
        not options.labels,
        params_of(options.param),
        options.budget,
        options.confidence,
        options.until,
        options.seed,
    )
    plan.check()
    out: Path = options.out
    if out.suffix != ".html":
        raise InputError(f"--out is {str(out)!r}; a file that ends in .html is accepted.")
    if options.class_map is not None and not options.labels:
        raise InputError("--class-map is given without --labels, without which no label is read.")
    keep_freed_memory()
    engine = engine_named(options.engine, options.workers)
    handle = load_model(options.model, "auto" if engine is local else "cpu")
    dataset = _opened(options, handle)
    for note in dataset.notes:
        say(note)
    scores = out.with_suffix(".scores")
    found = rank(handle, dataset, plan, scores, _show, engine=engine)
    write_all(found, scores, out)
    _print(found)
    if not found.failed:
        return DONE
    say(f"{words.count(found.failed, 'picture')} could not be measured: see {errors_of(out)}.")
    return PARTLY


def _opened(options: argparse.Namespace, handle: ModelHandle) -> Dataset:
    if options.labels:
        return open_dataset(options.folder, handle.labels, options.class_map)
    return unlabelled(options.folder)


def write_all(found: Ranking, scores: Path, out: Path) -> None:
    """The report, and beside it the tables."""
    replace_file(out, report_html(found).encode())
    replace_file(out.with_suffix(".csv"), found.table().to_csv(index=False).encode())
    replace_file(out.with_suffix(".pairs.csv"), found.pairs().to_csv(index=False).encode())
    files = score_files(scores)
    all_scores(files, out.with_suffix(".parquet"))
    failed = [pd.read_csv(errors_of(file)) for file in files if errors_of(file).exists()]
    if failed:
        replace_file(errors_of(out), pd.concat(failed).to_csv(index=False).encode())
    else:
        errors_of(out).unlink(missing_ok=True)


def _show(p: RankProgress) -> None:
    say(
        f"{p.done} of at most {p.budget} pictures, {p.failed} failed, {p.rate:.2f} s a picture; next look "
        f"after {p.until}"
    )


def _print(found: Ranking) -> None:
    print(words.headline(found))
    for one in found.standings:
        print(words.on_metric(found, one))
    for line in words.disagreements(found):
        print(line)
    print(words.ended(found))
    table = found.table()
    table["mean"] = [words.number(value, 3) for value in table["mean"]]
    shown = ["metric", "method", "mean", "rank_low", "rank_high", "letters", "beats_random", "passes"]
    print_table(table[shown])
