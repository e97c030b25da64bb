"""A store of its own for each test, and studies to put into it."""

import dataclasses

import pandas as pd
import pytest

from tests.databases import empty
from xai_core.trust_study import Picture, Study, StudyStore, questions

MODELS = ("efficientnet_lite0", "efficientnet_lite2")


def a_study(**changes) -> Study:
    pictures = tuple(
        Picture(key, key.title(), n, f"class {n}") for n, key in enumerate(("chelsea", "coffee", "camera"))
    )
    plain = Study(
        "Tuesday", MODELS, (0.88, 0.91), ("grad_cam", "guided_backprop"), pictures, count=12, seed=3
    )
    return dataclasses.replace(plain, **changes)


def answers_in_favour(study: Study, scores: dict[int, list[int]]) -> pd.DataFrame:
    """The answers table in which participant p gives question n the score scores[p][n] (positive: for the
    more accurate model)."""
    rows = []
    for person, given in scores.items():
        left = {q.number: q.left for q in questions(study, person)}
        for number, score in enumerate(given):
            better_is_left = study.models[left[number]] == study.models[study.better]
            rows.append((person, f"p{person}", number, -score if better_is_left else score, 1e9 + number))
    return pd.DataFrame(rows, columns=["participant", "name", "question", "value", "given"])


@pytest.fixture
def url(tmp_path):
    with empty(tmp_path) as address:
        yield address


@pytest.fixture
def store(url):
    opened = StudyStore(url)
    yield opened
    opened.close()
