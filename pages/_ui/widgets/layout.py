"""Panels, captions, empty and error states: what all pages look like."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import streamlit as st

import xai_core as xai
from xai_core.escaping import in_html, in_markdown
from xai_core.figures import agreement_matrix

from .. import state
from ..results.drawn import on_maps
from . import look
from .charts import plot, takeaways
from .links import linked
from .measures import Spec
from .pins import pin_picture
from .waiting import Waiting

PROJECTOR = "<style>:root { --size: 1.5; }</style>"


def projector() -> None:
    """Larger captions, bars and headings, where that was chosen."""
    if state.get("projector"):
        st.html(PROJECTOR)


def problems() -> None:
    """What a link asked for in vain, with a way to put it aside."""
    for sentence in state.problems():
        st.warning(in_markdown(sentence))
    if state.problems():
        st.button("Dismiss", on_click=state.dismiss_problems, type="tertiary")


def percent(value: float) -> str:
    """A probability with sensible digits."""
    small = 0 < value < 0.001
    return "< 0.1\u00a0%" if small else f"{100 * value:.{0 if value >= 0.1 else 1}f}\u00a0%"


def share(value: float) -> str:
    """A share that need not exist, as a percentage; a dash where there is none."""
    return "–" if value != value else percent(value)


def duration(seconds: float) -> str:
    """Seconds with sensible digits."""
    if seconds < 0.0995:
        return f"{1000 * seconds:.0f}\u00a0ms"
    return f"{seconds:.{2 if seconds < 10 else 0}f}\u00a0s"


def heading(text: str) -> None:
    """The heading of a panel or of a column."""
    st.html(f'<div class="head">{in_html(text)}</div>')


def headings(texts: Sequence[str], key: str) -> None:
    """A row of headings above columns of tiles. On a phone, where the columns stand below one another, it is
    hidden, and `own_heading` shows each tile's."""
    with st.container(key=f"headings-{key}"):
        for column, text in zip(st.columns(len(texts), gap="small"), texts, strict=True):
            with column:
                heading(text)


def own_heading(text: str) -> None:
    """A tile's heading, on a phone alone."""
    st.html(f'<div class="head own">{in_html(text)}</div>')


def caption(*parts: str, link: str = "") -> None:
    """Facts under a picture, on one line where there is room; the first stands out, and leads to `link`."""
    first, *rest = map(in_html, parts)
    st.html(f'<div class="cap">{" · ".join([linked(f"<b>{first}</b>", link), *rest])}</div>')


def numbers(**values: str) -> None:
    """Figures with their names above them, aligned."""
    cells = "".join(
        f"<div><span>{in_html(k.replace('_', ' '))}</span><strong>{in_html(v)}</strong></div>"
        for k, v in values.items()
    )
    st.html(f'<div class="numbers">{cells}</div>')


def picture(pixels_file: bytes, alt: str, pin: str = "") -> None:
    """A picture as wide as its column; with `pin`, a key unique on the page, it can be pinned under the
    title `alt`."""
    st.image(pixels_file, width="stretch", alt=alt)
    if pin:
        pin_picture(pixels_file, alt, pin)


def pick(
    key: str,
    file: bytes,
    label: str,
    on_click: Callable,
    args: tuple = (),
    kwargs: dict | None = None,
    chosen: bool = False,
) -> None:
    """A picture that is a button named `label`."""
    with st.container(key=f"pick-{'on-' if chosen else ''}{key}", gap=None):
        st.image(file, width="stretch", alt=label.removeprefix("Open "))
        st.button(in_markdown(label), key=f"b.{key}", on_click=on_click, args=args, kwargs=kwargs)


def matrix(labels: list[str], values: np.ndarray, kind: str, key: str = "") -> None:
    """A table of agreement; `kind` as in `agreement_matrix`."""
    figure = on_maps(agreement_matrix, labels, values, kind, look.ink())
    plot(figure, config={"displayModeBar": False}, key=f"matrix-{kind}-{key}")
    note(
        "Colour: blue for opposite maps (−1), white for unrelated ones (0), red for alike ones (1)"
        if kind == "rank"
        else "Colour: dark for no overlap (0), bright for the same place (1)"
    )
    title = "Rank correlation of the maps" if kind == "rank" else "Overlap of the maps"
    takeaways(figure, f"matrix-{kind}-{key}", title)


def class_bars(scores: Sequence[xai.ClassScore], chosen: int) -> None:
    """The classes with their probabilities as bars, the `chosen` one in the accent colour; hover: logits."""
    bars = []
    for score in scores:
        more = f"{score.label} ({score.index}), logit {fixed(score.logit, 3)}"
        colour = look.accent() if score.index == chosen else look.quiet()
        bars.append(
            f'<div class="bar" role="listitem" title="{in_html(more)}"><span>{in_html(score.label)}</span>'
            f"<b>{in_html(percent(score.probability))}</b>"
            f'<i style="width: {100 * score.probability:.2f}%; background: {colour}"></i></div>'
        )
    st.html(f'<div class="bars" role="list">{"".join(bars)}</div>')


def number(value: float) -> str:
    """A value of a map with sensible digits."""
    return f"{value:.3g}".replace("-", "−")


def fixed(value: float, digits: int = 2) -> str:
    """A number with fixed digits and a true minus; a dash where there is none."""
    return "–" if value != value else f"{value:.{digits}f}".replace("-", "−")


def signed(value: float, digits: int = 2) -> str:
    """A change: a number that always has its sign."""
    return f"{value:+.{digits}f}".replace("-", "−")


def mark(text: str, value: str, kind: str, link: str = "") -> None:
    """A small coloured verdict with its number and a sign, so that colour never speaks alone; `kind` is good,
    fair or bad. Its words lead to `link`."""
    sign = {"good": "✓", "fair": "~", "bad": "✗"}[kind]
    st.html(f'<div class="mark {kind}">{sign} <b>{in_html(value)}</b> {linked(in_html(text), link)}</div>')


def purpose(text: str) -> None:
    """What a page is for, in one quiet line under its title."""
    st.html(f'<p class="purpose">{in_html(text)}</p>')


def say(text: str) -> None:
    """The page's finding, in one sentence."""
    st.html(f'<p class="say">{in_html(text)}</p>')


def table(lines: dict[str, str]) -> None:
    """Names and values in two aligned columns."""
    rows = "".join(f"<tr><td>{in_html(k)}</td><td>{in_html(v)}</td></tr>" for k, v in lines.items())
    st.html(f'<table class="facts">{rows}</table>')


def grid_table(frame: pd.DataFrame) -> None:
    """A small table of text, the first column as names, the others aligned right."""
    head = "".join(f"<th>{in_html(str(name))}</th>" for name in frame.columns)
    rows = "".join(
        "<tr>" + "".join(f"<td>{in_html(str(cell))}</td>" for cell in line) + "</tr>"
        for line in frame.itertuples(index=False)
    )
    st.html(f'<table class="grid"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>')


def about(method: str) -> None:
    """ "What am I looking at?": formula, paper, how to read it."""
    about_spec(xai.METHODS[method])


def about_here(method: str, signs: str = "") -> None:
    """`about` in its place, below what it explains; `signs` says what the two colours mean."""
    if signs:
        st.write(in_markdown(signs))
    with st.expander("What am I looking at?", icon=":material/help:"):
        _formula(xai.METHODS[method])


def _formula(spec: Spec) -> None:
    st.markdown(f"**{in_markdown(spec.label)}**")
    st.latex(spec.formula)
    st.write(in_markdown(spec.reading))
    st.caption(f"[{in_markdown(spec.paper)}]({spec.url})")


def about_spec(*specs: Spec) -> None:
    """`about` for methods, attacks or measures, all in one popover."""
    with st.popover("What am I looking at?", type="tertiary", icon=":material/help:"):
        for spec in specs:
            _formula(spec)


def about_several(methods: list[str]) -> None:
    """`about` for each of several methods, in one popover."""
    about_spec(*(xai.METHODS[method] for method in dict.fromkeys(methods)))


def row_label(text: str) -> None:
    """What a row of a grid has in common."""
    st.html(f'<div class="row">{in_html(text)}</div>')


def note(text: str) -> None:
    """A quiet line under a picture: what it is called."""
    st.html(f'<div class="cap">{in_html(text)}</div>')


def blank(tile: Waiting | str) -> None:
    """In place of a tile: a sentence, or a map that may begin to grow there."""
    slot = st.empty()
    sentence = tile
    if isinstance(tile, Waiting):
        tile.slots.append(slot)
        sentence = tile.sentence
    slot.html(f'<div class="blank"><span>{in_html(sentence)}</span></div>')


EMPTY = {
    "all negative": "All values are negative or zero, so ReLU leaves nothing.",
    "all zero": "The map is zero everywhere: the score does not depend on this layer.",
    "none positive": "No value of the map is positive: by this method nothing here raises the score.",
    "one cell": "This layer's map is a single cell, so it cannot point at a place.",
}
