"""One unit: its name and the runners-up, the pictures that it answers to most, and where in them."""

from __future__ import annotations

import numpy as np
import streamlit as st

from xai_core import concepts
from xai_core.arrays import bilinear
from xai_core.figures import answers_histogram, contact_sheet, encode, spotlight

from .. import state
from ..results import pictures
from ..state.subject import Subject
from ..widgets import layout, look
from ..widgets.charts import chart
from ..widgets.pins import pin_picture
from . import units, verdict
from .units import BACKENDS, Units

PICTURES, ACROSS = 8, 4
HALF = 0.5  # of the unit's highest value over the pictures shown, from which on a place counts as its own


def show(subject: Subject, found: Units, images: concepts.ProbingSet) -> None:
    """The part "One unit" of the page."""
    layer, unit = _choose(found)
    line = found.table[(found.table["layer"] == layer) & (found.table["unit"] == unit)].iloc[0]
    good = bool(concepts.interpretable(found.table)[line.name])
    if not line["description"]:
        layout.say(f"Unit {unit} of {layer} answers the same to every picture.")
        return
    rests = int(found.rests_on(layer)[unit])
    layout.say(verdict.one_unit(layer, unit, line["description"], good, rests))
    left, right = st.columns([1.6, 1], gap="large")
    places, values = units.top(found, layer, unit, PICTURES)
    with right:
        word = "better than chance" if good else "no better than chance"
        layout.mark(word, layout.fixed(line["similarity"]), "good" if good else "bad")
        runners = line["runner_ups"].split("; ")
        layout.table(
            {
                "Kind": line["category"],
                "Next best": ", ".join(runners),
                "Named by": BACKENDS[line["backend"]],
                "Name rests on": "1 photograph" if rests == 1 else f"{rests} photographs",
                "Similarity by chance": layout.fixed(found.table.attrs["thresholds"][layer]),
            }
        )
        layout.heading("Its answers to all pictures")
        figure = answers_histogram(values, float(values[places].min()), look.accent(), look.quiet())
        chart(figure, "answers", f"Answers of unit {unit} of {layer} to all pictures")
        layout.caption(f"Line: the least of the {len(places)} shown")
    with left:
        _pictures(subject, images, layer, unit, places, values)


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
            "Unit",
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
    layout.heading("What it answers to most")
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
    layout.caption("Lit: where the unit reaches half of its highest value in these pictures")
    said = f"What {layer}, unit {unit} answers to most"
    pin_picture(lambda: encode(contact_sheet(views, ACROSS), "JPEG"), said, f"unit-{layer}-{unit}")
