"""Names for the units of a network, over a folder of pictures or the samples.

    python -m xai_core.concepts [FOLDER] [--model KEY] [--layers a,b] [--backend conse] [--similarity
    soft_wpmi]
        [--limit N] [--out FILE.csv] [--output-layer]

prints, for each layer, how many units there are, how many are interpretable and how many concepts they have;
seconds and peak memory. `--output-layer` judges the names of the classifier's own outputs instead, for each
similarity. Without a folder the embedded probing set is used."""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections.abc import Sequence

import pandas as pd

from ..models import load_model
from ..network.batches import keep_freed_memory
from ..types import InputError
from .naming import BACKENDS, dissect
from .probing import embedded, folder
from .similarity import SIMILARITIES
from .validate import output_layer, study


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m xai_core.concepts")
    parser.add_argument("folder", nargs="?")
    parser.add_argument("--model", default="efficientnet_lite0")
    parser.add_argument("--layers", help="module paths with commas between; default: the last three stages")
    parser.add_argument("--backend", default="conse", choices=BACKENDS)
    parser.add_argument("--similarity", default="soft_wpmi", choices=list(SIMILARITIES))
    parser.add_argument("--limit", type=int)
    parser.add_argument("--out", help="write the table as CSV")
    parser.add_argument("--output-layer", action="store_true")
    options = parser.parse_args(arguments)
    start = time.perf_counter()
    keep_freed_memory()
    try:
        handle = load_model(options.model)
        images = folder(options.folder, options.limit) if options.folder else embedded()
        if options.output_layer:
            table = lines = output_layer(handle, images, options.backend, progress=_show)
        else:
            layers = options.layers.split(",") if options.layers else None
            table = dissect(handle, images, layers, options.backend, options.similarity, progress=_show)
            lines = study(table)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    if options.out:
        table.to_csv(options.out, index=False)
    with pd.option_context("display.width", 250, "display.max_columns", None):
        print(lines.to_string(index=False, float_format="{:.3f}".format))
    seconds = time.perf_counter() - start
    print(f"{len(images)} pictures, {seconds:.1f} s, peak resident size {peak_mb():.0f} MB")
    return 0


def peak_mb() -> float:
    """The most memory that this process has held."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6


def _show(done: int, total: int) -> None:
    print(f"{done} of {total}", end="\r", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
