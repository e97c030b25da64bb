"""The participant's side: one question at a time, and nothing else of the study."""

from __future__ import annotations

import streamlit as st

from xai_core.escaping import in_markdown
from xai_core.trust_study import VALUES, Participant, Question, Study, questions
from xai_core.trust_study.store import LONGEST_NAME, LONGEST_NOTE

from .. import state
from ..results import database
from ..widgets import layout
from . import data, mark

ANSWERS = ("A clearly", "A slightly", "Equal", "B slightly", "B clearly")


def show() -> None:
    """What the participants' link opens."""
    store = database.store()
    found = store.for_participants(state.get("take"))
    with st.container(horizontal=True, horizontal_alignment="center"), st.container(key="study", width=820):
        if found is None:
            nothing_here()
            return
        number, study = found
        person = store.participant(number, state.get("me")) if state.get("me") else None
        if person is None:
            _welcome(number, study)
            return
        asked = questions(study, person.number)
        answered = store.answered(person.id)
        left = [question for question in asked if question.number not in answered]
        if left:
            _question(number, study, person, left[0], len(asked) - len(left) + 1, len(asked))
        else:
            _thanks(study, person)


def nothing_here() -> None:
    """For a key that opens nothing: nothing of any study is said."""
    st.title("Trust study")
    st.write("This link opens no study: it may be incomplete, or the study may have ended.")


def _welcome(number: int, study: Study) -> None:
    st.title("Trust study")
    layout.heading(study.title)
    layout.say(
        "Two networks look at the same picture and both are right about it. A map shows what in the picture "
        "each of them goes by. Say each time which network seems more reliable: your impression counts."
    )
    layout.note(f"{study.count} questions. You can stop at any time and go on later on this device.")
    name = st.text_input("Your name, if you like", max_chars=LONGEST_NAME, width=420)
    layout.note("Whoever made the study sees the name beside your answers; without one you are a number.")
    st.button("Start", type="primary", on_click=_join, args=(number, name))


@state.told
def _join(number: int, name: str) -> None:
    state.put(me=database.store().join(number, name))


def _question(
    number: int, study: Study, person: Participant, question: Question, place: int, count: int
) -> None:
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        layout.heading(f"{place} of {count}")
        with st.popover("Pause", icon=":material/pause:", type="tertiary"):
            st.write("Close this page whenever you like. Its address brings you back to where you stopped.")
            st.code(st.context.url or "", language=None, wrap_lines=True)
    st.progress((place - 1) / count)
    image = data.image(number, question.picture)
    if study.guess_first and question.picture.key not in database.store().marked(person.id):
        mark.show(person, question.picture, image)
        return
    models = (study.models[question.left], study.models[1 - question.left])
    st.subheader("Which network seems more reliable?", anchor=False)
    layout.note(f"Both say: {question.picture.label}. The maps show what each goes by.")
    with st.container(key="pair"):
        for column, model, name in zip(st.columns(2, gap="small"), models, "AB", strict=True):
            with column:
                layout.heading(name)
                layout.picture(data.drawn(model, image, question.picture, question.method), f"Map {name}")
    with st.container(key="answers"):
        for column, value, words in zip(st.columns(5, gap="small"), VALUES, ANSWERS, strict=True):
            column.button(
                in_markdown(words),
                key=f"answer-{question.number}-{value}",
                width="stretch",
                on_click=_answer,
                args=(person.id, question.number, value),
            )


@state.told
def _answer(person: int, question: int, value: int) -> None:
    database.store().answer(person, question, value)  # a second click finds the first answer, which stands


def _thanks(study: Study, person: Participant) -> None:
    st.title("Thank you")
    layout.heading(study.title)
    layout.say(f"All {study.count} answers are in. You can close this page.")
    text = st.text_area("Anything to add?", person.note, max_chars=LONGEST_NOTE, width=620)
    st.button("Send", on_click=_note, args=(person.id, text), disabled=text == person.note)
    if person.note:
        layout.note("Sent.")


@state.told
def _note(person: int, text: str) -> None:
    database.store().note(person, text)
