"""What part 4 shows of one picture: its maps, its curves, and what is seen of it on the way."""

from __future__ import annotations

import numpy as np

from .._recipe import Bench, Found
from ..drawing import map_tile, mean_chart
from ..outcome import Figure, Outcome, Table, Tile
from .curves import METHODS, NAMES, stacked

SHOWN = (0.05, 0.1, 0.25, 0.5)  # shares of the superpixels


def conclude_one(which: str, key: str, bench: Bench, found: Found) -> Outcome:
    """The maps and the curves of the first picture."""
    ((step, values),) = list(found.items())[:1]
    view, name = bench.view(step.picture), bench.examples[step.picture].name
    tiles = [Tile(view, name), *(map_tile(view, values[f"{m}, map"], m) for m in METHODS.values())]
    label = bench.handle.labels[int(values["target"])]
    rows = [(m, float(values[f"{m}, {which} area"])) for m in NAMES]
    doing = "shown on black" if which == "insertion" else "hidden behind black"
    return Outcome(
        (
            Figure(f"{key}-maps", "The picture and the maps that order its superpixels.", tuple(tiles)),
            Figure(
                key,
                f"The probability of {label} as superpixels are {doing}, the most important first.",
                chart=mean_chart(stacked({step: values}, which)),
            ),
            Table(key, f"Areas under the {which} curves.", ("order of", "area"), tuple(rows)),
        )
    )


def conclude_insertion(bench: Bench, found: Found) -> Outcome:
    """Figure 4a."""
    return conclude_one("insertion", "4a", bench, found)


def conclude_deletion(bench: Bench, found: Found) -> Outcome:
    """Figure 4b."""
    return conclude_one("deletion", "4b", bench, found)


def conclude_shown(bench: Bench, found: Found) -> Outcome:
    """What is seen of the picture on the way: a row for each order."""
    ((step, values),) = list(found.items())[:1]
    view, side = bench.view(step.picture), bench["superpixel"]
    tiles = []
    for name in NAMES:
        order = values[f"{name}, order"]
        grid = order.reshape(view.shape[0] // side, view.shape[1] // side)
        for share in SHOWN:
            kept = (grid < share * order.size).repeat(side, 0).repeat(side, 1)
            tiles.append(Tile(view * kept[:, :, None].astype(np.uint8), f"{name}, {100 * share:.0f} %"))
    caption = "What the network sees on the way of insertion, by the share of superpixels shown."
    return Outcome((Figure("4c", caption, tuple(tiles), across=len(SHOWN)),))
