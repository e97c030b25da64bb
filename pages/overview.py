"""Overview: the picture as the network sees it, what it answers, where it looked for two classes, and what to
try next."""

import streamlit as st

import xai_core as xai
from pages._ui import compute, state
from pages._ui.compute import Tile
from pages._ui.overview import choices, next_steps, words
from pages._ui.results import pictures
from pages._ui.results.drawn import tile as tile_file
from pages._ui.state.subject import Subject
from pages._ui.widgets import grid, inspect, layout, look, scales
from pages._ui.widgets.pins import pin_chart, pin_map
from xai_core.direction import named
from xai_core.escaping import in_markdown
from xai_core.figures import Look, Scale, draw_boxes, encode, top_classes
from xai_core.figures.describe import summarise
from xai_core.inputs.views import view_boxes

PICTURE_SCALE = 3
PURPOSE = (
    "Which part of the picture does the network use for its answer, and can the map that says so be trusted?"
)


def show(subject: Subject) -> None:
    """The page."""
    st.title(in_markdown(words.heading(subject.scores, subject.target)))
    layout.purpose(PURPOSE)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        entry, layer = choices.choose(subject)
        layout.about(entry.method)
    tiles = compute.tiles(subject, _requests(subject, entry.method, layer, entry.params))
    _row(subject, tiles)
    if isinstance(tiles[0], xai.Explanation):
        _words(subject, tiles[0])
    next_steps.show(subject)


def _requests(subject: Subject, method: str, layer: str, params: xai.types.Params) -> list[xai.Request]:
    """One map for each of the two classes; a method that knows no class has one map alone."""
    asked = {**params, "relu": state.get("relu")}
    classes = (subject.target, subject.versus) if xai.METHODS[method].class_specific else (subject.target,)
    return [grid.request(subject, method, layer or None, score.index, asked) for score in classes]


@look.redrawn
def _row(subject: Subject, tiles: list[Tile]) -> None:
    """The picture, its maps on one scale, and the answers."""
    with st.container(key="overview"):  # on a phone the maps stand side by side under the picture
        seen, *places, answer = st.columns([1, *[1] * len(tiles), 0.95], gap="medium")
    with seen:
        _seen(subject)
        drawn = look.choose_look()
    for number, (place, tile) in enumerate(zip(places, tiles, strict=True)):
        with place:
            _map(subject, tile, number, drawn, scales.shared(tile, tiles, drawn))
    with answer:
        _answer(subject)
        if isinstance(tiles[0], xai.Explanation):
            layout.note(f"Logit of {tiles[0].label}: {layout.fixed(tiles[0].logit)}")


def _seen(subject: Subject) -> None:
    layout.heading("What the network sees")
    view = pictures.view(subject.model, subject.image, PICTURE_SCALE)
    boxes = view_boxes(subject.image, subject.handle.grid, PICTURE_SCALE)
    layout.picture(encode(draw_boxes(view, boxes) if boxes else view, "JPEG"), subject.image.name)
    height, width = subject.handle.input_size
    layout.caption(subject.image.name, f"{width} × {height} pixels", subject.image.fit)


def _map(subject: Subject, tile: Tile, number: int, drawn: Look, shared: Scale | None) -> None:
    score = (subject.target, subject.versus)[number]
    said = named(tile) if isinstance(tile, xai.Explanation) else score.label
    layout.heading(f"For {said}" if said == score.label else f"{said[0].upper()}{said[1:]}")
    if not isinstance(tile, xai.Explanation):
        layout.blank(tile)
        return
    view = pictures.view(subject.model, subject.image, PICTURE_SCALE)
    file = tile_file(view, tile, drawn, shared)
    which = ("on", "versus")[number]
    layout.pick(f"map-{which}", file, f"Open the map of {score.label}", state.put, kwargs={"opened": which})
    scales.bar(tile, drawn, shared)
    inspect.facts(subject, tile)
    pin_map(subject, tile, drawn, shared, f"overview-{which}")
    if state.get("opened") == which:
        inspect.open_map(subject, tile, drawn, shared, "opened")


def _answer(subject: Subject) -> None:
    layout.heading("Top five classes")
    shown = subject.scores[:5]
    if subject.target not in shown:
        shown = (*subject.scores[:4], subject.target)
    layout.class_bars(shown, subject.target.index)
    drawn = (shown, subject.target.index, look.accent(), look.quiet(), look.ink())
    pin_chart(lambda: top_classes(*drawn), f"Top five classes of {subject.image.name}", "top5")


def _words(subject: Subject, e: xai.Explanation) -> None:
    summary = summarise(e)
    if e.emptiness or summary is None:
        with st.container(horizontal=True, vertical_alignment="center"):
            why = layout.EMPTY[e.emptiness or "none positive"]
            st.markdown(f":material/info: {in_markdown(why)}", width="content")
            if e.emptiness == "one cell":
                st.button("Use the last stage", on_click=state.put, kwargs={"layer": ""})
            if e.emptiness == "all negative":
                st.button("Turn ReLU off", on_click=state.put, kwargs={"relu": False})
        return
    name = xai.METHODS[e.method].label
    layout.say(
        words.sentence(
            subject.handle.spec.label, subject.scores, e.label, name, summary.place, summary.half_area
        )
    )
