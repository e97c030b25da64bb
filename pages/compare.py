"""Compare methods: any maps of one picture side by side, and how far they agree."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

import xai_core as xai
from pages._ui import compute, measured, state
from pages._ui.compare.presets import PRESETS, for_attention
from pages._ui.compute import Tile
from pages._ui.results import following, pictures
from pages._ui.results.drawn import on_maps
from pages._ui.results.drawn import tile as tile_file
from pages._ui.state.entries import LIMIT, Entry, write
from pages._ui.state.shared import AUTO
from pages._ui.state.subject import Subject
from pages._ui.widgets import (
    families,
    inspect,
    layers,
    layout,
    look,
    methods,
    parameters,
    presets,
    scales,
    tables,
)
from xai_core.figures import Scale, encode, paint
from xai_core.metrics import agreement

COLUMNS = 4
PICTURE_SCALE = 2
ADDING = "add.open"
ONLY_ASKED = -1.0  # seconds: measures of maps run when somebody asks for them, however short


def show(subject: Subject) -> None:
    """The page."""
    entries = _known(subject, state.get("maps"))
    presets.head("Compare methods", (*PRESETS, *for_attention(subject.handle)))
    if not entries:
        st.info("Add a map, or choose one of the sets above.")
        _add(subject.handle, entries)
        return
    tiles = _tiles(subject, entries)
    _side_by_side(subject, entries, tiles)
    shown = [entry for entry, e in zip(entries, tiles, strict=True) if isinstance(e, xai.Explanation)]
    if shown:
        st.subheader("Measured against noise")
        measured.show(subject, shown, [entry.request(subject) for entry in shown], ONLY_ASKED)


def _known(subject: Subject, entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """The maps, with the default layer where this model does not have the one that was asked for."""
    found = tuple(
        entry
        if not entry.layer or layers.resolve_layers(subject.handle, (entry.layer,))
        else Entry(entry.method, "", entry.params)
        for entry in entries
    )
    state.put_quietly("maps", found)
    return found


def _add(handle: xai.ModelHandle, entries: tuple[Entry, ...]) -> None:
    """A map more; not for who is led by a presenter."""
    if following.led():
        return
    full = len(entries) >= LIMIT
    with st.popover(
        "Add a map", icon=":material/add:", type="tertiary", disabled=full, key=ADDING, on_change="rerun"
    ):
        listed = methods.menu(handle)
        now = state.of_widget("add.method", methods.WANTED[0])
        options = families.few(listed, (now,))
        method = st.selectbox("Method", options, key="add.method", format_func=listed.label, help=listed.help)
        if state.of_widget(ADDING):
            families.unfolded(listed, (now,), _pick, "add.methods")
        entry = parameters.edit(handle, Entry(method), f"add.{method}")
        if st.button("Add", type="primary", on_click=_close):
            _show((*entries, entry))
            st.rerun()


def _pick(method: str) -> None:
    st.session_state["add.method"] = method


def _close() -> None:
    st.session_state[ADDING] = False  # the added map is what the person wants to see now


def _show(maps: tuple[Entry, ...]) -> None:
    state.put(maps=maps, opened_map=AUTO)


def _tiles(subject: Subject, entries: tuple[Entry, ...]) -> list[Tile]:
    """A map for each entry, or the sentence that says why there is none."""
    requests: dict[int, xai.Request] = {}
    found: dict[int, Tile] = {}
    for number, entry in enumerate(entries):
        try:
            requests[number] = entry.request(subject)
        except xai.InputError as error:
            found[number] = str(error)
    found |= dict(zip(requests, compute.tiles(subject, list(requests.values())), strict=True))
    return [found[number] for number in range(len(entries))]


@look.redrawn
def _side_by_side(subject: Subject, entries: tuple[Entry, ...], tiles: list[Tile]) -> None:
    """The maps, and below them how far they agree."""
    with st.container(horizontal=True):
        _add(subject.handle, entries)
        chosen = look.choose_look()
        layout.about_several([entry.method for entry in entries])
    across = min(max(len(entries), 3), COLUMNS)
    for start in range(0, len(entries), across):
        row = zip(st.columns(across, gap="small"), range(start, len(entries)), strict=False)
        for column, number in row:
            with column:
                shared = scales.shared(tiles[number], tiles, chosen)
                _tile(subject, entries, number, tiles[number], chosen, shared)
    opened = state.get("opened_map")
    if 0 <= opened < len(tiles) and isinstance(tiles[opened], xai.Explanation):
        shared = scales.shared(tiles[opened], tiles, chosen)
        inspect.open_map(subject, tiles[opened], chosen, shared, "opened_map")
    shown = [(entry, e) for entry, e in zip(entries, tiles, strict=True) if isinstance(e, xai.Explanation)]
    if len(shown) > 1:
        _agreement(subject, shown)


def _tile(
    subject: Subject,
    entries: tuple[Entry, ...],
    number: int,
    tile: Tile,
    drawn: look.Look,
    shared: Scale | None,
) -> None:
    entry = entries[number]
    layout.heading(entry.label())
    if isinstance(tile, xai.Explanation):
        with st.container(key=f"tile-{number}"):
            file = tile_file(pictures.view(subject.model, subject.image), tile, drawn, shared)
            layout.pick(
                f"map-{number}", file, f"Open {entry.label()}", state.put, kwargs={"opened_map": number}
            )
            scales.bar(tile, drawn, shared)
            inspect.captioned(subject, tile, drawn, shared, f"tile-{number}")
            if tile.emptiness:
                layout.caption(layout.EMPTY[tile.emptiness])
    else:
        layout.blank(tile)
    if following.led():
        return
    with st.container(horizontal=True, gap="small"):
        with st.popover("Settings", type="tertiary", icon=":material/tune:"):
            key = f"map{number}.{write((entry,))}"  # a changed map has new widgets, which start from it
            layered = parameters.choose_layer(subject, entry, key)
            edited = parameters.edit(subject.handle, layered, key)
            if edited != entry:
                _replace(entries, number, edited)
        if st.button("Remove", key=f"remove-{number}", type="tertiary"):
            _show(entries[:number] + entries[number + 1 :])
            st.rerun()


def _replace(entries: tuple[Entry, ...], number: int, edited: Entry) -> None:
    _show((*entries[:number], edited, *entries[number + 1 :]))
    st.rerun()


def _agreement(subject: Subject, shown: list[tuple[Entry, xai.Explanation]]) -> None:
    st.subheader("Do they agree?")
    threshold, percent = look.choose_threshold()
    maps = [e for _, e in shown]
    labels = [entry.label() for entry, _ in shown]
    masks = [on_maps(agreement.highlighted, e, threshold, percent) for e in maps]
    left, middle, right = st.columns([1.2, 1.2, 1], gap="medium")
    with left:
        layout.heading("Rank correlation of all pixels")
        layout.matrix(labels, agreement.matrix(maps, partial(on_maps, agreement.spearman)), "rank")
    with middle:
        share = f"the top {percent} %" if threshold == agreement.TOP else "what exceeds Otsu's threshold"
        layout.heading(f"Overlap (IoU) of {share}")
        layout.matrix(labels, agreement.matrix(masks, agreement.iou), "iou")
    with right:
        layout.heading("Where they disagree")
        view = pictures.view(subject.model, subject.image)
        spread = on_maps(agreement.disagreement, maps)
        drawn, scale = look.chosen(), Scale(0.0, 0.5)
        picture = paint(view, spread, drawn, scale)
        layout.picture(encode(picture, "JPEG"), "Where the maps disagree", "disagree")
        scales.values_bar(drawn, scale)
        layout.caption("Spread of a pixel's rank", "0.5 is the most that two halves can differ")
    _table(labels, maps, masks)


def _table(labels: list[str], maps: list[xai.Explanation], masks: list[np.ndarray]) -> None:
    rows = []
    for label, e, mask in zip(labels, maps, masks, strict=True):
        named = xai.METHODS[e.method].facts
        facts = "; ".join(f"{named[name]} {layout.number(value)}" for name, value in e.facts.items())
        rows.append((label, e.seconds, e.forwards, float(mask.mean()), facts))
    columns = ["Map", "Seconds", "Passes", "Highlighted", "What the method says of itself"]
    table = pd.DataFrame(rows, columns=columns)
    formats = {"Seconds": "%.2f", "Passes": "localized", "Highlighted": "percent"}
    tables.table(table, "methods", "Methods and their cost", {k: (k, v) for k, v in formats.items()})
