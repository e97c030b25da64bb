"""A student's own answers: one text for each question of a study, in answers.json beside its results.

They are not computed, so running a study again leaves them as they are. The file may come from anybody."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from ..board.folder import replace_file
from ..board.plain_json import check_characters, read_json
from ..types import InputError
from ._recipe import Recipe

FILE, FORMAT = "answers.json", "saliency-lab answers"
LONGEST, MAX_BYTES, MAX_VALUES = 20_000, 4_000_000, 5_000


def questions_of(recipe: Recipe) -> dict[str, str]:
    """Every question by its key: "2a.1" is the first of the task 2a."""
    return {
        f"{task.key}.{number}": question
        for task in recipe.tasks
        for number, question in enumerate(task.questions, 1)
    }


def read_answers(folder: Path, recipe: Recipe) -> dict[str, str]:
    """The answer to each question, "" where there is none. Raises InputError for a file that is damaged,
    or of another study."""
    path = folder / FILE
    given: dict[str, str] = {}
    if path.is_file():
        found = read_json(path.read_bytes(), FILE, MAX_BYTES, MAX_VALUES)
        check_characters(found, FILE)
        given = _checked(found, recipe)
    return {key: given.get(key, "") for key in questions_of(recipe)}


def write_answers(folder: Path, recipe: Recipe, answers: Mapping[str, str]) -> None:
    """Keep the answers, in one step. Raises InputError for a question that the study does not have, and for
    a text that is too long."""
    given = _checked({"study": recipe.key, "answers": dict(answers)}, recipe)
    kept = {key: given.get(key, "") for key in questions_of(recipe)}
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"format": FORMAT, "study": recipe.key, "answers": kept}, indent=1, ensure_ascii=False)
    replace_file(folder / FILE, (text + "\n").encode())


def _checked(found: object, recipe: Recipe) -> dict[str, str]:
    if not isinstance(found, dict) or not isinstance(found.get("answers"), dict):
        raise InputError(f"{FILE} has no table of answers.")
    if found.get("study") != recipe.key:
        raise InputError(f"{FILE} is of the study {str(found.get('study'))[:40]!r}, not of {recipe.key!r}.")
    questions = questions_of(recipe)
    for key, text in found["answers"].items():
        if key not in questions:
            raise InputError(f"{FILE} answers {key[:40]!r}, which is no question of {recipe.key!r}.")
        if not isinstance(text, str) or len(text) > LONGEST:
            raise InputError(
                f"The answer {key!r} must be a text of at most {LONGEST:,} characters; it has {len(text):,}."
                if isinstance(text, str)
                else f"The answer {key!r} is a {type(text).__name__}; a text is accepted."
            )
    return dict(found["answers"])
