"""Panels, captions, empty and error states: what all pages look like."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

import xai_core as xai

from . import cache, state
from .fields import DEFAULT_IMAGE, DEFAULT_MODEL

_STYLE = """
<style>
/* A picture that is a button: the button lies over it, invisible until it has the keyboard's focus. */
[class*="st-key-pick-"] { position: relative; }
[class*="st-key-pick-"] [data-testid="stElementContainer"]:has(.stButton) {
  position: absolute !important; inset: 0; width: 100% !important; height: 100% !important; z-index: 2;
}
[class*="st-key-pick-"] .stButton, [class*="st-key-pick-"] .stTooltipIcon,
[class*="st-key-pick-"] .stButton > div, [class*="st-key-pick-"] .stTooltipHoverTarget {
  width: 100%; height: 100%;
}
[class*="st-key-pick-"] .stButton button {
  width: 100%; height: 100%; min-height: 0; padding: 0; border: 2px solid transparent; background: transparent;
  color: transparent; cursor: pointer;
}
[class*="st-key-pick-"] .stButton button * { color: transparent !important; }
[class*="st-key-pick-"] .stButton button:hover { border-color: var(--st-primary-color); }
[class*="st-key-pick-"] .stButton button:focus-visible { border-color: var(--st-primary-color); }
[class*="st-key-pick-on-"] .stButton button { border: 3px solid var(--st-primary-color); }
[class*="st-key-pick-"] img { display: block; width: 100%; border-radius: 0.3rem; }
[class*="st-key-tile-"] { gap: 0.3rem; }
.block-container, [data-testid="stMainBlockContainer"] { padding-top: 2.6rem; max-width: 1680px; }
[data-testid="stSidebarContent"] [data-testid="stVerticalBlock"] { gap: 0.65rem; }
.cap { font-size: 0.86rem; line-height: 1.3; opacity: 0.78; font-variant-numeric: tabular-nums; }
.cap b { font-weight: 600; opacity: 1; }
.head { font-size: 1rem; font-weight: 600; line-height: 1.25; overflow-wrap: anywhere; }
.say { font-size: 1.12rem; line-height: 1.5; max-width: 62rem; }
.numbers { display: flex; flex-wrap: wrap; gap: 0.4rem 2.2rem; font-variant-numeric: tabular-nums; }
.numbers div { min-width: 4.5rem; }
.numbers span { display: block; font-size: 0.86rem; opacity: 0.7; }
.numbers strong { font-size: 1.35rem; font-weight: 600; }
</style>
"""


def style() -> None:
    """The few rules that Streamlit's theme cannot express."""
    st.html(_STYLE)


def problems() -> None:
    """What a link asked for in vain, with a way to put it aside."""
    for sentence in state.problems():
        st.warning(sentence)
    if state.problems():
        st.button("Dismiss", on_click=state.dismiss_problems, type="tertiary")


def percent(value: float) -> str:
    """A probability with sensible digits."""
    if 0 < value < 0.001:
        return "< 0.1 %"
    return f"{100 * value:.0f} %" if value >= 0.1 else f"{100 * value:.1f} %"


def duration(seconds: float) -> str:
    """Seconds with sensible digits."""
    if seconds < 0.0995:
        return f"{1000 * seconds:.0f} ms"
    return f"{seconds:.2f} s" if seconds < 10 else f"{seconds:.0f} s"


def escape(text: str) -> str:
    """Text that is safe inside HTML."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def heading(text: str) -> None:
    """The heading of a panel or of a column."""
    st.html(f'<div class="head">{escape(text)}</div>')


def caption(*parts: str) -> None:
    """Facts under a picture, on one line where there is room; the first stands out."""
    first, *rest = [escape(part) for part in parts]
    st.html('<div class="cap">' + " · ".join([f"<b>{first}</b>", *rest]) + "</div>")


def numbers(**values: str) -> None:
    """Figures with their names above them, aligned."""
    cells = "".join(
        f"<div><span>{escape(k.replace('_', ' '))}</span><strong>{escape(v)}</strong></div>"
        for k, v in values.items()
    )
    st.html(f'<div class="numbers">{cells}</div>')


def picture(pixels_file: bytes, alt: str) -> None:
    """A picture as wide as its column."""
    st.image(pixels_file, width="stretch", alt=alt)


def pick(
    key: str, file: bytes, label: str, on_click: Callable, args: tuple = (), chosen: bool = False
) -> None:
    """A picture that is a button named `label`."""
    with st.container(key=f"pick-{'on-' if chosen else ''}{key}", gap=None):
        st.image(file, width="stretch", alt=label)
        st.button(label, key=f"b.{key}", on_click=on_click, args=args)


def about(method: str) -> None:
    """ "What am I looking at?": formula, paper, how to read it."""
    spec = xai.METHODS[method]
    with st.popover("What am I looking at?", type="tertiary", icon=":material/help:"):
        st.markdown(f"**{spec.label}**")
        st.latex(spec.formula)
        st.write(spec.reading)
        st.caption(f"[{spec.paper}]({spec.url})")


def missing_weights(key: str) -> None:
    """In place of the page: what is missing, its size, where to put it, and what to do instead."""
    spec = cache.find_model(key)
    file = cache.weights_file(spec)
    size = f", {file.size_mb:.0f} MB" if file.size_mb else ""
    st.subheader(f"{spec.label} is not on this machine")
    st.write(f"Put the file `{file.filename}`{size} into `{cache.weights_folder()}`, or download it.")
    with st.container(horizontal=True):
        fetch = st.button("Download" + (f" {file.size_mb:.0f} MB" if file.size_mb else ""), type="primary")
        st.button("Back to EfficientNet-Lite0", on_click=state.put, kwargs={"model": DEFAULT_MODEL})
    if fetch:
        bar = st.progress(0.0, f"Downloading {file.filename}")
        try:
            cache.download(key, lambda done, total: bar.progress(min(done / total, 1.0) if total else 0.0))
        except xai.WeightsMissing as error:
            bar.empty()
            st.error(str(error))
        else:
            st.rerun()


def missing_image(sentence: str) -> None:
    """In place of the page: a picture that cannot be shown, and a way on."""
    st.subheader("This picture is not here")
    st.write(sentence)
    st.button("Show a sample instead", on_click=state.put, kwargs={"image": DEFAULT_IMAGE})


EMPTY = {
    "all negative": "Every value is negative or zero, so ReLU leaves nothing: nothing here raises the score.",
    "all zero": "The map is zero everywhere: the score does not depend on this layer.",
    "one cell": "This layer's map is a single cell, so it cannot point at a place.",
}
