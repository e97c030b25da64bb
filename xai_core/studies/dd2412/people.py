"""The trust study of task 4 in the database of the trust studies: it is made once, and its answers are taken.

The key for participants is kept in a file of XAI_DATA_DIR, since everybody who does this study is shown the
same link; nobody is given a key for the results, which the report has. The library of the database takes a
third of a second to import, so it is imported where it is first needed."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ...board.folder import replace_file
from ...disk import folder_of, writing
from ...types import InputError
from .._recipe import Values

if TYPE_CHECKING:
    from ...trust_study import Study, StudyStore

FILE = "dd2412-trust.json"
BETWEEN, WITHIN = ",", ":"  # answers; participant, question and value of one


def store() -> StudyStore:
    """The database that the page Trust study uses."""
    from ...trust_study import open_store

    return open_store(os.environ.get("DATABASE_URL") or None)


def participants_key(name: str) -> str | None:
    """The key of the study that was made under this name; None where there is none."""
    return _keys().get(name)


def answers(name: str) -> str:
    """All answers as one word, "0:3:2,1:3:-1": participant, question, value. "" where nobody has answered,
    and where there is no such study. Names of people are not in it."""
    key = participants_key(name)
    found = store().for_participants(key) if key else None
    if found is None:
        return ""
    table = store().answers(found[0])[["participant", "question", "value"]]
    rows = sorted(tuple(map(int, row)) for row in table.itertuples(index=False))
    return BETWEEN.join(WITHIN.join(map(str, row)) for row in rows)


def read(word: str) -> Values:
    """The answers of such a word: participant, question and value, each (n,). Raises InputError for another
    text."""
    try:
        rows = np.array([[int(part) for part in one.split(WITHIN)] for one in word.split(BETWEEN)])
    except ValueError:
        rows = np.zeros(0, int)
    if rows.ndim != 2 or rows.shape[1] != 3 or (np.abs(rows[:, 2]) > 2).any() or (rows[:, :2] < 0).any():
        raise InputError(f"The answers are {word[:60]!r}; participant:question:value is accepted.")
    return dict(zip(("participant", "question", "value"), rows.T, strict=True))


def made(name: str, study: Study, pictures: Mapping[str, bytes]) -> str:
    """The key for participants of the study of that name, which is made where it is not there yet."""
    key = participants_key(name)
    if key is not None and store().for_participants(key) is not None:
        return key
    key, _ = store().create(study, pictures)
    path = _file()
    with writing("The keys of trust studies", "XAI_DATA_DIR"):
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, json.dumps(_keys() | {name: key}, indent=1).encode())
    return key


def _file() -> Path:
    return folder_of("XAI_DATA_DIR") / FILE


def _keys() -> dict[str, str]:
    """All keys by name. Raises InputError for a file that cannot be read, which is left as it is."""
    try:
        found = json.loads(_file().read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise InputError(
            f"{FILE} cannot be read ({type(error).__name__}); delete it to begin anew."
        ) from error
    if not isinstance(found, dict) or not all(isinstance(key, str) for key in found.values()):
        raise InputError(f"{FILE} holds no keys by name; delete it to begin anew.")
    return found
