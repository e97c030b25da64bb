"""The map and the classes of this picture, with every unit and without some."""

from __future__ import annotations

import pandas as pd
import streamlit as st

import xai_core as xai
from xai_core import concepts

from ..results import answers, maps, pictures
from ..results.drawn import tile as tile_file
from ..state.subject import Subject
from ..widgets import inspect, layout, look, scales
from ..widgets.pins import pin_map
from .words import Words

METHOD = "grad_cam"


def request(subject: Subject, layer: str) -> xai.Request:
    """The map that is shown with every unit, and without some: at the layer of the units, or at the default
    layer where they are heads, which have no map of that kind."""
    return xai.Request(METHOD, subject.target.index, None if concepts.is_heads(layer) else layer)


def show(subject: Subject, layer: str, off: tuple[int, ...], words: Words) -> None:
    """The map and the classes, with every unit and without some."""
    asked = request(subject, layer)
    (before,) = maps.explain(subject.model, subject.image, [asked])
    shown = [(f"With every {words.unit}", before)]
    found = None
    if off:
        after, found = answers.without_units(subject.model, subject.image, asked, layer, off)
        shown.append((_count(off, words), after))
    _maps(subject, shown)
    if found is not None:
        _classes(subject, found)


@look.redrawn
def _maps(subject: Subject, shown: list[tuple[str, xai.Explanation]]) -> None:
    """The maps side by side, on one scale."""
    drawn = look.choose_look()
    before = shown[0][1]
    shared = scales.shared(before, [e for _, e in shown], drawn)
    view = pictures.view(subject.model, subject.image)
    for column, (title, e) in zip(st.columns(2, gap="small"), shown, strict=False):
        with column:
            layout.heading(title)
            # a network with units off has other weights, which no key names: its map is pinned as a picture
            said = f"Grad-CAM, {e.layer}, {title.lower()}"
            layout.picture(tile_file(view, e, drawn, shared), said, "" if e is before else "after")
            scales.bar(e, drawn, shared)
            inspect.facts(subject, e)
            if e is before:
                pin_map(subject, e, drawn, shared, "before")


def _count(off: tuple[int, ...], words: Words) -> str:
    return f"Without 1 {words.unit}" if len(off) == 1 else f"Without {len(off)} {words.units}"


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
