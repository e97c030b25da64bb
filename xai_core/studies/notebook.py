"""A study as a Jupyter notebook that makes the same calls, cell by cell.

For each task: what is done, with which model and pictures it is done here, the calls for its first picture,
and then the task's steps and conclusion, with its figures and tables."""

from __future__ import annotations

import json
from collections.abc import Mapping

from ._recipe import Recipe
from .needs import Setup
from .report_markdown import plain
from .sets import find_set

_BEGIN = '''from pathlib import Path

import numpy as np
from IPython.display import SVG, Image, Markdown, display

import xai_core as xai
from xai_core.studies import find_study, pictures
from xai_core.studies._recipe import Bench
from xai_core.studies.needs import settle
from xai_core.studies.report_markdown import table
from xai_core.studies.words import FINDINGS, cell, finding_row
from xai_core.studies.runner import TaskResult, concluded

study = find_study({key!r})
folder = {folder}  # where pictures are looked for
limit = {limit}  # the first pictures of each task alone


def show(result):
    """Sentences, figures, tables and findings of a task."""
    for clause in result.outcome.clauses:
        display(Markdown(clause.text))
    for block in result.outcome.blocks:
        if hasattr(block, "rows"):
            rows = [[cell(value, block.digits) for value in row] for row in block.rows]
            display(Markdown(table(block.columns, rows)))
        elif block.chart is not None:
            display(SVG(data=pictures.chart_svg(block.chart)))
        else:
            display(Image(data=pictures.sheet_png(block)))
        display(Markdown(block.caption))
    if result.findings:
        display(Markdown(table(FINDINGS, [finding_row(found) for found in result.findings])))'''

_SETTLE = """setup = settle(study.task({key!r}), folder, limit)
handle = xai.load_model({model!r})
others = tuple(xai.load_model(key) for key in setup.others)
bench = Bench(handle, setup.examples, setup.parameters, setup.stands_in, others=others)
parameters = setup.parameters
image = bench.image(0)
target = xai.predict(handle, image, 1)[0].index"""

_RUN = """task = setup.task
found = {step: task.compute(bench, step) for step in task.steps(bench)}
result = concluded(TaskResult(setup, bench, found))
show(result)"""


def notebook(
    recipe: Recipe,
    setups: list[Setup],
    answers: Mapping[str, str] | None = None,
    folder: str | None = None,
    limit: int | None = None,
) -> bytes:
    """The bytes of an .ipynb (format 4.5) without results; it runs where xai_core can be imported."""
    where = f"Path({folder!r})" if folder else "None"
    begin = _BEGIN.replace("{key!r}", repr(recipe.key)).replace("{folder}", where)
    cells = [
        _text(f"# {plain(recipe.title)}\n\n{plain(recipe.source)}\n\n{plain(recipe.about)}"),
        _code(begin.replace("{limit}", repr(limit))),
    ]
    for setup in setups:
        cells += _task(setup, answers or {})
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
    return (json.dumps({"cells": cells, **_FORMAT}, indent=1, ensure_ascii=False) + "\n").encode()


def _task(setup: Setup, answers: Mapping[str, str]) -> list[dict[str, object]]:
    task = setup.task
    stand_in = "".join(f"\n\n> {plain(one.short)}" for one in setup.missing)
    title = f"## {plain(task.key)} {plain(task.title)}{' (stand-in)' if setup.missing else ''}"
    about = f"{plain(task.about)} Pictures: {plain(find_set(setup.pictures).label)}."
    settle = _SETTLE.replace("{key!r}", repr(task.key)).replace("{model!r}", repr(setup.model))
    cells = [_text(f"{title}\n\n{about}{stand_in}"), _code(settle)]
    if task.calls:
        cells.append(_code(task.calls))
    cells.append(_code(_RUN))
    for number, question in enumerate(task.questions, 1):
        answer = plain(answers.get(f"{task.key}.{number}", ""))
        cells.append(_text(f"**Question.** {plain(question)}\n\n{answer}"))
    return cells


def _text(source: str) -> dict[str, object]:
    return {"cell_type": "markdown", "metadata": {}, "source": source.splitlines(keepends=True)}


def _code(source: str) -> dict[str, object]:
    return {
        "cell_type": "code",
        "execution_count": None,
        "metadata": {},
        "outputs": [],
        "source": source.splitlines(keepends=True),
    }


_FORMAT: dict[str, object] = {
    "metadata": {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    },
    "nbformat": 4,
    "nbformat_minor": 5,
}
