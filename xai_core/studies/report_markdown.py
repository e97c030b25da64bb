"""A study as Markdown for a README: texts, tables and the names of the figures' files beside it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from . import words
from .outcome import Figure, Table
from .runner import StudyResult, TaskResult

FOLDER = "figures"
_SIGNS = re.compile(r"([\\`*_\[\]<>|#])")


def report_markdown(
    result: StudyResult, answers: Mapping[str, str] | None = None, instructor: bool = False
) -> str:
    """The report; figures are files of the ZIP, in its folder "figures"."""
    recipe = result.recipe
    lines = [f"# {plain(recipe.title)}{_mark(result.stands_in)}", plain(recipe.source), plain(recipe.about)]
    lines += [f"> {plain(note)}" for note in words.stand_ins(result)]
    count = {"Figure": 0, "Table": 0}
    for task in result.tasks:
        lines += _task(task, answers or {}, instructor, count)
    return "\n\n".join(lines) + "\n"


def plain(text: object) -> str:
    """The text on one line, with no sign that Markdown reads."""
    return _SIGNS.sub(r"\\\1", " ".join(str(text).split()))


def _mark(stands_in: bool) -> str:
    return " (stand-in)" if stands_in else ""


def _task(
    result: TaskResult, answers: Mapping[str, str], instructor: bool, count: dict[str, int]
) -> list[str]:
    task = result.task
    lines = [
        f"## {plain(task.key)} {plain(task.title)}{_mark(bool(result.setup.missing))}",
        plain(task.about),
        f"{plain(words.ran_with(result))}.",
    ]
    if result.failed:
        lines.append(f"This task could not be done: {plain(result.failed)}")
    elif not instructor:
        lines += [plain(clause.text) for clause in result.outcome.clauses]
        lines += [_block(block, result, count) for block in result.outcome.blocks]
        lines += [plain(note) for note in result.outcome.notes]
    if result.findings:
        rows = [words.finding_row(found) for found in result.findings]
        rows = [(claim, said, "", "") for claim, said, *_ in rows] if instructor else rows
        lines.append(table(words.FINDINGS, rows))
        lines += dict.fromkeys(plain(found.test) for found in result.findings)
    for number, question in enumerate(task.questions, 1):
        answer = plain(answers.get(f"{task.key}.{number}", "")) or "_Your answer._"
        lines += [f"**Question.** {plain(question)}", answer]
    return lines


def _block(block: Figure | Table, result: TaskResult, count: dict[str, int]) -> str:
    kind = type(block).__name__
    count[kind] += 1
    caption = f"{kind} {count[kind]}. {plain(block.caption)}"
    if isinstance(block, Table):
        rows = [[words.cell(value, block.digits) for value in row] for row in block.rows]
        return f"{caption}\n\n{table(block.columns, rows)}"
    ending = "svg" if block.chart is not None else "png"
    return f"![{caption}]({FOLDER}/{words.file_of(block, result, ending)})\n\n{caption}"


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of Markdown."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(v if v == '---' else plain(v) for v in line)} |" for line in lines)
