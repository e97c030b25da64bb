"""Names for the units of a network, over a folder of pictures or the samples.

The command is `saliency-lab concepts`, also `python -m xai_core.concepts`."""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections.abc import Sequence

from ..command_line import DONE, PARTLY, CommandParser, comma_separated, guarded, print_table, say
from ..models import load_model
from ..network.batches import keep_freed_memory
from .naming import BACKENDS, dissect
from .probing import embedded, folder
from .similarity import SIMILARITIES
from .validate import output_layer, study

LAYERS = 'module paths, heads of a block ("blocks.6 heads"), or "output" (default: the last three stages)'


def parser_for(prog: str) -> CommandParser:
    """The parser of the command's arguments."""
    parser = CommandParser(
        prog,
        "Name the units of a network's layers by the pictures that they respond to, and count how many units "
        "are named better than shuffled responses would be.",
        "photos --layers blocks.4,blocks.6 --out units.csv",
        (
            "Printed: for each layer the units, how many are interpretable, and how many distinct concepts "
            "those have; then seconds and peak memory.",
            "FILE has a row for each unit: layer, unit, description, similarity, category, runner_ups, "
            "backend.",
            "With --output-layer both have a row for each similarity instead: how often it names an output "
            "of the classifier exactly right, and the mean cosine between the given and the right name.",
        ),
    )
    add = parser.add_argument
    add("folder", nargs="?", help="pictures, also in subfolders; without a folder, crops of the samples")
    add("--layers", type=comma_separated, metavar="A,B", help=LAYERS)
    add("--backend", default="conse", choices=BACKENDS, help="what relates pictures to words")
    add(
        "--similarity",
        default="soft_wpmi",
        choices=list(SIMILARITIES),
        help="how a unit is compared to words",
    )
    parser.add_number("--limit", None, "use the first N pictures of the folder alone", 1)
    add("--output-layer", action="store_true", help="judge the names of the classifier's own outputs instead")
    parser.add_model()
    parser.add_out("write the table as CSV")
    return parser


def main(arguments: Sequence[str] | None = None, prog: str = "python -m xai_core.concepts") -> int:
    """The command; its exit code."""
    return guarded(_run, parser_for(prog).parse_args(arguments))


def _run(options: argparse.Namespace) -> int:
    start = time.perf_counter()
    keep_freed_memory()
    handle = load_model(options.model)
    images, errors = folder(options.folder, options.limit).readable() if options.folder else (embedded(), [])
    for error in errors:
        say(f"Left out: {error}")
    if options.output_layer:
        table = lines = output_layer(handle, images, options.backend, progress=_show)
    else:
        table = dissect(handle, images, options.layers, options.backend, options.similarity, progress=_show)
        lines = study(table)
    if options.out:
        table.to_csv(options.out, index=False)
    print_table(lines)
    seconds = time.perf_counter() - start
    print(f"{len(images)} pictures, {seconds:.1f} s, peak resident size {peak_mb():.0f} MB")
    return PARTLY if errors else DONE


def peak_mb() -> float:
    """The most memory that this process has held."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6


def _show(done: int, total: int) -> None:
    print(f"{done} of {total}", end="\r", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
