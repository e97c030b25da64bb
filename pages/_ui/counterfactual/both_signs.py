"""Plain and counterfactual maps of two classes, and the map of one class against the other."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

import xai_core as xai
from xai_core.direction import named, reading
from xai_core.escaping import in_markdown
from xai_core.figures import Look, Scale
from xai_core.metrics import agreement

from .. import compute, state
from ..compute import Tile
from ..results import pictures
from ..results.drawn import on_maps
from ..results.drawn import tile as tile_file
from ..state.subject import Subject
from ..widgets import grid, inspect, layers, layout, look, scales

LAYERS = 2
SIGNS = {"Plain": False, "Counterfactual": True}


def both_signs(subject: Subject, method: str) -> None:
    """A row for each of the two classes; for each layer the plain and the counterfactual map."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="large"):
        chosen = _two_layers(subject)
        relu = st.toggle("ReLU", key=state.bind("relu"), help="Keep only what raises the score.")
        state.keep("relu", relu)
    if not chosen:
        st.info("Choose a layer.")
        return
    rows = [
        [
            grid.request(subject, method, layer, score.index, {"relu": relu, "counterfactual": sign})
            for layer in chosen
            for sign in SIGNS.values()
        ]
        for score in (subject.target, subject.versus)
    ]
    tiles = compute.tiles(subject, [request for row in rows for request in row])
    inspect.explain_empty(tiles, {"all negative": {"Turn ReLU off": {"relu": False}}})
    _rows(subject, chosen, tiles)


@look.redrawn
def _rows(subject: Subject, chosen: tuple[str, ...], tiles: list[Tile]) -> None:
    """A row for each class, a pair of columns for each layer."""
    drawn = look.choose_look()
    width = len(chosen) * len(SIGNS)
    titles = [f"{name}, {key}" for key in chosen for name in SIGNS]
    layout.headings(titles, "signs")
    for number, score in enumerate((subject.target, subject.versus)):
        layout.row_label(f"{score.label}, {layout.percent(score.probability)}")
        row = tiles[number * width : (number + 1) * width]
        for place, (column, tile) in enumerate(zip(st.columns(width, gap="small"), row, strict=True)):
            with column:
                layout.own_heading(titles[place])
                _tile(subject, tile, number * width + place, drawn, scales.shared(tile, tiles, drawn))
    _open(subject, tiles, drawn, scales.shared)


def _two_layers(subject: Subject) -> tuple[str, ...]:
    handle = subject.handle
    suggested = [spec.key for spec in handle.layers if spec.suggested]
    known = layers.resolve_layers(handle, state.get("two_layers"))[:LAYERS]
    default = tuple(suggested[-LAYERS:])
    state.put_quietly("two_layers", known or default)
    chosen = st.multiselect(
        "Layers",
        layers.layer_keys(handle),
        key=state.bind("two_layers"),
        max_selections=LAYERS,
        width=420,
        select_all=False,
    )
    chosen = tuple(chosen)
    state.keep("two_layers", () if chosen == default else chosen)
    return chosen


def contrast(subject: Subject, method: str) -> None:
    """The signed maps of A, of B, and of logit A minus logit B."""
    a, b = subject.target, subject.versus
    with st.container(width=320):
        layer = layers.choose_layer(subject.handle, "layer") if xai.METHODS[method].takes_layer else None
    plain = {"relu": False}
    requests = [
        grid.request(subject, method, layer, a.index, plain),
        grid.request(subject, method, layer, b.index, plain),
        grid.request(subject, method, layer, a.index, plain | {"contrast": b.index}),
    ]
    _three(subject, compute.tiles(subject, requests))


@look.redrawn
def _three(subject: Subject, tiles: list[Tile]) -> None:
    """A, B, and A minus B."""
    a, b = subject.target, subject.versus
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        drawn = look.choose_look()
        words = (
            "Otherwise the difference of A and B has its own scale, on which its colours can be told apart."
        )
        state.keep(
            "one_scale",
            st.toggle("One scale for all three", key=state.bind("one_scale"), help=in_markdown(words)),
        )
    titles = (f"A: {a.label}", f"B: {b.label}", "Why A and not B: A − B")
    for number, (column, tile, title) in enumerate(
        zip(st.columns(3, gap="medium"), tiles, titles, strict=True)
    ):
        with column:
            layout.heading(title)
            _tile(subject, tile, number, drawn, _of_three(tile, tiles, drawn))
    maps = [tile for tile in tiles if isinstance(tile, xai.Explanation)]
    if len(maps) == len(tiles):
        layout.numbers(
            **{
                "logit A": layout.fixed(a.logit),
                "logit B": layout.fixed(b.logit),
                "A − B": layout.fixed(a.logit - b.logit),
                "rank correlation of A and B": layout.fixed(on_maps(agreement.spearman, *maps[:2])),
            }
        )
        layout.say(reading(maps[2], *drawn.sign_names()))
        if not state.get("one_scale"):
            layout.caption("A − B has its own scale", "its colours say nothing about A or B alone")
    _open(subject, tiles, drawn, _of_three)


def _of_three(tile: Tile, tiles: list[Tile], drawn: Look) -> Scale | None:
    """A and B share a scale; their difference has its own, unless one was chosen for all three."""
    if state.get("one_scale"):
        return drawn.limits(tile for tile in tiles if isinstance(tile, xai.Explanation))
    return scales.shared(tile, tiles, drawn)


def _tile(subject: Subject, tile: Tile, number: int, drawn: Look, shared: Scale | None) -> None:
    if not isinstance(tile, xai.Explanation):
        layout.blank(tile)
        return
    label = xai.METHODS[tile.method].label
    with st.container(key=f"tile-{number}"):
        file = tile_file(pictures.view(subject.model, subject.image), tile, drawn, shared)
        name = f"Open {label}, {tile.layer}, {named(tile)}"
        layout.pick(f"counter-{number}", file, name, state.put, kwargs={"counter_tile": number})
        scales.bar(tile, drawn, shared)
        inspect.captioned(subject, tile, drawn, shared, f"tile-{number}")


def _open(
    subject: Subject,
    tiles: list[Tile],
    drawn: Look,
    scale_of: Callable[[Tile, list[Tile], Look], Scale | None],
) -> None:
    opened = state.get("counter_tile")
    if 0 <= opened < len(tiles) and isinstance(tiles[opened], xai.Explanation):
        scale = scale_of(tiles[opened], tiles, drawn)
        inspect.open_map(subject, tiles[opened], drawn, scale, "counter_tile")
