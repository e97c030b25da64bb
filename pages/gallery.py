"""CAM gallery: one picture under many layers, methods, classes and signs, side by side."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

import xai_core as xai
from pages._ui import compute, state
from pages._ui.compute import Tile
from pages._ui.gallery.presets import PRESETS, for_tokens
from pages._ui.results import following, pictures
from pages._ui.results.drawn import tile as tile_file
from pages._ui.state.shared import AXES
from pages._ui.state.subject import Subject
from pages._ui.widgets import families, grid, inspect, layers, layout, look, methods, presets, scales
from xai_core.direction import named
from xai_core.escaping import in_markdown
from xai_core.figures import Look, Scale

AXIS_NAMES = {"layer": "Layers", "method": "Methods", "class": "Classes", "variant": "Sign"}


def show(subject: Subject) -> None:
    """The page."""
    presets.head("CAM gallery", (*PRESETS, *for_tokens(subject.handle)))
    chosen = _choices(subject)
    if not all(chosen.values()):
        st.info("Choose at least one layer and one method.")
        return
    asked = grid.build(subject, chosen, state.get("rows"), state.get("columns"))
    tiles = compute.tiles(subject, asked.flat())
    inspect.explain_empty(tiles, _mend())
    _tile_grid(subject, asked, tiles)


def _choices(subject: Subject) -> dict[str, list[grid.Value]]:
    """The values of each axis, from the widgets above the grid; who is led by a presenter sees no widgets."""
    handle = subject.handle
    usual = tuple(spec.key for spec in handle.layers if spec.suggested)[-3:]
    state.put_quietly("layers", layers.resolve_layers(handle, state.get("layers")))
    if following.led():
        return _values(subject, state.get("layers") or usual, state.get("methods") or grid.DEFAULT_METHODS)
    with st.container(key="controls"):
        rows, columns, left, right = st.columns([0.8, 0.8, 1.3, 1.7], gap="small")
    _axes(rows, columns)
    with left:
        note = in_markdown(handle.layer_note) or None
        listed = methods.Menu(layers.layer_keys(handle), str, note)
        chosen_layers = _several("Layers", "layers", listed, usual)
    with right:
        listed = methods.menu(handle)
        shown = state.get("methods") or grid.DEFAULT_METHODS
        short = replace(listed, options=families.few(listed, shown))
        chosen_methods = _several("Methods", "methods", short, grid.DEFAULT_METHODS)
        families.browse(listed, chosen_methods, _toggle, "gallery-methods")
    axes_used = (state.get("rows"), state.get("columns"))
    with st.container(horizontal=True, gap="large", vertical_alignment="center"):
        names = f"{subject.target.label} and {subject.versus.label}, as chosen on the left."
        _switch("Both classes", "both", "class" in axes_used, names)
        if "variant" not in axes_used:
            _switch("ReLU", "relu", False, "Keep only what raises the score.")
            words = "Negated gradients: what speaks against the class."
            _switch("Counterfactual", "counterfactual", False, words)
        words = "Otherwise the maps of one layer share a scale."
        _switch("One colour scale for all layers of a method", "shared", False, words)
    if handle.layer_note:
        layout.note(handle.layer_note)
    return _values(subject, chosen_layers, chosen_methods)


def _values(
    subject: Subject, layer_keys: tuple[str, ...], method_keys: tuple[str, ...]
) -> dict[str, list[grid.Value]]:
    """Of each axis; the switches say what an axis does not show."""
    axes_used = (state.get("rows"), state.get("columns"))
    both = "class" in axes_used or state.get("both")
    variants = grid.VARIANTS
    if "variant" not in axes_used:  # what is done with the sign
        variants = {"": {name: state.get(name) for name in ("relu", "counterfactual")}}
    return grid.axis_values(subject, layer_keys, method_keys, both, variants)


def _toggle(method: str) -> None:
    """A method more, or one less."""
    state.put(methods=families.toggled(state.get("methods") or grid.DEFAULT_METHODS, method))


def _axes(rows: DeltaGenerator, columns: DeltaGenerator) -> None:
    """Rows and columns; choosing for one what the other has swaps them."""
    if state.get("rows") == state.get("columns"):
        state.put(columns=next(axis for axis in AXES if axis != state.get("rows")))
    for place, name, other in ((rows, "rows", "columns"), (columns, "columns", "rows")):
        place.selectbox(
            in_markdown(name.capitalize()),
            AXES,
            key=state.bind(name),
            format_func=AXIS_NAMES.get,
            on_change=_swap,
            args=(name, other, state.get(name)),
        )


def _swap(name: str, other: str, before: str) -> None:
    chosen = state.of_widget(f"w.{name}", state.get(name))
    taken = chosen == state.get(other)
    state.put(**({name: chosen, other: before} if taken else {name: chosen}))


def _several(title: str, name: str, listed: methods.Menu, default: tuple[str, ...]) -> tuple[str, ...]:
    """Several of many; the default is what an empty field stands for."""
    chosen = tuple(
        st.multiselect(
            in_markdown(title),
            listed.options,
            key=state.bind(name, state.get(name) or default),
            format_func=listed.label,
            select_all=False,
            help=listed.help,
        )
    )
    state.keep(name, () if chosen == default else chosen)
    return chosen


def _switch(label: str, name: str, fixed: bool, text: str = "") -> None:
    """A toggle bound to a field; fixed while an axis already shows both of its states."""
    if fixed:
        st.toggle(
            in_markdown(label),
            value=True,
            disabled=True,
            key=f"fixed.{name}",
            help="An axis shows it already.",
        )
    else:
        state.keep(name, st.toggle(in_markdown(label), key=state.bind(name), help=in_markdown(text or "")))


def _mend() -> dict[str, dict[str, object]]:
    """What ends an empty map here."""
    mend = {"one cell": {"Use the stages' layers": {"layers": ()}}}
    if "variant" not in (state.get("rows"), state.get("columns")):
        mend["all negative"] = {"Turn ReLU off": {"relu": False}}
    return mend


@look.redrawn
def _tile_grid(subject: Subject, asked: grid.Grid, tiles: list[Tile]) -> None:
    """The maps in rows and columns."""
    with st.container(horizontal=True):
        chosen = look.choose_look()
        layout.about_several(
            [request.method for request in asked.requests[0]] + [asked.requests[-1][0].method]
        )
    width = len(asked.columns)
    with st.container(gap="xsmall"):
        titles = [label or xai.METHODS[asked.requests[0][0].method].label for label in asked.columns]
        layout.headings(titles, "gallery")
    for number, label in enumerate(asked.rows):
        with st.container(gap="xsmall"):
            layout.row_label(label)
            row = tiles[number * width : (number + 1) * width]
            for place, (column, tile) in enumerate(zip(st.columns(width, gap="small"), row, strict=True)):
                with column:
                    layout.own_heading(titles[place])
                    _tile(subject, tile, number * width + place, chosen, _scale(tile, tiles, chosen))
    opened = state.get("tile")
    if 0 <= opened < len(tiles) and isinstance(tiles[opened], xai.Explanation):
        inspect.open_map(subject, tiles[opened], chosen, _scale(tiles[opened], tiles, chosen), "tile")


def _scale(tile: Tile, tiles: list[Tile], drawn: Look) -> Scale | None:
    """The scale of a tile, shared with the maps of its method at its layer, or at every layer."""
    return scales.shared(tile, tiles, drawn, layers=state.get("shared"))


def _tile(subject: Subject, tile: Tile, number: int, drawn: Look, shared: Scale | None) -> None:
    if not isinstance(tile, xai.Explanation):
        layout.blank(tile)
        return
    with st.container(key=f"tile-{number}"):
        view = pictures.view(subject.model, subject.image)
        name = f"Open {xai.METHODS[tile.method].label}, {tile.layer}, {named(tile)}"
        file = tile_file(view, tile, drawn, shared)
        layout.pick(f"tile-{number}", file, name, state.put, kwargs={"tile": number})
        scales.bar(tile, drawn, shared)
        inspect.captioned(subject, tile, drawn, shared, f"tile-{number}")
