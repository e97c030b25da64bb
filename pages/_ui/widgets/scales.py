"""Colour scales of maps: which maps share one, and the bar that says so.

One rule holds on every page: maps of one picture, of one method with the same settings and at one layer of
one network, share a scale, whatever class they are about. An attacked picture counts as the same picture. The
difference of two classes is another kind of value and has its own.
"Each map on its own scale", in Look, ends the sharing everywhere."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

import numpy as np
import streamlit as st

import xai_core as xai
from xai_core.board import PinnedMap
from xai_core.escaping import in_html
from xai_core.figures import DIVERGING, FORMS, SEQUENTIAL, Legend, Look, Scale, legend, values_legend

from .. import state
from ..results.drawn import scale as known_scale

BLOCKS = 8  # as few colours stand beside each other as blocks, more as a gradient
DIRECTED = ("relu", "counterfactual", "contrast")  # parameters that turn a map and leave its units


def shared(e: object, tiles: Iterable[object], drawn: Look, layers: bool = False) -> Scale | None:
    """The scale that a map has in common with those of its kind among `tiles`; with `layers` across layers
    too. None, which is the map's own, where that was chosen, and for what is no map."""
    if state.get("own_scale") or not isinstance(e, xai.Explanation):
        return None
    maps = [tile for tile in tiles if isinstance(tile, xai.Explanation)]
    alike = [tile for tile in maps if _kind(tile, layers) == _kind(e, layers)]
    # a method without layers has the same map in every row
    return known_scale(alike, drawn)


def _kind(e: xai.Explanation, layers: bool) -> Hashable:
    """What maps on one scale have in common."""
    settings = tuple((name, value) for name, value in e.params.items() if name not in DIRECTED)
    difference = e.params.get("contrast") is not None
    return e.method, None if layers else e.layer, e.signed, difference, settings


def bar(e: xai.Explanation, drawn: Look, scale: Scale | None = None) -> None:
    """The bar under a map that was drawn on this scale, or on its own."""
    _show(legend(e, drawn, scale or known_scale([e], drawn)))


def beside(e: xai.Explanation, drawn: Look, scale: Scale | None = None) -> None:
    """What the bar beside an opened map cannot say: what is shared or cut off, and which lines are drawn."""
    if drawn.form == "contours":
        bar(e, drawn, scale)
        return
    note = legend(e, drawn, scale or known_scale([e], drawn)).note
    if note:
        st.html(f'<div class="cap">{in_html(note)}</div>')


def values_bar(drawn: Look, scale: Scale) -> None:
    """The bar of values that are no map of a class."""
    _show(values_legend(drawn, scale))


def pinned_bar(pinned: PinnedMap) -> None:
    """The bar under a pinned map, as it was when it was pinned."""
    look, scale = pinned_look(pinned)
    _show(legend(pinned.e, look, scale))


def pinned_look(pinned: PinnedMap) -> tuple[Look, Scale]:
    """How a map was drawn. A ZIP may come from anybody, so what does not fit becomes the default."""
    kept = pinned.look
    form, colours = kept.get("form", "blend"), kept.get("colours")  # pins of earlier versions say no form
    opacity, low, high = (_number(kept.get(name)) for name in ("opacity", "low", "high"))
    known = colours if colours in (DIVERGING if pinned.e.signed else SEQUENTIAL) else None
    look = Look(
        known or Look.colours,
        known or Look.signed_colours,
        Look.opacity if opacity is None or not 0 <= opacity <= 1 else opacity,
        form=form if form in FORMS else "blend",
    )
    if low is None or high is None or not low < high:
        return look, look.limits([pinned.e])
    return look, Scale(low, high, _number(kept.get("percentile")) or 100.0)


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) and np.isfinite(value) else None


def _show(bar: Legend) -> None:
    ends = "".join(f"<span>{in_html(end)}</span>" for end in (bar.low, bar.middle, bar.high) if end)
    note = f'<div class="cap">{in_html(bar.note)}</div>' if bar.note else ""
    st.html(
        f'<div class="scale" style="background: linear-gradient(90deg, {_stops(bar.colours)})"></div>'
        f'<div class="cap ends">{ends}</div>{note}'
    )


def _stops(colours: np.ndarray) -> str:
    if len(colours) <= BLOCKS:
        share = 100 / len(colours)
        parts = [f"{_css(c)} {share * n:.1f}% {share * (n + 1):.1f}%" for n, c in enumerate(colours)]
    else:
        parts = [_css(c) for c in colours[np.linspace(0, len(colours) - 1, 21).astype(int)]]
    return ", ".join(parts)


def _css(colour: np.ndarray) -> str:
    return f"rgb({colour[0]},{colour[1]},{colour[2]})"
