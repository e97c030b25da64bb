"""Part 1: what all units of the last three layers of two networks have learned, and what they do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import comb

import pandas as pd

from ... import concepts
from ...models import find_model
from ...types import Params
from .. import verdicts
from .._recipe import ALL, Ask, Bench, Found, Needs, Published, StandIn, Step, Task, Values
from ..clauses import about
from ..drawing import map_tile
from ..outcome import Cell, Figure, Outcome, Table
from .dissected import OFF, SHOWN, dissected, networks, passes, steps, table_of

THINGS = ("object", "animal", "person", "plant", "food")  # what counts as an object
MOST = 6  # concepts in a table
LEAST = 0.02  # share of units that a category needs somewhere to stand in a table
ONLY = 6  # concepts in a note
Tables = Mapping[str, pd.DataFrame]  # of `dissect`, by the name of the network


def conclude(bench: Bench, found: Found) -> Outcome:
    """What each layer knows, what most units have learned, what one network alone knows, and what the answer
    is without some units."""
    parts = {step.part: values for step, values in found.items()}
    labels = [find_model(handle.key).label for handle in networks(bench)]
    tables = {label: table_of(parts[str(n)]) for n, label in enumerate(labels)}
    counted, off = concepts.counts(tables), found[Step(ALL, OFF)]
    words = {
        "measure": "the fall of the logit",
        "one": f"the {bench['units']} units that speak most for the class",
        "other": "as many others",
    }
    return Outcome(
        (_layers(tables), _most(tables), _kinds(tables), _shown(parts, labels)),
        {
            "different": replace(
                verdicts.range_of([_gain(table) for table in tables.values()]), of="network"
            ),
            "off": verdicts.gap_of(off["fall"].tolist(), off["fall of others"].tolist()),
        },
        (about("larger", words, off["fall"], off["fall of others"]),),
        tuple(_only(counted, label) for label in labels if len(labels) > 1),
    )


def _gain(table: pd.DataFrame) -> float:
    """How many more different names the last layer has than the first, of equally many units of each."""
    layers = [table["layer"] == layer for layer in table.attrs["thresholds"]]
    first, last = (table[layers[place]]["description"] for place in (0, -1))
    count = min(len(first), len(last))
    return different(last, count) - different(first, count)


def different(names: Sequence[str] | pd.Series, count: int) -> float:
    """The expected number of different names among `count` units drawn at random from those with the `names`:

    sum over names of 1 - C(N - n, count) / C(N, count),   n units of N bear a name (Hurlbert's rarefaction)
    """
    found, total = Counter(names), len(names)
    return float(sum(1 - comb(total - n, count) / comb(total, count) for n in found.values()))


def _layers(tables: Tables) -> Table:
    """A row for each layer of each network."""
    rows = list[tuple[Cell, ...]]()
    for label, table in tables.items():
        clear = concepts.interpretable(table)
        for layer, own in table.groupby("layer", sort=False):
            known = own[clear[own.index]]
            counts = (n for frame in (own, known) for n in _known(frame))
            rows.append((label, str(layer), len(own), *counts))
    caption = (
        "All units: how many different concepts and objects they are named for; then the same of those alone "
        "whose name is clear, that is, fits better than the best name of 99 of 100 units that answer at "
        "random. Animals, people, plants and food count as objects."
    )
    columns = (
        "network",
        "layer",
        "units",
        "named",
        "concepts",
        "objects",
        "clear",
        "clear concepts",
        "clear objects",
    )
    return Table("layers", caption, columns, tuple(rows))


def _known(table: pd.DataFrame) -> tuple[int, int, int]:
    """How many units have a name, how many concepts these are, and how many of them objects."""
    named = table[table["description"] != ""]
    things = named[named["category"].isin(THINGS)]
    return len(named), named["description"].nunique(), things["description"].nunique()


def _most(tables: Tables) -> Table:
    """The concepts that most units bear."""
    named, clear = (concepts.counts(tables, guesses).set_index("concept") for guesses in (True, False))
    rows = list[tuple[Cell, ...]]()
    for concept, row in named.head(MOST).iterrows():
        known = [int(clear[label].get(concept, 0)) for label in tables]
        pairs = zip((int(row[label]) for label in tables), known, strict=True)
        rows.append((str(concept), str(row["category"]), *(n for pair in pairs for n in pair)))
    columns = ("concept", "category", *(name for label in tables for name in (label, "of these clear")))
    clear_units = " and ".join(
        f"{int(concepts.interpretable(table).sum())} of {len(table)} units of {label}"
        for label, table in tables.items()
    )
    caption = (
        f"The concepts that most units are named for, in all three layers. Clear are {clear_units}; by "
        "chance 1 in 100 would be, and names that are not clear are guesses."
    )
    return Table("most", caption, columns, tuple(rows))


def _kinds(tables: Tables) -> Table:
    """The share of each category in the first and in the last of the three layers."""
    parts = {}
    for label, table in tables.items():
        layers = list(table.attrs["thresholds"])
        for layer in dict.fromkeys((layers[0], layers[-1])):
            part = table[table["layer"] == layer]
            part.attrs = table.attrs
            parts[f"{label}, {layer}"] = part
    shares = concepts.shares(concepts.counts(parts, guesses=True))
    rows = list[tuple[Cell, ...]]()
    for kind, row in shares[shares.max(axis=1) >= LEAST].iterrows():
        rows.append((str(kind), *(float(share) for share in row)))
    caption = (
        "What the units of a layer are named for: shares by category, from 0 to 1. A category with less than "
        f"{LEAST} everywhere is left out."
    )
    return Table("kinds", caption, ("category", *map(str, shares.columns)), tuple(rows), digits=2)


def _shown(parts: Mapping[str, Values], labels: Sequence[str]) -> Figure:
    """The units of the last layers with the clearest names, over the picture that each answers to most."""
    tiles = []
    for number in range(len(labels)):
        values = parts[str(number)]
        last = values["layer"] == values["layers"][-1]
        names = dict(zip(values["unit"][last].tolist(), values["description"][last].tolist(), strict=True))
        drawn = zip(values["shown"].tolist(), values["shown, views"], values["shown, maps"], strict=True)
        tiles += [map_tile(view, found, f"unit {unit}: {names[unit]}") for unit, view, found in drawn]
    order = ", then ".join(labels)
    caption = f"Units of the last layer, each over the picture that it answers to most: {order}."
    return Figure("units", caption, tuple(tiles), across=SHOWN, on_paper=2 * SHOWN)


def _only(counted: pd.DataFrame, label: str) -> str:
    """Which concepts a network has that the other has not."""
    found = concepts.only_in(counted, label)
    if not found:
        return f"There is no clear concept that {label} alone has learned."
    more = f" and {len(found) - ONLY} more" if len(found) > ONLY else ""
    return f"Clear in {label} alone: {', '.join(found[:ONLY])}{more}."


TASK = Task(
    "1",
    "What the units have learned",
    "Every unit of the last three layers of both networks gets a name from the pictures that it answers to "
    "(CLIP-Dissect's soft WPMI); then the units that speak most for a class are switched off.",
    Needs(
        Ask("resnet18"),
        Ask("probing", Params({"varied": False})),
        Params({"backend": "conse", "units": 10, "draws": 10}),
        (Ask("resnet18_places365"),),
    ),
    StandIn(
        Ask("efficientnet_lite0"), Ask("shipped", Params({"varied": True})), (Ask("efficientnet_lite1"),)
    ),
    steps,
    dissected,
    conclude,
    "images = [bench.image(n) for n in range(len(bench.examples))]\n"
    "xai.dissect(handle, images, backend=parameters['backend'])",
    (
        Published(
            "different",
            "Deeper layers know more different concepts: of equally many units, those of the last of the "
            "three layers have more different names than those of the first.",
            "above",
            said="106 against 67 of 128 units (table of CLIP-Dissect, ResNet-18 on Places365)",
            unit="names",
        ),
        Published(
            "off",
            "The units that speak most for a class carry it: its logit falls more without them than without "
            "as many others.",
            "above",
            said="shown (Bau et al., 2020)",
        ),
    ),
    (
        "Which concepts have most units learned, and what in the training data explains it?",
        "How do the concepts of the two networks differ?",
        "Which names would you not believe, and why?",
    ),
    passes,
)
