"""From units to the answer: what speaks for the class in this picture, and what happens without it."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from xai_core import concepts
from xai_core.escaping import in_markdown
from xai_core.figures import contribution_bars

from .. import state
from ..results import answers
from ..state.subject import Subject
from ..widgets import layout, look
from ..widgets.charts import chart
from . import units, verdict, without
from .units import Units
from .words import Words, short

TOP = 10
FIRST = 3  # units that the sentence switches off
OTHERS = 4  # times as many units must the layer have, so that there are others to compare with
NUMBERS = {2: "two ", 3: "three "}


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
        int(row.unit): f"{row.description or 'unnamed'}{'' if row.unit in sure else ' ?'}, "
        f"{short(layer, row.unit)}"
        for row in table.itertuples()
    }
    _say(subject, layer, table[table["contribution"] > 0], sure, found)
    words = found.words(layer)
    off = _switches(subject, layer, names, words)
    left, right = st.columns([1, 1.25], gap="large")
    with left:
        against = " and against" if (table["contribution"] < 0).any() else ""
        title = f"{words.units.capitalize()} that speak for{against} {subject.target.label}"
        layout.heading(title)
        gone = [int(unit) in off for unit in table["unit"]]
        figure = contribution_bars(
            [names[int(unit)] for unit in table["unit"]],
            table["contribution"].tolist(),
            gone,
            look.accent(),
            look.quiet(),
        )
        chart(figure, "evidence", title)
        layout.caption(*_captions(layer, found))
        st.download_button(
            "Evidence as CSV", table.to_csv(index=False), "evidence.csv", "text/csv", on_click="ignore"
        )
    with right:
        without.show(subject, layer, off, words)


def _captions(layer: str, found: Units) -> tuple[str, str]:
    """What the bars are, and what the question mark means."""
    heads = concepts.is_heads(layer)
    measured = "What a head adds × gradient, summed over all tokens"
    unsure = (
        "overlaps too little with masks to bear the name"
        if found.probing.by_masks
        else ("a name no better than chance, a guess")
    )
    return measured if heads else "Activation × gradient, summed over the picture", f"? : {unsure}"


def speaking(subject: Subject, layer: str, found: Units) -> pd.DataFrame:
    """The units of the layer that speak most for the chosen class in this picture."""
    return concepts.evidence(subject.handle, subject.image, layer, subject.target.index, found.table, TOP)


def _say(subject: Subject, layer: str, table: pd.DataFrame, sure: set[int], found: Units) -> None:
    """The units that speak most, and what the answer becomes without them."""
    rests, words, masks = found.rests_on(layer), found.words(layer), found.probing.by_masks
    first = table.head(at_once(subject, layer))
    if first.empty:
        layout.say(f"No {words.unit} of {concepts.block_of(layer)} speaks for {subject.target.label}.")
        return
    units = [
        (
            row.description or short(layer, row.unit),
            row.share,
            None if masks else int(rests[row.unit]),
            row.unit in sure,
        )
        for row in first.itertuples()
    ]
    gone, others = without_first(subject, layer, table)
    index = subject.target.index
    before, after = ({s.index: s for s in scores}[index].probability for scores in (gone.before, gone.after))
    changed = sum(one.after[0].index != one.before[0].index for one in others)
    done = verdict.Off((gone.before[0].label, gone.after[0].label), (before, after), changed, len(others))
    layout.say(verdict.effect(subject.target.label, len(first), done, words))
    layout.note(verdict.speaking(subject.target.label, units, words))


def at_once(subject: Subject, layer: str) -> int:
    """How many units the sentence switches off: few enough that as many others can be drawn in several
    ways."""
    return min(FIRST, max(1, concepts.unit_layer(subject.handle, layer).channels // OTHERS))


def without_first(
    subject: Subject, layer: str, table: pd.DataFrame
) -> tuple[concepts.Ablation, tuple[concepts.Ablation, ...]]:
    """The answer without the units that speak most, the first of the table, and without as many others."""
    off = tuple(int(unit) for unit in table[table["contribution"] > 0]["unit"].head(at_once(subject, layer)))
    gone = answers.ablated(subject.model, subject.image, layer, off)
    return gone, answers.other_units(subject.model, subject.image, layer, off)


def _switches(subject: Subject, layer: str, names: dict[int, str], words: Words) -> tuple[int, ...]:
    """Which units are off."""
    channels = concepts.unit_layer(subject.handle, layer).channels
    now = tuple(unit for unit in state.get("units_off") if unit < channels)
    state.put_quietly("units_off", now)
    offered = list(dict.fromkeys([*names, *now]))
    chosen = st.multiselect(
        "Switch off",
        offered,
        key=state.bind("units_off"),
        format_func=lambda n: names.get(n, short(layer, n)),
        placeholder=f"{words.units.capitalize()} whose output is set to zero",
    )
    state.keep("units_off", tuple(chosen))
    with st.container(horizontal=True):
        first = tuple(list(names)[: at_once(subject, layer)])
        few = f"The first {NUMBERS.get(len(first), '')}off"
        every = "All ten off" if len(names) == TOP else f"All {len(names)} off"
        st.button(in_markdown(few), on_click=state.put, kwargs={"units_off": first})
        st.button(in_markdown(every), on_click=state.put, kwargs={"units_off": tuple(names)})
        if chosen:
            st.button("All on", on_click=state.put, kwargs={"units_off": ()}, type="tertiary")
    return tuple(chosen)
