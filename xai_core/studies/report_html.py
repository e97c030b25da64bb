"""A study as one HTML file: it opens offline, fetches nothing, and prints on A4, each task on a new page.

A sentence shows the numbers that prove it where the pointer rests on it, and where it is clicked or focused.
The student's answers stand below the questions; in the file they can be written too, and saved as
answers.json. The instructor's version leaves out what was computed and asks the questions."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence

from ..board.export_html import POLICY
from ..escaping import in_html
from . import words
from .clauses import Clause, proof
from .outcome import Figure, Finding, Table
from .pictures import chart_svg, tile_png
from .report_style import SCRIPT, STYLE
from .runner import StudyResult, TaskResult

INSTRUCTOR = "Instructor's version: computed answers are left out."


def report_html(
    result: StudyResult, answers: Mapping[str, str] | None = None, instructor: bool = False
) -> str:
    """The whole report. `answers` are those of `answers.read_answers`."""
    recipe, numbers = result.recipe, _Numbers()
    sections = "\n".join(_section(task, answers or {}, instructor, numbers) for task in result.tasks)
    mark = ' <span class="mark">stand-in</span>' if result.stands_in else ""
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="icon" href="data:,"><title>{in_html(recipe.title)}</title>'
        f"<style>{STYLE}</style></head>\n"
        f'<body data-study="{in_html(recipe.key)}"><header><h1>{in_html(recipe.title)}{mark}</h1>'
        f'<p class="source">{in_html(recipe.source)}</p><p>{in_html(recipe.about)}</p>'
        f"{_notes(words.stand_ins(result))}{_notes([INSTRUCTOR] if instructor else [])}"
        f"{_contents(result)}</header>\n<main>{sections}</main>\n"
        f'<footer class="screen"><button id="save">Save the answers</button></footer>'
        f"<script>{SCRIPT}</script></body></html>\n"
    )


class _Numbers:
    """Figures and tables are numbered through the whole report."""

    def __init__(self) -> None:
        self.figures = self.tables = 0

    def figure(self) -> int:
        self.figures += 1
        return self.figures

    def table(self) -> int:
        self.tables += 1
        return self.tables


def _contents(result: StudyResult) -> str:
    rows = "".join(
        f'<li><a href="#task-{in_html(t.task.key)}">{in_html(t.task.key)} {in_html(t.task.title)}</a></li>'
        for t in result.tasks
    )
    return f"<nav><ol>{rows}</ol></nav>"


def _section(result: TaskResult, answers: Mapping[str, str], instructor: bool, numbers: _Numbers) -> str:
    task = result.task
    mark = ' <span class="mark">stand-in</span>' if result.setup.missing else ""
    parts = [
        f'<section id="task-{in_html(task.key)}"><h2>{in_html(task.key)} {in_html(task.title)}{mark}</h2>',
        f"<p>{in_html(task.about)}</p><p class='with'>{in_html(words.ran_with(result))}.</p>",
    ]
    if result.failed:
        parts.append(f'<p class="note">This task could not be done: {in_html(result.failed)}</p>')
    elif instructor:
        parts.append(_findings(result.findings, asked=True))
    else:
        parts += [f"<p class='finding'>{_clause(clause)}</p>" for clause in result.outcome.clauses]
        parts += [_block(block, numbers) for block in result.outcome.blocks]
        parts += [_findings(result.findings), _notes(result.outcome.notes)]
    parts += [_question(f"{task.key}.{n}", question, answers) for n, question in enumerate(task.questions, 1)]
    return "".join(parts) + "</section>"


def _block(block: Figure | Table, numbers: _Numbers) -> str:
    if isinstance(block, Table):
        caption = f"<b>Table {numbers.table()}.</b> {in_html(block.caption)}"
        rows = [[words.cell(value, block.digits) for value in row] for row in block.rows]
        return _table(block.columns, rows, caption)
    caption = f"<figcaption><b>Figure {numbers.figure()}.</b> {in_html(block.caption)}</figcaption>"
    if block.chart is not None:
        return f"<figure>{chart_svg(block.chart)}{caption}</figure>"
    across, on_paper = (min(n, len(block.tiles)) for n in (block.across, block.on_paper or block.across))
    tiles = "".join(
        f'<div><img alt="{in_html(tile.label)}" src="data:image/png;base64,'
        f'{base64.b64encode(tile_png(tile.pixels)).decode()}"><span>{in_html(tile.label)}</span></div>'
        for tile in block.tiles
    )
    style = f"--across:{across};--on-paper:{on_paper}"
    return f'<figure><div class="tiles" style="{style}">{tiles}</div>{caption}</figure>'


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]], caption: str = "") -> str:
    head = "".join(f"<th>{in_html(name)}</th>" for name in columns)
    body = "".join(f"<tr>{''.join(f'<td>{in_html(v)}</td>' for v in row)}</tr>" for row in rows)
    above = f"<caption>{caption}</caption>" if caption else ""
    return (
        f'<div class="wide"><table>{above}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
    )


def _clause(clause: Clause) -> str:
    """The sentence, with its numbers where it is pointed at or clicked."""
    lines = "".join(f"<span>{in_html(line)}</span>" for line in proof(clause))
    kind = "clause" if clause.decided else "clause open"
    return (
        f'<span class="{kind}" tabindex="0">{in_html(clause.text)}<span class="proof">{lines}</span></span>'
    )


def _findings(findings: Sequence[Finding], asked: bool = False) -> str:
    """Paper, here, verdict; `asked` leaves the last two for the student."""
    if not findings:
        return ""
    rows = [words.finding_row(found) for found in findings]
    if asked:
        rows = [(claim, said, "", "") for claim, said, _, _ in rows]
    tests = list(dict.fromkeys(found.test for found in findings))
    return _table(words.FINDINGS, rows, "<b>Paper, here, verdict</b>") + _notes(tests)


def _question(key: str, question: str, answers: Mapping[str, str]) -> str:
    answer = in_html(answers.get(key, ""))
    return (
        f'<div class="question"><p><b>Question.</b> {in_html(question)}</p>'
        f'<div class="answer" data-key="{in_html(key)}" contenteditable="plaintext-only" role="textbox" '
        f'aria-label="Your answer">{answer}</div></div>'
    )


def _notes(notes: Sequence[str]) -> str:
    return "".join(f'<p class="note">{in_html(note)}</p>' for note in notes)
