"""Trust check: does a map depend on the weights, on the class, and on nothing but them?"""

from __future__ import annotations

from functools import partial

import pandas as pd
import streamlit as st

import xai_core as xai
from pages._ui import compute, measured, state
from pages._ui.results import pictures
from pages._ui.results.drawn import on_maps
from pages._ui.results.drawn import tile as tile_file
from pages._ui.state.entries import Entry
from pages._ui.state.subject import Subject
from pages._ui.trust import cascade, scatter, verdict
from pages._ui.trust import seeds as trust_seeds
from pages._ui.trust.presets import PRESETS
from pages._ui.widgets import choose, frames, inspect, layout, look, measures, parameters, presets, scales
from xai_core.escaping import in_markdown
from xai_core.metrics import agreement, sanity
from xai_core.metrics.qualities import QUALITIES

CHECKS = {
    "badges": "Random weights",
    "layers": "Layer by layer",
    "scatter": "Contrast and fidelity",
    "seeds": "Seeds",
    "measures": "Measures",
}
ABOUT = {
    "badges": (measures.RANDOMISATION,),
    "layers": (measures.RANDOMISATION,),
    "scatter": (measures.CONTRAST,),
    "seeds": (measures.SEEDS,),
    "measures": QUALITIES,
}
REDRAWN = {"head": "The head", "all": "All weights"}
PROMPTS = {"prompt": "The prompts"}  # offered where the classes are prompts
COLUMNS = 4


def show(subject: Subject) -> None:
    """The page."""
    presets.head("Trust check", PRESETS)
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        check = choose.one_of("Check", CHECKS, "check", titled=False)
        seeds = check == "seeds"
        offered = trust_seeds.SEEDED if seeds else list(xai.METHODS)
        entries = parameters.choose_maps(subject.handle, "seed_maps" if seeds else "trust_maps", offered)
        layout.about_spec(*ABOUT[check])
    if not entries:
        st.info("Choose at least one map.")
        return
    try:
        requests = [entry.request(subject) for entry in entries]
    except xai.InputError as error:
        st.error(in_markdown(error))
        return
    show = {
        "badges": _badges,
        "layers": cascade.show,
        "scatter": scatter.show,
        "seeds": trust_seeds.show,
        "measures": measured.show,
    }[check]
    show(subject, entries, requests)


def _badges(subject: Subject, entries: tuple[Entry, ...], requests: list[xai.Request]) -> None:
    """Each map under the trained and under random weights, one above the other, with the badge."""
    offered = REDRAWN | (PROMPTS if inspect.asks_prompts(subject) else {})
    if state.get("redrawn") not in offered:
        state.reset("redrawn")
    choose.one_of(
        "Drawn anew",
        offered,
        "redrawn",
        help="The head is what follows the last stage: it holds what was learned about each class.",
    )
    with frames.until_done(len(requests), needed=not inspect.random_is_loaded(subject)):
        trained = compute.tiles(subject, requests, "trained")
        randomised = inspect.random_subject(subject)
        random = compute.tiles(randomised, requests, "random")
    _verdict(subject, entries, trained, random)
    _pairs(subject, entries, trained, random)
    _agreement(entries, trained)


def _verdict(
    subject: Subject, entries: tuple[Entry, ...], trained: list[compute.Tile], random: list[compute.Tile]
) -> None:
    """Which maps the random weights change."""
    ranks = {
        entry.label(): on_maps(agreement.spearman, one, other)
        for entry, one, other in zip(entries, trained, random, strict=True)
        if isinstance(one, xai.Explanation) and isinstance(other, xai.Explanation)
    }
    if ranks:
        part = inspect.part(subject)
        layout.say(verdict.badges(ranks, inspect.REDRAWN[part], part in PROMPTS))
        drawn = "one list of nonsense prompts" if part in PROMPTS else "one draw of the weights"
        layout.note(f"One picture, and {drawn}.")


@look.redrawn
def _pairs(
    subject: Subject, entries: tuple[Entry, ...], trained: list[compute.Tile], random: list[compute.Tile]
) -> None:
    """The maps in columns, and their badges as a table."""
    drawn = look.choose_look()
    ranks = []
    for start in range(0, len(entries), COLUMNS):
        part = slice(start, start + COLUMNS)
        shown = list(zip(entries[part], trained[part], random[part], strict=True))
        for column, (entry, one, other) in zip(
            st.columns(max(len(shown), 3), gap="small"), shown, strict=False
        ):
            with column:
                layout.heading(entry.label())
                rank = _pair(subject, one, other, drawn, len(ranks))
                ranks.append({"map": entry.label(), "rank": rank})
    opened = state.get("trust_tile")
    if 0 <= opened < len(trained) and isinstance(trained[opened], xai.Explanation):
        inspect.open_map(subject, trained[opened], drawn, None, "trust_tile")
    layout.caption(
        "Above: the trained network. Below: the same network, its weights drawn anew",
        f"✗ hardly changes: a rank correlation of {sanity.HARDLY} or more",
        f"✓ changes: below {sanity.CLEARLY}",
        "~ in part",
    )
    table = pd.DataFrame(ranks)
    st.download_button(
        "Badges as CSV", table.to_csv(index=False), "badges.csv", "text/csv", on_click="ignore"
    )


def _pair(
    subject: Subject, one: compute.Tile, other: compute.Tile, drawn: look.Look, number: int
) -> float | None:
    if not isinstance(one, xai.Explanation) or not isinstance(other, xai.Explanation):
        layout.blank(next(t for t in (one, other) if not isinstance(t, xai.Explanation)))
        return None
    view = pictures.view(subject.model, subject.image)
    name = f"Open {xai.METHODS[one.method].label}, {one.label}"
    with st.container(key=f"tile-{number}"):
        file = tile_file(view, one, drawn)
        layout.pick(f"trust-{number}", file, name, state.put, kwargs={"trust_tile": number})
        scales.bar(one, drawn)
    said = f"{xai.METHODS[other.method].label} under {inspect.REDRAWN[inspect.part(subject)]}"
    layout.picture(tile_file(view, other, drawn), said, f"random-{number}")
    scales.bar(other, drawn)
    rank = on_maps(agreement.spearman, one, other)
    inspect.verdict(subject, rank, one.method)
    return rank


def _agreement(entries: tuple[Entry, ...], tiles: list[compute.Tile]) -> None:
    maps = [(entry, e) for entry, e in zip(entries, tiles, strict=True) if isinstance(e, xai.Explanation)]
    if len(maps) < 2:
        return
    st.subheader("Do they agree with each other?")
    measures = {
        "Rank correlation": (agreement.spearman, "rank"),
        "Structural similarity": (agreement.ssim, "rank"),
    }
    values = [e for _, e in maps]
    for column, (title, (measure, kind)) in zip(st.columns(2, gap="large"), measures.items(), strict=True):
        with column:
            layout.heading(title)
            layout.matrix(
                [entry.label() for entry, _ in maps],
                agreement.matrix(values, partial(on_maps, measure)),
                kind,
                title,
            )
