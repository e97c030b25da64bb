"""The button that puts a result on the pinboard, with everything needed to show and to compute it again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from urllib.parse import urlencode

import plotly.graph_objects as go
import streamlit as st

import xai_core as xai
from xai_core.board import (
    MAX_TITLE,
    Pin,
    PinnedMap,
    change_board,
    checked_figure,
    new_board,
    pinned_sources,
    told_apart,
)
from xai_core.direction import named
from xai_core.escaping import in_markdown
from xai_core.figures import Look, Scale, encode, heatmap_figure, overlay, picture_figure, unlinked
from xai_core.types import Params

from .. import state
from ..results import carried, pictures
from ..state.shared import KEYS
from ..state.subject import Subject
from . import look


def pin_map(
    subject: Subject, e: xai.Explanation, drawn: Look, shared: Scale | None, key: str, small: bool = False
) -> None:
    """The button for a map; `key` is unique on the page. A `small` one is a mark beside a tile's caption."""

    def make() -> Pin:
        view = pictures.view(subject.model, subject.image)
        scale = shared or drawn.limits([e])
        settings = Params(
            {
                "colours": drawn.scale_of(e.signed),
                "opacity": drawn.opacity,
                "smooth": drawn.smooth,
                "form": drawn.form,
                "low": scale.low,
                "high": scale.high,
                "percentile": scale.percentile,
            }
        )
        pinned = PinnedMap(
            subject.model,
            subject.handle.weights_sha256,
            xai.to_png(subject.image),
            subject.image.name,
            subject.image.sha256,
            encode(overlay(view, e, drawn, shared)),
            e,
            settings,
            subject.handle.identity,
        )
        title = ", ".join(filter(None, [named(e), xai.METHODS[e.method].label, e.layer]))
        return _pin(heatmap_figure(view, e, drawn, shared), title, pinned)

    what = (subject.handle.identity, subject.image.sha256, e.method, e.target, e.layer, e.params, e.seed)
    _button(f"pin-{key}", _source("map", *what, drawn, shared), make, small)


def pin_chart(figure: go.Figure | Callable[[], go.Figure], title: str, key: str) -> None:
    """The button for a chart, or for what makes one when it is asked for; `key` is unique on the page."""
    source = _source("chart", title, _fields())
    _button(f"pin-{key}", source, lambda: _pin(figure() if callable(figure) else figure, title))


def pin_picture(file: bytes | Callable[[], bytes], title: str, key: str) -> None:
    """The button for a picture, a PNG or JPEG file or what makes one; `key` is unique on the page."""
    source = _source("picture", title, _fields())
    _button(f"pin-{key}", source, lambda: _pin(picture_figure(file() if callable(file) else file), title))


def _pin(figure: go.Figure, title: str, pinned: PinnedMap | None = None) -> Pin:
    page, fields = state.page(), _fields()
    seen, image = None, state.get("image")
    if carried.is_carried(image):  # the picture goes along, and no key that opens it elsewhere
        seen = carried.to_pin(image, state.get("fit"))
        fields["image"] = f"upload:{seen.name}"
    shown = None if pinned else seen  # a map has its picture
    figure_file = checked_figure(look.neutral(unlinked(figure).to_json()))
    return Pin(page, urlencode(fields), title[:MAX_TITLE], figure_file, map=pinned, seen=shown)


def _fields() -> dict[str, str]:
    """What the address of this view says, less what lets somebody in."""
    return {key: value for key, value in state.query(state.page()).items() if key not in KEYS}


def _source(*what: object) -> str:
    """A name for what is pinned, as it is drawn now: the same thing has the same on every page."""
    return hashlib.sha256(repr(what).encode()).hexdigest()[:16]


def _button(key: str, source: str, make: Callable[[], Pin], small: bool = False) -> None:
    there = state.get("board") and source in pinned_sources(state.get("board"))
    with st.container(key=f"mark-{key}", width="content") if small else nullcontext():
        st.button(
            "Pinned" if there else "Pin",
            key=key,
            type="tertiary",
            icon=":material/check:" if there else ":material/keep:",
            help="It is on the pinboard." if there else "Put it on the pinboard.",
            on_click=_add,
            args=(make, key, source),
        )
    said = st.session_state.pop(f"_said.{key}", None)
    if said:  # a callback of a fragment may not draw: it would replace what stands at the top of the app
        st.toast(in_markdown(said), icon=":material/keep:")


def _add(make: Callable[[], Pin], key: str, source: str) -> None:
    board = state.get("board") or new_board()
    if source in pinned_sources(board):
        st.session_state[f"_said.{key}"] = "It is on the pinboard already"
        return

    def added(pins: tuple[Pin, ...]) -> tuple[Pin, ...]:
        return *pins, told_apart(replace(make(), source=source), pins)

    try:
        count = len(change_board(board, added))
    except xai.InputError as error:  # the board is full, or the disk is
        st.session_state[f"_said.{key}"] = f"Not pinned: {error}"
        return
    state.put(board=board)
    state.write_url(state.page())  # a run of a fragment does not come to the end of the page
    st.session_state[f"_said.{key}"] = f"Pinned: {count} on the pinboard"
