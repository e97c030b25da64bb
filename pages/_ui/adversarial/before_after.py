"""The maps before and after an attack, and how far they moved."""

from __future__ import annotations

import dataclasses
from functools import partial

import pandas as pd
import streamlit as st

import xai_core as xai
from xai_core.escaping import in_markdown
from xai_core.metrics.robustness import MapShift, map_shift

from .. import compute, state
from ..compute import Tile
from ..results import pictures
from ..results.drawn import tile as tile_file
from ..state.subject import Subject
from ..widgets import families, grid, inspect, layout, look, scales
from ..widgets.methods import menu
from . import verdict


def show(subject: Subject, found: xai.PerturbedImage) -> None:
    """A row for each chosen method: the class before on both pictures, and the new class on the second."""
    st.subheader("Did the map see it?")
    methods = choose_methods(subject.handle)
    if not methods:
        st.info("Choose at least one method.")
        return
    attacked = dataclasses.replace(subject, image=found.image)
    plain = [request(subject, method, found.label) for method in methods]
    other = [request(subject, method, found.after.index) for method in methods]
    before = compute.tiles(subject, plain, "before")
    after = compute.tiles(attacked, [*plain, *other], "after")
    rows = dict(zip(methods, zip(before, after[: len(plain)], after[len(plain) :], strict=True), strict=True))
    _rows(subject, attacked, found, rows)


@look.redrawn
def _rows(
    subject: Subject, attacked: Subject, found: xai.PerturbedImage, rows: dict[str, tuple[Tile, Tile, Tile]]
) -> None:
    """The maps of each method, how they are drawn, and a table of how far they moved."""
    drawn = look.choose_look()
    highlighted = look.choose_threshold()
    table = []
    for number, (method, tiles) in enumerate(rows.items()):
        moved = _row(subject, attacked, found, method, tiles, drawn, number, highlighted)
        if moved is not None:
            table.append({"method": xai.METHODS[method].label, **dataclasses.asdict(moved)})
    opened = state.get("attacked_tile")
    flat = [tile for row in rows.values() for tile in row]
    if 0 <= opened < len(flat) and isinstance(flat[opened], xai.Explanation):
        where = subject if opened % 3 == 0 else attacked
        row = flat[opened - opened % 3 :][:3]
        shared = scales.shared(flat[opened], row, drawn)
        inspect.open_map(where, flat[opened], drawn, shared, "attacked_tile")
    if table:
        text = pd.DataFrame(table).to_csv(index=False)
        st.download_button("Table as CSV", text, "maps_under_attack.csv", "text/csv", on_click="ignore")


def choose_methods(handle: xai.ModelHandle, quick: bool = False) -> tuple[str, ...]:
    """The methods whose maps are followed; `quick` leaves out those that take long, for many pictures."""
    offered = [key for key, spec in xai.METHODS.items() if not (quick and spec.long)]
    state.put_quietly("attacked_maps", tuple(m for m in state.get("attacked_maps") if m in offered))
    listed = menu(handle, offered)
    chosen = st.multiselect(
        "Methods",
        families.few(listed, state.get("attacked_maps")),
        key=state.bind("attacked_maps"),
        width=420,
        select_all=False,
        format_func=listed.label,
        help=listed.help,
    )
    families.browse(listed, chosen, partial(families.toggle, "attacked_maps"), "attacked-methods")
    return state.keep("attacked_maps", tuple(chosen))


def request(subject: Subject, method: str, target: int) -> xai.Request:
    """The map of one class, at the method's default layer."""
    return grid.request(subject, method, None, target)


def _row(
    subject: Subject,
    attacked: Subject,
    found: xai.PerturbedImage,
    method: str,
    tiles: tuple[Tile, Tile, Tile],
    drawn: look.Look,
    number: int,
    highlighted: tuple[str, float],
) -> MapShift | None:
    """Three maps and what became of them."""
    label = xai.METHODS[method].label
    layout.row_label(label)
    *places, last = st.columns([1, 1, 1, 0.9], gap="small")
    pair = [tile for tile in tiles[:2] if isinstance(tile, xai.Explanation)]
    titles = (f"{found.before.label}, before", f"{found.before.label}, after", f"{found.after.label}, after")
    for place, (column, tile, title) in enumerate(zip(places, tiles, titles, strict=True)):
        with column:
            layout.heading(title)
            if not isinstance(tile, xai.Explanation):
                layout.blank(tile)
                continue
            where = subject if place == 0 else attacked
            shared = scales.shared(tile, tiles, drawn)
            view = pictures.view(where.model, where.image)
            with st.container(key=f"tile-{number}-{place}"):
                layout.pick(
                    f"attacked-{number}-{place}",
                    tile_file(view, tile, drawn, shared),
                    f"Open {label}, {title}",
                    state.put,
                    kwargs={"attacked_tile": 3 * number + place},
                )
                scales.bar(tile, drawn, shared)
                inspect.facts(where, tile)
    if len(pair) < 2:
        return None
    moved = map_shift(*pair, *highlighted)
    with last:
        layout.heading(f"The map of {found.before.label}")
        layout.numbers(rank_correlation=layout.fixed(moved.rank), IoU=layout.fixed(moved.iou))
        side = subject.handle.input_size[0]
        layout.numbers(between_the_maxima=verdict.maxima(moved.distance, side))
        st.write(in_markdown(verdict.map_moved(moved, found.after.index != found.before.index)))
    return moved
