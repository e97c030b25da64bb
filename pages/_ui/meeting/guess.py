"""Guess first: a map is held back, everybody marks where it will be highest, and then all of it is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

import xai_core as xai
from xai_core.escaping import in_markdown
from xai_core.figures import Look, encode, overlay, ringed

from .. import state
from ..results import maps, meetings, pictures
from ..results.meetings import Role
from ..state.subject import Subject
from ..widgets import families, layout
from ..widgets.methods import menu
from ..widgets.place import place

if TYPE_CHECKING:
    from xai_core.meeting import Asked, Round

TITLE = "Where will it look?"
COUNTED = 1.5  # seconds between two looks at how many have marked
FINE = 10_000  # steps of a mark across a picture, where it is drawn


def presenter(role: Role, subject: Subject, ended: bool) -> None:
    """The presenter's side."""
    every = meetings.services().rounds.all(role.meeting)
    layout.heading(TITLE)
    shown = [one for one in every if one.revealed is not None]
    if len(shown) < len(every):
        _held_back(role, subject, every[-1])
        _shown(shown)
    elif not shown:
        _ask(role, subject)
    else:
        _shown(shown)
        if not ended:
            with st.expander("Hold another map back", icon=":material/add:"):
                _ask(role, subject)


def follower(role: Role, subject: Subject) -> None:
    """A follower's side."""
    every = meetings.services().rounds.all(role.meeting)
    layout.heading(TITLE)
    if every and every[-1].revealed is None:
        _mark(role, subject, every[-1])
    elif not every:
        layout.blank("The presenter may hold a map back and ask you here where it will be highest")
    _shown([one for one in every if one.revealed is not None])


def _pick(method: str) -> None:
    """Another map; the list closes."""
    state.put(guessed_by=method)
    st.session_state["guess-methods.open"] = False


def _ask(role: Role, subject: Subject) -> None:
    from xai_core.meeting import Asked

    short = [key for key, spec in xai.METHODS.items() if not spec.long and key != "random"]
    listed, now = menu(subject.handle, short), state.get("guessed_by")
    few = families.few(listed, (now,))
    method = st.selectbox(
        "Map that is held back", few, key=state.bind("guessed_by"), format_func=listed.label
    )
    families.browse(listed, (now,), _pick, "guess-methods")
    state.keep("guessed_by", method)
    layout.picture(encode(pictures.view(subject.model, subject.image), "JPEG"), subject.image.name)
    why = xai.why_not(subject.handle, method)
    if why:
        st.info(in_markdown(why))
        return
    label = subject.target.label
    asked = Asked(
        subject.model,
        state.get("image"),
        subject.image.sha256,
        method,
        subject.target.index,
        label,
        f"{xai.METHODS[method].label} for {label}, {subject.image.name}",
    )
    layout.caption(f"For {label}", subject.image.name, subject.handle.spec.label)
    st.button("Hold the map back and ask", type="primary", on_click=_open, args=(role, asked))


@state.told
def _open(role: Role, asked: Asked) -> None:
    meetings.services().rounds.open(role.meeting, asked)


def _is_here(subject: Subject, asked: Asked) -> bool:
    return (subject.model, subject.image.sha256) == (asked.model, asked.sha256)


def _held_back(role: Role, subject: Subject, one: Round) -> None:
    asked = one.asked
    layout.note(f"Held back: {asked.title}")
    if not _is_here(subject, asked):
        fields = {"model": asked.model, "image": asked.picture, "target": asked.target}
        st.button("Back to the picture of this round", on_click=state.put, kwargs=fields)
        return
    layout.picture(encode(pictures.view(subject.model, subject.image), "JPEG"), subject.image.name)
    _count(role, one.id)
    with st.container(horizontal=True):
        if st.button("Show the map and all marks", type="primary"):
            _reveal(role, subject, one)
            st.rerun()
        st.button("Withdraw", type="tertiary", on_click=_withdraw, args=(role, one.id))


@st.fragment(run_every=COUNTED)
def _count(role: Role, round_: int) -> None:
    marked, people = meetings.services().rounds.count(round_), meetings.following(role.meeting)
    layout.say(f"{marked} marked · {people} {'follows' if people == 1 else 'follow'}")


@state.told
def _withdraw(role: Role, round_: int) -> None:
    meetings.services().rounds.withdraw(role.meeting, round_)


def _reveal(role: Role, subject: Subject, one: Round) -> None:
    """The map is computed, and kept with its marks and numbers: everybody is shown the same file."""
    from xai_core.meeting import agreement, sentence

    rounds, asked = meetings.services().rounds, one.asked
    rounds.close(role.meeting, one.id)
    e = maps.explain(subject.model, subject.image, [xai.Request(asked.method, asked.target)])[0]
    marks = rounds.marks(one.id)
    x, y = marks["x"].to_numpy(float), marks["y"].to_numpy(float)
    try:
        found = agreement(e.upsampled(), x, y)
        outcome = found.numbers() | {"sentence": sentence(found)}
    except xai.InputError as error:  # a map without a positive value
        outcome = {"sentence": str(error), "marks": len(marks)}
    drawn = overlay(pictures.view(subject.model, subject.image), e, Look())
    places = np.column_stack([y, x]) * FINE - 0.5
    rounds.reveal(role.meeting, one.id, outcome, encode(ringed(drawn, places, (FINE, FINE)), "JPEG"))


def _mark(role: Role, subject: Subject, one: Round) -> None:
    asked = one.asked
    if not _is_here(subject, asked):
        layout.blank("Go back to the presenter to mark the picture of this round")
        return
    rounds = meetings.services().rounds
    mine = rounds.mark_of(one.id, role.person)
    said = f"Tap the place where {xai.METHODS[asked.method].label} will be highest for: {asked.label}."
    layout.note(said)
    chosen = None if mine is None else (mine.x, mine.y)
    view = pictures.view(subject.model, subject.image)
    place(view, chosen, f"guess-{one.id}", said, lambda sides: _keep(role, one.id, *sides))
    if mine is not None:
        layout.say("Your mark is kept. You can move it until the map is shown.")


def _keep(role: Role, round_: int, *sides: float) -> None:
    from xai_core.meeting import Mark

    if role.person is not None:
        meetings.services().rounds.mark(round_, role.person, Mark(*sides))


def _shown(every: list[Round]) -> None:
    """What was found, the last round large and open, the others folded."""
    for one in reversed(every):
        if one is every[-1]:
            _outcome(one)
        else:
            with st.expander(in_markdown(f"Round {one.number}: {one.asked.title}")):
                _outcome(one)


def _outcome(one: Round) -> None:
    file = meetings.services().rounds.picture(one.id)
    if file is None:
        layout.blank("The map is on its way")
        return
    layout.say(str(one.outcome.get("sentence", "")))
    layout.picture(file, f"{one.asked.title}, with all marks")
    layout.caption(one.asked.title, f"{one.outcome.get('marks', 0)} marks")
