"""A map opened large: raw values on hover, its settings, and its downloads."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

import xai_core as xai
from xai_core.direction import named, reading, with_probability
from xai_core.escaping import in_markdown
from xai_core.figures import Look, Scale, heatmap_figure
from xai_core.metrics import agreement, sanity
from xai_core.models import find_model

from .. import state
from ..results import maps, networks, pictures
from ..results.drawn import on_maps
from ..state.subject import Subject
from . import downloads, fitting, layout, parameters, pointed, scales
from .links import card
from .pins import pin_map
from .reference import button as check

PLAIN = {"displaylogo": False, "modeBarButtonsToRemove": ["toImage"]}  # "Download" has the whole figure
KINDS = {"changes": "good", "changes in part": "fair", "hardly changes": "bad", "flat": "fair"}


def facts(subject: Subject, e: xai.Explanation) -> None:
    """Method, layer, class with its direction, probability and passes, under any map; and its badge, if that
    is switched on. How long it took is a matter of the machine, and stands in the opened map."""
    layout.caption(
        xai.METHODS[e.method].label,
        *([e.layer] if e.layer else []),
        about_class(e),
        "1 forward pass" if e.forwards == 1 else f"{e.forwards:,} forward passes",
        link=card(e.method),
    )
    if e.notes:
        layout.caption(*e.notes)
    if state.get("badges"):
        badge(subject, e)


def captioned(subject: Subject, e: xai.Explanation, drawn: Look, shared: Scale | None, key: str) -> None:
    """`facts` under a tile, with a small pin beside them; `key` is unique on the page."""
    with st.container(horizontal=True, gap="xxsmall"):
        with st.container(gap="xxsmall"):
            facts(subject, e)
        pin_map(subject, e, drawn, shared, key, small=True)


def about_class(e: xai.Explanation) -> str:
    """The class with its direction and its probability."""
    return with_probability(e, layout.percent(e.probability))


REDRAWN = {"head": "a random head", "all": "random weights", networks.PROMPT: "nonsense prompts"}


def part(subject: Subject) -> str:
    """What is drawn anew, as chosen; the head where the choice is prompts and the network has none."""
    chosen = state.get("redrawn")
    return "head" if chosen == networks.PROMPT and not asks_prompts(subject) else chosen


def asks_prompts(subject: Subject) -> bool:
    """Whether the classes are prompts."""
    return find_model(subject.model.partition("~")[0]).source == "prompts"


def random_subject(subject: Subject) -> Subject:
    """The same picture and classes before the network with random weights, as chosen."""
    key = networks.random_key(subject.model, part(subject))
    return replace(subject, model=key, handle=networks.handle(key))


def random_is_loaded(subject: Subject) -> bool:
    """Whether the network with random weights need not be made first."""
    return networks.is_loaded(networks.random_key(subject.model, part(subject)))


def random_map(subject: Subject, e: xai.Explanation) -> xai.Explanation | None:
    """The same map of the same network with random weights; None where that takes long and was not asked
    for yet."""
    key = networks.random_key(subject.model, part(subject))
    request = xai.Request(e.method, e.target, e.layer, e.params, e.seed)
    if xai.METHODS[e.method].long:
        return maps.known(key, subject.image, request)
    return maps.explain(key, subject.image, [request])[0]


def badge(subject: Subject, e: xai.Explanation) -> float | None:
    """How alike the map is to the one under random weights, as a coloured mark; returns the rank
    correlation."""
    other = random_map(subject, e)
    if other is None:
        layout.caption("Badge: on the page Trust check, since this map takes long")
        return None
    rank = on_maps(agreement.spearman, e, other)
    verdict(subject, rank, e.method)
    return rank


def verdict(subject: Subject, rank: float, method: str) -> None:
    """The badge of a rank correlation with the map under random weights; it leads to the method's card."""
    word = sanity.verdict(rank)
    said = f"{word} under {REDRAWN[part(subject)]}"
    layout.mark(said, layout.fixed(rank), KINDS[word], card(method))


def explain_empty(tiles: list[object], mend: dict[str, dict[str, object]]) -> None:
    """Why maps are empty, once for all of them; `mend` holds, for a kind of emptiness, the fields that a
    button sets to end it, under the button's name."""
    kinds = [tile.emptiness for tile in tiles if isinstance(tile, xai.Explanation) and tile.emptiness]
    for kind in dict.fromkeys(kinds):
        with st.container(horizontal=True, vertical_alignment="center"):
            count = kinds.count(kind)
            start = "1 map is empty." if count == 1 else f"{count} maps are empty."
            st.markdown(f":material/info: {in_markdown(start)} {layout.EMPTY[kind]}", width="content")
            for name, fields in mend.get(kind, {}).items():
                st.button(in_markdown(name), on_click=state.put, kwargs=fields)


def open_map(subject: Subject, e: xai.Explanation, look: Look, shared: Scale | None, field: str) -> None:
    """Show the map in a dialog; closing it resets `field`."""

    def close() -> None:
        state.reset(field)

    title = ", ".join(filter(None, [xai.METHODS[e.method].label, e.layer, named(e)]))
    st.dialog(in_markdown(title), width="large", on_dismiss=close)(_content)(subject, e, look, shared)


def _content(subject: Subject, e: xai.Explanation, look: Look, shared: Scale | None) -> None:
    view = pictures.view(subject.model, subject.image)
    picture, side = st.columns([1.9, 1], gap="large")
    with picture:
        figure = pointed.on(heatmap_figure(view, e, look, shared, height=600), e.view_size)
        with st.container(key="opened-picture"):  # as high as the style says, lower on a phone
            st.plotly_chart(figure, width="content", height="stretch", key="opened-map", config=PLAIN)
        scales.beside(e, look, shared)
        layout.about_here(e.method, reading(e, *look.sign_names()))
    with side:
        _settings(e)
        with st.container(horizontal=True):
            downloads.button(subject, e, look, shared)
            pin_map(subject, e, look, shared, "opened")
        check(subject, e)
        pointed.choose(view)


def _settings(e: xai.Explanation) -> None:
    rows, columns = e.heatmap.shape
    measured = xai.METHODS[e.method].facts
    titles = {p.name: parameters.title(p) for p in xai.METHODS[e.method].params}
    lines = {
        "Class": named(e, f"({e.target})"),
        "Logit": f"{e.logit:.3f}",
        "Probability": layout.percent(e.probability),
        "Map": f"{rows} × {columns} cells",
        "Lowest": layout.number(float(e.heatmap.min())),
        "Highest": layout.number(float(e.heatmap.max())),
        "Forward passes": f"{e.forwards:,}",
        "Time": layout.duration(e.seconds),
    } | {
        titles[name]: _word(value)
        for name, value in e.params.items()
        if value is not None and fitting.matters(name, e.params)
    }
    layout.table(lines | {measured[name]: layout.number(value) for name, value in e.facts.items()})


def _word(value: object) -> str:
    return {True: "on", False: "off"}.get(value, str(value)) if isinstance(value, bool) else str(value)
