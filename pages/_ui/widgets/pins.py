"""The button that puts a result on the pinboard, with everything needed to show and to compute it again."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

import plotly.graph_objects as go
import streamlit as st

import xai_core as xai
from xai_core.board import MAX_TITLE, Pin, PinnedMap, change_board, new_board
from xai_core.direction import named
from xai_core.figures import Look, Scale, encode, heatmap_figure, overlay, picture_figure
from xai_core.types import Params

from .. import state
from ..results import carried, pictures
from ..state.subject import Subject
from . import look

KEYS = ("board", "take", "me", "results")  # who has one may come in, so that none may travel with a pin


def pin_map(subject: Subject, e: xai.Explanation, drawn: Look, shared: Scale | None, key: str) -> None:
    """The button for a map; `key` is unique on the page."""

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

    _button(f"pin-{key}", make)


def pin_chart(figure: go.Figure | Callable[[], go.Figure], title: str, key: str) -> None:
    """The button for a chart, or for what makes one when it is asked for; `key` is unique on the page."""
    _button(f"pin-{key}", lambda: _pin(figure() if callable(figure) else figure, title))


def pin_picture(file: bytes | Callable[[], bytes], title: str, key: str) -> None:
    """The button for a picture, a PNG or JPEG file or what makes one; `key` is unique on the page."""
    _button(f"pin-{key}", lambda: _pin(picture_figure(file() if callable(file) else file), title))


def _pin(figure: go.Figure, title: str, pinned: PinnedMap | None = None) -> Pin:
    page = state.page()
    fields = {key: value for key, value in state.query(page).items() if key not in KEYS}
    seen, image = None, state.get("image")
    if carried.is_carried(image):  # the picture goes along, and no key that opens it elsewhere
        seen = carried.to_pin(image, state.get("fit"))
        fields["image"] = f"upload:{seen.name}"
    shown = None if pinned else seen  # a map has its picture
    figure_file = look.neutral(figure.to_json())
    return Pin(page, urlencode(fields), title[:MAX_TITLE], figure_file, map=pinned, seen=shown)


def _button(key: str, make: Callable[[], Pin]) -> None:
    st.button(
        "Pin",
        key=key,
        type="tertiary",
        icon=":material/keep:",
        help="Put it on the pinboard.",
        on_click=_add,
        args=(make, key),
    )
    said = st.session_state.pop(f"_said.{key}", None)
    if said:  # a callback of a fragment may not draw: it would replace what stands at the top of the app
        st.toast(said, icon=":material/keep:")


def _add(make: Callable[[], Pin], key: str) -> None:
    board = state.get("board") or new_board()
    try:
        change_board(board, lambda pins: (*pins, make()))
    except (xai.InputError, OSError) as error:  # the board is full, or the disk is
        st.session_state[f"_said.{key}"] = f"Not pinned: {error}"
        return
    state.put(board=board)
    state.write_url(state.page())  # a run of a fragment does not come to the end of the page
    st.session_state[f"_said.{key}"] = "Pinned"
