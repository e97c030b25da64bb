"""One unit: its name and the runners-up, the pictures that it answers to most, and where in them."""

from __future__ import annotations

import numpy as np
import streamlit as st

from xai_core import concepts
from xai_core.arrays import bilinear
from xai_core.escaping import in_markdown
from xai_core.figures import answers_histogram, contact_sheet, encode, spotlight

from .. import state
from ..results import pictures
from ..state.subject import Subject
from ..widgets import layout, look
from ..widgets.charts import chart
from ..widgets.pins import pin_picture
from . import units, verdict
from .units import Units
from .words import one

PICTURES, ACROSS = 8, 4
CHANCE = ("better than chance", "no better than chance")
MASKED = ("IoU with its masks", "IoU with its masks, too little")
HALF = 0.5  # of the unit's highest value over the pictures shown, from which on a place counts as its own


def show(subject: Subject, found: Units) -> None:
    """The part "One unit" of the page."""
    layer, unit = _choose(found)
    line = found.table[(found.table["layer"] == layer) & (found.table["unit"] == unit)].iloc[0]
    good = bool(concepts.interpretable(found.table)[line.name])
    if not line["description"]:
        layout.say(verdict.silent(layer, unit))
        return
    name, words, masks = line["description"], found.words(layer), found.probing.by_masks
    rests = int(found.rests_on(layer)[unit])
    layout.say(
        verdict.one_by_masks(layer, unit, name, good, line["similarity"])
        if masks
        else verdict.one_unit(layer, unit, name, good, rests, words)
    )
    left, right = st.columns([1.6, 1], gap="large")
    places, values = units.top(found, layer, unit, PICTURES)
    with right:
        better, worse = MASKED if masks else CHANCE
        layout.mark(better if good else worse, layout.fixed(line["similarity"]), "good" if good else "bad")
        runners, needed = line["runner_ups"].split("; "), found.table.attrs["thresholds"][layer]
        facts = {
            "Kind": line["category"],
            "Next best": ", ".join(runners),
            "Named by": found.probing.named_by,
            "Name rests on": words.shown(rests),
            "IoU needed" if masks else "Similarity by chance": layout.fixed(needed),
        }
        if masks:
            del facts["Name rests on"]
        layout.table(facts)
        layout.heading("Its answers to all pictures")
        figure = answers_histogram(values, float(values[places].min()), look.accent(), look.quiet())
        chart(figure, "answers", f"Answers of {one(layer, unit)} to all pictures")
        layout.caption(f"Line: the least of the {len(places)} shown")
    with left:
        _pictures(subject, found.probing.images, layer, unit, places, values)


def _choose(found: Units) -> tuple[str, int]:
    """A layer, and a unit by number or by its name."""
    table = found.table
    layers = list(dict.fromkeys(table["layer"]))
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        layer = units.choose_layer(layers)
        own = table[table["layer"] == layer].sort_values("similarity", ascending=False, kind="stable")
        numbers = own["unit"].tolist()
        names = dict(zip(numbers, own["description"], strict=True))
        if state.get("unit") not in names:
            state.put(unit=int(numbers[0]))
        unit = st.selectbox(
            in_markdown(found.words(layer).unit.capitalize()),
            numbers,
            numbers.index(state.get("unit")),
            key=f"unit-{layer}-{state.get('unit')}",
            width=420,
            format_func=lambda n: f"{n}  {names[n] or 'silent'}",
            help="Best named first. Search by number or by name.",
        )
    if unit != state.get("unit"):
        state.put(unit=int(unit))
        st.rerun()
    return layer, int(unit)


def _pictures(
    subject: Subject,
    images: concepts.ProbingSet,
    layer: str,
    unit: int,
    places: np.ndarray,
    values: np.ndarray,
) -> None:
    heads = concepts.is_heads(layer)
    layout.heading("The pictures in which it moves most" if heads else "What it answers to most")
    shown = [images[int(place)] for place in places]
    maps = None if layer == concepts.OUTPUT else concepts.unit_maps(subject.handle, shown, layer, unit)
    highest = float(maps.max()) if maps is not None else 0.0
    views = []
    for start in range(0, len(shown), ACROSS):
        row = list(enumerate(shown))[start : start + ACROSS]
        for column, (number, image) in zip(st.columns(ACROSS, gap="small"), row, strict=False):
            with column:
                view = pictures.view(subject.model, image)
                if maps is not None and highest > 0:
                    view = spotlight(view, bilinear(maps[number], view.shape[:2]) >= HALF * highest)
                views.append(view)
                layout.picture(encode(view, "JPEG"), image.name)
                layout.caption(image.name, layout.number(float(values[places[number]])))
    lit = "Lit: from where it moves at least half as much as from anywhere in these pictures"
    layout.caption(
        lit if heads else "Lit: where the unit reaches half of its highest value in these pictures"
    )
    said = f"What {one(layer, unit)} answers to most"
    pin_picture(lambda: encode(contact_sheet(views, ACROSS), "JPEG"), said, f"unit-{layer}-{unit}")
