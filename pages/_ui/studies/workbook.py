"""A visitor's own answers: a folder whose name nobody can guess, and which stands in his address."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import streamlit as st

from xai_core.board import new_board
from xai_core.disk import folder_of, writing
from xai_core.escaping import in_markdown
from xai_core.studies import Recipe, find_study
from xai_core.studies.answers import LONGEST, read_answers, write_answers

from .. import state

FOLDER = "XAI_STUDIES_DIR"  # the variable that names the folder


def folder(recipe: Recipe) -> Path:
    """Where this visitor's answers to a study lie; it need not exist."""
    return folder_of(FOLDER, "workbooks") / (state.get("workbook") or "none") / recipe.key


def slot(recipe: Recipe, key: str, question: str, answers: Mapping[str, str]) -> None:
    """A question with the place for its answer, which is kept when it is left."""
    widget = f"answer-{recipe.key}-{key}"
    st.text_area(
        in_markdown(question),
        answers.get(key, ""),
        max_chars=LONGEST,
        key=widget,
        height=110,
        placeholder="Your answer",
        on_change=_write,
        args=(recipe.key, key, widget),
    )


@state.told
def _write(name: str, key: str, widget: str) -> None:
    text = state.of_widget(widget)
    if text is None:
        return
    if not state.get("workbook"):
        state.put(workbook=new_board())
    recipe = find_study(name)
    with writing("Answers", FOLDER):
        write_answers(folder(recipe), recipe, {**read_answers(folder(recipe), recipe), key: text})
