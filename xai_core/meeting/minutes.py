"""The minutes of a meeting: the path of views, what was guessed, what was asked, and what was pinned.

    found = collect(meetings, rounds, questions, number)
    minutes_html(found, pins)          # one file that opens offline
    minutes_zip(found, pins)           # with tables, pictures, and everything of the pinboard

No key travels with them: where a view showed a picture of the presenter's own, its address says so and opens
nothing."""

from __future__ import annotations

import base64
import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

import pandas as pd

from ..board import Pin, board_html, board_zip
from ..escaping import in_html
from .questions import Question, Questions
from .rounds import Round, Rounds
from .store import Meetings

NAME = "Minutes of a live meeting"
OWN_PICTURE = "upload:own picture"


@dataclass(frozen=True)
class Minutes:
    """What is known of a meeting. `views` are when, page and address; `rounds` have the file of their picture
    and the table of their marks (x, y)."""

    began: float
    views: Sequence[tuple[float, str, Mapping[str, str]]]
    rounds: Sequence[tuple[Round, bytes | None, pd.DataFrame]]
    questions: Sequence[Question]


def collect(meetings: Meetings, rounds: Rounds, questions: Questions, meeting: int) -> Minutes:
    """Everything of a meeting. Raises InputError for one that is gone."""
    shown = [one for one in rounds.all(meeting) if one.revealed is not None]
    return Minutes(
        meetings.began(meeting),
        meetings.views(meeting),
        [(one, rounds.picture(one.id), rounds.marks(one.id)) for one in shown],
        questions.all(meeting),
    )


def minutes_html(found: Minutes, pins: Sequence[Pin], name: str = NAME) -> str:
    """One file: what was asked and guessed first, then the path, then the pins as in a pinboard's report."""
    parts = [_began(found), _questions(found.questions), *map(_round, found.rounds), _path(found)]
    return board_html(pins, name, before="\n".join(filter(None, parts)))


def minutes_zip(found: Minutes, pins: Sequence[Pin], name: str = NAME) -> bytes:
    """The ZIP of the pinboard, and in it minutes.html, views.csv, questions.csv, rounds.csv, and for each
    round its marks and its picture."""
    buffer = io.BytesIO(board_zip(pins, name))
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("minutes.html", minutes_html(found, pins, name))
        for stem, table in tables(found).items():
            archive.writestr(f"{stem}.csv", table.to_csv(index=False))
        for one, picture, marks in found.rounds:
            archive.writestr(f"round_{one.number:02d}_marks.csv", marks.to_csv(index=False))
            if picture is not None:
                archive.writestr(f"round_{one.number:02d}.jpg", picture)
    return buffer.getvalue()


def tables(found: Minutes) -> dict[str, pd.DataFrame]:
    """The path, the questions and the rounds as tables, by name."""
    views = [(_time(at), page, address(page, query)) for at, page, query in found.views]
    asked = [
        (_time(one.asked), one.text, one.votes, one.answered, address(one.page, one.query))
        for one in found.questions
    ]
    rounds = [
        {"round": one.number, "map": one.asked.title, "model": one.asked.model} | one.outcome
        for one, _, _ in found.rounds
    ]
    return {
        "views": pd.DataFrame(views, columns=["shown", "page", "address"]),
        "questions": pd.DataFrame(asked, columns=["asked", "question", "votes", "answered", "address"]),
        "rounds": pd.DataFrame(rounds),
    }


def address(page: str, query: Mapping[str, str]) -> str:
    """The address of a view within the app, without the key of a kept picture."""
    plain = {
        name: OWN_PICTURE if text.startswith(("kept:", "pinned:")) else text for name, text in query.items()
    }
    return f"/{page}" + (f"?{urlencode(plain, safe='+:,/')}" if plain else "")


def _began(found: Minutes) -> str:
    return f'<p class="facts">Began {_time(found.began)}. {len(found.views)} views were shown.</p>'


def _questions(every: Sequence[Question]) -> str:
    if not every:
        return ""
    lines = "".join(
        f"<li>{in_html(one.text)} <span class='facts'>{one.votes} "
        f"{'vote' if one.votes == 1 else 'votes'}, {'answered' if one.answered else 'open'}, asked at "
        f"{in_html(address(one.page, one.query))}</span></li>"
        for one in every
    )
    return f"<h2>Questions</h2><ol>{lines}</ol>"


def _round(given: tuple[Round, bytes | None, pd.DataFrame]) -> str:
    one, picture, _ = given
    shown = ""
    if picture is not None:
        data = base64.b64encode(picture).decode()
        shown = f'<p><img src="data:image/jpeg;base64,{data}" alt="{in_html(one.asked.title)}"></p>'
    said = in_html(one.outcome.get("sentence", ""))
    return f"<h2>Guess first: {in_html(one.asked.title)}</h2><p>{said}</p>{shown}"


def _path(found: Minutes) -> str:
    lines = "".join(
        f"<li><span class='facts'>{_time(at)}</span> {in_html(address(page, query))}</li>"
        for at, page, query in found.views
    )
    return f"<h2>What was shown</h2><ol>{lines}</ol>" if lines else ""


def _time(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M} UTC"
