"""Overview: the picture as the network sees it, what it answers, where it looked, and the numbers."""

from html import escape

import streamlit as st

import xai_core as xai
from pages._ui import compute, state
from pages._ui.compute import Tile
from pages._ui.results import pictures
from pages._ui.state.entries import Entry, read, write
from pages._ui.state.subject import Subject
from pages._ui.widgets import grid, inspect, layers, layout, look, parameters, scales
from pages._ui.widgets.pins import pin_chart, pin_map
from xai_core.figures import draw_boxes, encode, overlay, top_classes
from xai_core.figures.describe import Summary, summarise
from xai_core.inputs.views import view_boxes

PICTURE_SCALE = 3


def show(subject: Subject) -> None:
    """The page."""
    known = layers.resolve_layers(subject.handle, tuple(filter(None, [state.get("layer")])))
    state.put_quietly("layer", known[0] if known else "")
    st.title(f"{subject.target.label}, {layout.percent(subject.target.probability)}")
    e = _explanation(subject)
    shown = isinstance(e, xai.Explanation)
    seen, why, answer = st.columns([1.1, 1.1, 1], gap="medium")
    with seen:
        _seen(subject)
    with why:
        if shown:
            _map(subject, e)
        else:
            layout.heading(f"Where it looked for {subject.target.label}")
            layout.blank(e)
        _choices(subject)
    with answer:
        _answer(subject)
        if shown:
            layout.numbers(
                logit=f"{e.logit:.2f}",
                probability=layout.percent(e.probability),
                time=layout.duration(e.seconds),
                passes=f"{e.forwards:,}",
            )
    if shown:
        _words(subject, e)


def _explanation(subject: Subject) -> Tile:
    """The one map of this page, the sentence that says why there is none, or what waits for it."""
    entry, layer = _entry(), state.get("layer")
    params = {**entry.params, "relu": state.get("relu")}
    request = grid.request(subject, entry.method, layer or None, subject.target.index, params)
    return compute.tiles(subject, [request])[0]


def _entry() -> Entry:
    """The method with its parameters; those of a link that it does not have are said and left out."""
    method, settings = state.get("method"), state.get("settings")
    try:
        return read(f"{method}~{settings}" if settings else method)[0]
    except ValueError as error:
        state.complain(f"The link asks for the settings {settings!r}. {error}")
    state.put(settings="")
    return Entry(method)


def _settings() -> None:
    """The method's own parameters, folded away."""
    entry, elsewhere = _entry(), ("contrast", "relu", "counterfactual")
    if all(param.name in elsewhere for param in xai.METHODS[entry.method].params):
        return
    with st.popover("Settings", type="tertiary", icon=":material/tune:"):
        edited = parameters.edit(entry, f"settings.{write((entry,))}", elsewhere)
    if edited != entry:
        state.put(settings=write((edited,)).partition("~")[2])
        st.rerun()


def _seen(subject: Subject) -> None:
    layout.heading("What the network sees")
    view = pictures.view(subject.model, subject.image, PICTURE_SCALE)
    boxes = view_boxes(subject.image, subject.handle.grid, PICTURE_SCALE)
    layout.picture(encode(draw_boxes(view, boxes) if boxes else view, "JPEG"), subject.image.name)
    height, width = subject.handle.input_size
    layout.caption(subject.image.name, f"{width} × {height} pixels", subject.image.fit)


@look.redrawn
def _map(subject: Subject, e: xai.Explanation) -> None:
    layout.heading(f"Where it looked for {e.label}")
    picture = st.container(gap="xsmall")
    with st.container(horizontal=True):
        chosen = look.choose_look()
        pin_map(subject, e, chosen, None, "overview")
        layout.about(e.method)
    with picture:
        view = pictures.view(subject.model, subject.image, PICTURE_SCALE)
        file = encode(overlay(view, e, chosen), "JPEG")
        layout.pick("map", file, "Open the map", state.put, kwargs={"opened": True})
        scales.bar(e, chosen)
        inspect.facts(subject, e)
    if state.get("opened"):
        inspect.open_map(subject, e, chosen, None, "opened")


def _choices(subject: Subject) -> None:
    method_column, layer_column = st.columns(2)
    method = method_column.selectbox(
        "Method",
        list(xai.METHODS),
        key=state.bind("method"),
        format_func=lambda key: xai.METHODS[key].label,
        on_change=state.put,
        kwargs={"settings": ""},
    )
    state.keep("method", method)
    with method_column:
        if any(param.name == "relu" for param in xai.METHODS[method].params):
            relu = st.toggle("ReLU", key=state.bind("relu"), help="Keep only what raises the score.")
            state.keep("relu", relu)
        _settings()
    if not xai.METHODS[method].takes_layer:
        return
    with layer_column:
        layers.choose_layer(subject.handle, "layer")


def _answer(subject: Subject) -> None:
    layout.heading("Top five classes")
    shown = subject.scores[:5]
    if subject.target not in shown:
        shown = (*subject.scores[:4], subject.target)
    figure = top_classes(shown, subject.target.index, look.accent(), look.quiet(), look.ink())
    st.plotly_chart(figure, config={"displayModeBar": False}, key="top5")
    pin_chart(figure, f"Top five classes of {subject.image.name}", "top5")


def _words(subject: Subject, e: xai.Explanation) -> None:
    summary = summarise(e)
    if e.emptiness or summary is None:
        with st.container(horizontal=True, vertical_alignment="center"):
            why = layout.EMPTY[e.emptiness or "none positive"]
            st.markdown(f":material/info: {why}", width="content")
            if e.emptiness == "one cell":
                st.button("Use the last stage", on_click=state.put, kwargs={"layer": ""})
            if e.emptiness == "all negative":
                st.button("Turn ReLU off", on_click=state.put, kwargs={"relu": False})
        return
    st.html(f'<p class="say">{escape(_sentence(subject, e, summary))}</p>')


def _sentence(subject: Subject, e: xai.Explanation, summary: Summary) -> str:
    name = xai.METHODS[e.method].label
    first, second = subject.scores[:2]
    said = f"{subject.handle.spec.label} says {first.label} ({layout.percent(first.probability)})"
    near = f", closely followed by {second.label} ({layout.percent(second.probability)})"
    said += near if second.probability > first.probability / 2 else ""
    narrow, wide = summary.half_area < 0.15, summary.half_area > 0.3
    spread = "concentrated" if narrow else "spread out" if wide else "moderately wide"
    return (
        f"{said}. For {e.label}, {name} points {summary.place} of the picture; the map is {spread}: "
        f"half of it lies on {layout.percent(summary.half_area)} of the area."
    )
