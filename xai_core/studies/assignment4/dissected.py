"""What part 1 computes: names for the units of each network, and what units do to an answer.

The pictures are the probing set itself, or its photographs, of each of which crops and corruptions are made
where the parameter `varied` says so."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd

from ... import concepts
from ...engine.explain import predict
from ...network.handle import ModelHandle
from .._recipe import ALL, Bench, Step, Values

OFF = "off"  # the part that switches units off; the others are the numbers of the networks
SHOWN = 4  # units of the last layer of each network that are shown
PHOTOGRAPHS = 10  # at most, in whose answers units are switched off
FIELDS = ("layer", "unit", "description", "similarity", "category", "backend")


def networks(bench: Bench) -> tuple[ModelHandle, ...]:
    """The networks that are dissected: the first one, and those that are compared with it."""
    return (bench.handle, *bench.others)


def steps(bench: Bench) -> tuple[Step, ...]:
    """One for each network, and one that switches units off in the first."""
    return (*(Step(ALL, str(n)) for n in range(len(networks(bench)))), Step(ALL, OFF))


def passes(bench: Bench, step: Step) -> float:
    """About how many pictures go through a network, two of which see each picture of a probing set."""
    if step.part == OFF:
        return min(PHOTOGRAPHS, len(bench.examples)) * (bench["draws"] + 4.0)
    return 2.0 * len(bench.examples) * (35 if bench["varied"] else 1)


def dissected(bench: Bench, step: Step) -> Values:
    """The part's own values."""
    return _switched_off(bench) if step.part == OFF else _named(bench, networks(bench)[int(step.part)])


def table_of(values: Values) -> pd.DataFrame:
    """The table of `dissect` that a step kept."""
    table = pd.DataFrame({name: values[name] for name in FIELDS})
    thresholds = zip(values["layers"], values["thresholds"], strict=True)
    table.attrs = {"thresholds": {str(layer): float(at) for layer, at in thresholds}, "measure": "soft_wpmi"}
    return table


def _probing(bench: Bench) -> concepts.ProbingSet:
    numbers = range(len(bench.examples))
    photographs = {f"{n} {bench.examples[n].name}": partial(bench.image, n) for n in numbers}
    if bench["varied"]:
        return concepts.varied("photographs", photographs)
    return concepts.ProbingSet("photographs", list(photographs.values()))


def _named(bench: Bench, handle: ModelHandle) -> Values:
    """The table of the last three layers, and for the units that are shown the picture that each answers to
    most, with its map."""
    probing = _probing(bench)
    table = concepts.dissect(handle, probing, backend=bench["backend"], cancelled=bench.cancelled)
    thresholds = table.attrs["thresholds"]
    values = {name: np.array(table[name].tolist()) for name in FIELDS}
    values |= {"layers": np.array(list(thresholds)), "thresholds": np.array(list(thresholds.values()))}
    last = list(thresholds)[-1]
    answers = concepts.record(handle, probing, [last], cancelled=bench.cancelled)
    chosen = _best(table[table["layer"] == last])
    views, maps = [], []
    for unit in chosen:
        image = probing[int(answers.values[last][:, unit].argmax())]
        views.append(handle.view(image))
        maps.append(concepts.unit_maps(handle, [image], last, unit)[0])
    return values | {
        "shown": np.array(chosen, int),
        "shown, views": np.array(views),
        "shown, maps": np.array(maps),
    }


def _best(table: pd.DataFrame) -> list[int]:
    """The units with the clearest names, each name once."""
    named = table[table["description"] != ""].sort_values("similarity", ascending=False, kind="stable")
    return [int(unit) for unit in named.drop_duplicates("description")["unit"][:SHOWN]]


def _switched_off(bench: Bench) -> Values:
    """By how much the predicted class's logit falls without the `units` of the last layer that speak most
    for it, and on average without as many others, drawn at random."""
    own, others, classes = [], [], []
    for number in range(min(PHOTOGRAPHS, len(bench.examples))):
        image = bench.image(number)
        target = predict(bench.handle, image, 1)[0].index
        bench.progress().check()
        units = concepts.evidence(bench.handle, image, None, target, top=bench["units"])["unit"].tolist()
        own.append(-concepts.ablate(bench.handle, image, None, units).change(target))
        drawn = concepts.ablate_others(bench.handle, image, None, units, bench["draws"], seed=number)
        others.append(-float(np.mean([ablation.change(target) for ablation in drawn])))
        classes.append(target)
    return {"fall": np.array(own), "fall of others": np.array(others), "classes": np.array(classes)}
