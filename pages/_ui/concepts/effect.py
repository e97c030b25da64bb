"""From units to the answer: what speaks for the class in this picture, and what happens without it."""

from __future__ import annotations

import pandas as pd
import streamlit as st

import xai_core as xai
from xai_core import concepts
from xai_core.figures import contribution_bars, encode, overlay

from .. import state
from ..results import answers, maps, pictures
from ..state.subject import Subject
from ..widgets import inspect, layout, look, scales
from ..widgets.charts import chart
from ..widgets.pins import pin_map
from . import units, verdict
from .units import Units

TOP = 10
FIRST = 3  # units that the sentence switches off
METHOD = "grad_cam"


def show(subject: Subject, found: Units) -> None:
    """The part "This picture" of the page."""
    layers = units.with_maps(found)
    if not layers:
        st.info("Choose a layer with a map in the settings.")
        return
    layer = units.choose_layer(layers)
    table = speaking(subject, layer, found)
    good = concepts.interpretable(found.table)
    sure = set(found.table[good & (found.table["layer"] == layer)]["unit"])
    names = {
        int(row.unit): f"{row.description or 'unnamed'}{'' if row.unit in sure else ' ?'}, unit {row.unit}"
        for row in table.itertuples()
    }
    _say(subject, layer, table[table["contribution"] > 0], sure, found)
    off = _switches(subject, layer, names)
    left, right = st.columns([1, 1.25], gap="large")
    with left:
        layout.heading(f"Units that speak for {subject.target.label}")
        gone = [int(unit) in off for unit in table["unit"]]
        figure = contribution_bars(
            [names[int(unit)] for unit in table["unit"]],
            table["contribution"].tolist(),
            gone,
            look.accent(),
            look.quiet(),
        )
        chart(figure, "evidence", f"Units that speak for {subject.target.label}")
        layout.caption(
            "Activation × gradient, summed over the picture", "? : a name no better than chance, a guess"
        )
        st.download_button(
            "Evidence as CSV", table.to_csv(index=False), "evidence.csv", "text/csv", on_click="ignore"
        )
    with right:
        _without(subject, layer, off)


def speaking(subject: Subject, layer: str, found: Units) -> pd.DataFrame:
    """The units of the layer that speak most for the chosen class in this picture."""
    return concepts.evidence(subject.handle, subject.image, layer, subject.target.index, found.table, TOP)


def _say(subject: Subject, layer: str, table: pd.DataFrame, sure: set[int], found: Units) -> None:
    """The units that speak most, and what the answer becomes without them."""
    rests = found.rests_on(layer)
    first = table.head(FIRST)
    if first.empty:
        layout.say(f"No unit of {layer} speaks for {subject.target.label}.")
        return
    units = [
        (row.description or f"unit {row.unit}", row.share, int(rests[row.unit]), row.unit in sure)
        for row in first.itertuples()
    ]
    gone, others = without_first(subject, layer, table)
    index = subject.target.index
    before, after = ({s.index: s for s in scores}[index].probability for scores in (gone.before, gone.after))
    changed = sum(one.after[0].index != one.before[0].index for one in others)
    done = verdict.Off((gone.before[0].label, gone.after[0].label), (before, after), changed, len(others))
    layout.say(verdict.effect(subject.target.label, len(first), done))
    layout.note(verdict.speaking(subject.target.label, units))


def without_first(
    subject: Subject, layer: str, table: pd.DataFrame
) -> tuple[concepts.Ablation, tuple[concepts.Ablation, ...]]:
    """The answer without the units that speak most, the first of the table, and without as many others."""
    off = tuple(int(unit) for unit in table[table["contribution"] > 0]["unit"].head(FIRST))
    gone = answers.ablated(subject.model, subject.image, layer, off)
    return gone, answers.other_units(subject.model, subject.image, layer, off)


def _switches(subject: Subject, layer: str, names: dict[int, str]) -> tuple[int, ...]:
    """Which units are off."""
    channels = subject.handle.layer(layer).channels
    now = tuple(unit for unit in state.get("units_off") if unit < channels)
    state.put_quietly("units_off", now)
    offered = list(dict.fromkeys([*names, *now]))
    chosen = st.multiselect(
        "Switch off",
        offered,
        key=state.bind("units_off"),
        format_func=lambda n: names.get(n, f"unit {n}"),
        placeholder="Units whose output is set to zero",
    )
    state.keep("units_off", tuple(chosen))
    with st.container(horizontal=True):
        st.button("The first three off", on_click=state.put, kwargs={"units_off": tuple(list(names)[:3])})
        st.button("All ten off", on_click=state.put, kwargs={"units_off": tuple(names)})
        if chosen:
            st.button("All on", on_click=state.put, kwargs={"units_off": ()}, type="tertiary")
    return tuple(chosen)


def request(subject: Subject, layer: str) -> xai.Request:
    """The map that is shown with every unit, and without some."""
    return xai.Request(METHOD, subject.target.index, layer)


def _without(subject: Subject, layer: str, off: tuple[int, ...]) -> None:
    """The map and the classes, with every unit and without some."""
    asked = request(subject, layer)
    (before,) = maps.explain(subject.model, subject.image, [asked])
    shown = [("With every unit", before)]
    found = None
    if off:
        after, found = answers.without_units(subject.model, subject.image, asked, off)
        shown.append((_count(off), after))
    _maps(subject, layer, shown)
    if found is not None:
        _classes(subject, found)


@look.redrawn
def _maps(subject: Subject, layer: str, shown: list[tuple[str, xai.Explanation]]) -> None:
    """The maps side by side, on one scale."""
    drawn = look.choose_look()
    before = shown[0][1]
    shared = scales.shared(before, [e for _, e in shown], drawn)
    view = pictures.view(subject.model, subject.image)
    for column, (title, e) in zip(st.columns(2, gap="small"), shown, strict=False):
        with column:
            layout.heading(title)
            # a network with units off has other weights, which no key names: its map is pinned as a picture
            said = f"Grad-CAM, {layer}, {title.lower()}"
            layout.picture(
                encode(overlay(view, e, drawn, shared), "JPEG"), said, "" if e is before else "after"
            )
            scales.bar(e, drawn, shared)
            inspect.facts(subject, e)
            if e is before:
                pin_map(subject, e, drawn, shared, "before")


def _count(off: tuple[int, ...]) -> str:
    return "Without 1 unit" if len(off) == 1 else f"Without {len(off)} units"


def _classes(subject: Subject, found: concepts.Ablation) -> None:
    before, after = ({s.index: s for s in scores} for scores in (found.before, found.after))
    first = found.after[0]
    stays = "The answer stays" if first.index == found.before[0].index else "The answer becomes"
    layout.say(f"{stays} {first.label} ({layout.percent(first.probability)}).")
    every = [*found.before[:5], *found.after[:5], before[subject.target.index]]
    shown = dict.fromkeys(score.index for score in every)
    rows = pd.DataFrame(
        {
            "Class": [before[i].label for i in shown],
            "Before": [layout.percent(before[i].probability) for i in shown],
            "After": [layout.percent(after[i].probability) for i in shown],
            "Logit": [layout.signed(after[i].logit - before[i].logit) for i in shown],
        }
    )
    layout.grid_table(rows)
