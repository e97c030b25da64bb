"""The command `saliency-lab spuriosity FOLDER`, also `python -m xai_core.spuriosity`: see `find`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from ..command_line import DONE, PARTLY, CommandParser, comma_separated, guarded, number, print_table, say
from ..datasets import open_dataset
from ..evaluation.engines import ENGINES
from ..methods import METHODS
from ..metrics.fillers import FILLS
from ..models import load_model
from ..network.batches import keep_freed_memory
from . import words
from .find import Step, engine_named, find, local
from .findings import Findings
from .search import Search

EXAMPLE = "shapes --model tiny_cnn_shapes --class disc,star --out hans.parquet"
OUTPUT = (
    "Printed: whether any intervention beat its control, a verdict on each cluster of maps, and a table with "
    "the margins that the region moves beside its controls, and the p value after Holm.",
    "FILE.parquet has the maps, FILE.trials.parquet every picture that was changed, with its answer; "
    "FILE.clusters.csv the table, FILE.pictures.csv the pictures that a shortcut affects.",
    "A search that was interrupted goes on where it stopped when it is started again in the same way.",
)
SHOWN = ("class", "cluster", "pictures", "region", "shortcut", "out", "pasted", "beyond", "p_holm")


def parser_for(prog: str) -> CommandParser:
    """The parser of the command's arguments."""
    about = (
        "Find what a network answers by instead of the class: cluster the maps of each class, and take out, "
        "move and paste the region that a cluster has in common, beside control regions of the same size."
    )
    parser = CommandParser(prog, about, EXAMPLE, OUTPUT)
    parser.add_argument(
        "folder",
        metavar="FOLDER",
        help="labelled pictures: a folder with a subfolder for each class or with WordNet ids in the file "
        "names, and all else that evaluate --data takes (mosaics, corruptions, cifar10, shapes ...)",
    )
    text = "classes to search, with commas between them (default: all with enough pictures)"
    parser.add_argument("--class", dest="labels", type=comma_separated, default=(), metavar="A,B", help=text)
    parser.add_argument(
        "--class-map", metavar="MAP", help="which class of the model a name is: kangaroo=104 or a CSV file"
    )
    parser.add_out("the table of maps, a Parquet file; the others lie beside it", required=True)
    parser.add_model()
    usual = Search()
    parser.add_argument(
        "--method", choices=tuple(METHODS), default=usual.method, metavar="KEY", help="the map"
    )
    parser.add_argument("--layer", metavar="KEY", help="its layer (the method's own if not given)")
    side = "side of a region, as a share of the picture's"
    parser.add_argument("--side", type=number(0.1, 0.3), default=usual.side, metavar="X", help=side)
    parser.add_argument("--fill", choices=FILLS, default=usual.fill, help="how a region is taken out")
    parser.add_number("--least", usual.least, "pictures that a class needs to be searched", 10)
    parser.add_number("--pictures", usual.pictures, "pictures of a cluster that are tried", 5)
    parser.add_number("--receivers", usual.receivers, "pictures of other classes that are pasted into", 10)
    parser.add_number("--controls", usual.controls, "other places for each region", 1)
    parser.add_number("--seed", usual.seed, "what is drawn is drawn from it")
    text = "local computes in this process, ray on Ray's workers (the tables are the same)"
    parser.add_argument("--engine", default="local", choices=ENGINES, help=text)
    parser.add_number("--workers", None, "workers of --engine ray; one for each GPU, or 2, if not given", 1)
    return parser


def main(arguments: Sequence[str] | None = None, prog: str = "python -m xai_core.spuriosity") -> int:
    """The command; its exit code."""
    return guarded(_run, parser_for(prog).parse_args(arguments))


def _run(options: argparse.Namespace) -> int:
    names = ("labels", "method", "layer", "side", "fill", "least", "pictures", "receivers", "controls")
    search = Search(**{name: getattr(options, name) for name in names}, seed=options.seed)
    keep_freed_memory()
    engine = engine_named(options.engine, options.workers)
    handle = load_model(options.model, "auto" if engine is local else "cpu")
    dataset = open_dataset(options.folder, handle.labels, options.class_map)
    for note in dataset.notes:
        say(note)
    found = find(handle, dataset, search, options.out, _show, engine=engine)
    _written(found, options.out)
    print(words.headline(found))
    for one in found.results:
        label = found.classes[one.cluster.of].label
        print(f"{label}, cluster {one.cluster.rank + 1}: {words.verdict(one, label)}")
    for affected in found.affected:
        print(words.left(affected))
    if found.results:
        print_table(found.clusters_table()[list(SHOWN)])
    for image, why in found.failed:
        say(f"Left out: {image}: {why}")
    return PARTLY if found.failed else DONE


def _written(found: Findings, out: Path) -> None:
    for name, table in (("clusters", found.clusters_table()), ("pictures", found.pictures_table())):
        table.to_csv(out.with_name(f"{out.stem}.{name}.csv"), index=False)


def _show(step: Step) -> None:
    say(f"{step.stage}: {step.done} of {step.total}, {step.failed} failed, {step.left:.0f} s left")
