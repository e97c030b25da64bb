"""A study that was done: task by task, with the student's answers, and the report in its forms."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from xai_core.escaping import in_markdown
from xai_core.figures import Curve, curves, encode
from xai_core.studies import Recipe, words
from xai_core.studies.answers import read_answers
from xai_core.studies.clauses import proof
from xai_core.studies.notebook import notebook
from xai_core.studies.outcome import Figure, Table
from xai_core.studies.pictures import sheet_png
from xai_core.studies.report_html import report_html
from xai_core.studies.report_markdown import report_markdown
from xai_core.studies.report_zip import report_zip
from xai_core.studies.runner import StudyResult, TaskResult

from .. import state
from ..widgets import choose, layout
from ..widgets.charts import chart
from . import tasks, work, workbook


def show(result: StudyResult) -> None:
    """The task that is chosen, below the downloads."""
    recipe = result.recipe
    answers = read_answers(workbook.folder(recipe), recipe)
    instructor = _head(result, answers)
    names = {task.task.key: task.task.key for task in result.tasks}
    if state.get("study_task") not in names:
        state.put_quietly("study_task", next(iter(names)))
    chosen = choose.one_of("Task", names, "study_task", titled=False)
    _task(recipe, next(task for task in result.tasks if task.task.key == chosen), answers, instructor)


def _head(result: StudyResult, answers: Mapping[str, str]) -> bool:
    """Downloads and the instructor's switch; whether it is on."""
    missing = dict.fromkeys(one for task in result.tasks for one in task.setup.missing)
    with st.container(horizontal=True, vertical_alignment="center"):
        instructor = st.toggle(
            "Instructor’s version",
            key=state.bind("instructor"),
            help="Leaves out what was computed, and asks the questions.",
        )
        state.keep("instructor", instructor)
        stem, recipe = result.stem + ("-questions" if instructor else ""), result.recipe
        setups = [task.setup for task in result.tasks]
        for label, make, ending, kind in (
            ("HTML", lambda: report_html(result, answers, instructor), "html", "text/html"),
            ("ZIP", lambda: report_zip(work.whole(recipe), answers, instructor), "zip", "application/zip"),
            ("Markdown", lambda: report_markdown(result, answers, instructor), "md", "text/markdown"),
            ("Notebook", lambda: notebook(recipe, setups, answers), "ipynb", "application/x-ipynb+json"),
        ):
            st.download_button(
                in_markdown(label),
                make,
                f"{stem}.{ending}",
                kind,
                key=f"study-{ending}",
                on_click="ignore",
                icon=":material/download:",
            )
        if missing:
            with st.popover(f"Stand-ins: {len(missing)}", type="tertiary"):
                tasks.stand_ins(missing)
    return instructor


def _task(recipe: Recipe, result: TaskResult, answers: Mapping[str, str], instructor: bool) -> None:
    mark = " (stand-in)" if result.setup.missing else ""
    layout.heading(f"{result.task.title}{mark}")
    layout.say(result.task.about)
    layout.note(words.ran_with(result))
    if result.failed:
        st.warning(in_markdown(f"This task could not be done: {result.failed}"))
    elif not instructor:
        _clauses(result)
        for block in result.outcome.blocks:
            _block(block, result)
    _findings(result, instructor)
    for number, question in enumerate(result.task.questions, 1):
        workbook.slot(recipe, f"{result.task.key}.{number}", question, answers)


def _clauses(result: TaskResult) -> None:
    """The sentences, each with its numbers behind it."""
    for place, clause in enumerate(result.outcome.clauses):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(in_markdown(clause.text), width="content")
            with st.popover("Numbers", type="tertiary", key=f"proof-{result.task.key}-{place}"):
                for line in proof(clause):
                    st.markdown(in_markdown(line))


def _block(block: Figure | Table, result: TaskResult) -> None:
    if isinstance(block, Table):
        rows = [[words.cell(value, block.digits) for value in row] for row in block.rows]
        layout.grid_table(pd.DataFrame(rows, columns=list(block.columns)))
    elif block.chart is not None:
        lines = {
            one.name: Curve(one.x, one.y, one.colour, one.low, one.high, one.dash)
            for one in block.chart.series
        }
        figure = curves(lines, block.chart.titles, block.chart.span, height=400)
        chart(figure, f"study-{result.task.key}-{block.key}", block.caption)
    elif len(block.tiles) > 1:
        _tiles(block)
    else:
        layout.picture(sheet_png(block), block.caption)
    layout.note(block.caption)


def _tiles(figure: Figure) -> None:
    """The tiles in rows, all of one size."""
    across = min(figure.across, len(figure.tiles))
    for start in range(0, len(figure.tiles), across):
        for column, tile in zip(
            st.columns(across, gap="small"), figure.tiles[start : start + across], strict=False
        ):
            with column:
                layout.picture(encode(tile.pixels), tile.label)
                layout.note(tile.label)


def _findings(result: TaskResult, instructor: bool) -> None:
    if not result.findings:
        return
    layout.heading("Paper, here, verdict")
    rows = [words.finding_row(found) for found in result.findings]
    if instructor:
        rows = [(claim, said, "", "") for claim, said, _, _ in rows]
    layout.grid_table(pd.DataFrame(rows, columns=list(words.FINDINGS)))
    for test in dict.fromkeys(found.test for found in result.findings):
        layout.note(test)
