"""Studies, answers and kept pictures while the server is killed, while the database is gone, and where
nothing can be written."""

from __future__ import annotations

import pytest
import sqlalchemy

from tests.xai_core.trust_study.conftest import a_study
from xai_core.trust_study import StudyStore, schema

from .workshop import KILLS, killed

pytestmark = pytest.mark.hostile
PICTURE = 20_000  # bytes, in `works.studies`


def test_no_answer_is_lost_or_counted_twice_when_the_server_is_killed(shop, folders, disk):
    url = f"sqlite:///{disk / 'studies.sqlite'}"
    store = StudyStore(url)
    study, _ = store.for_participants(store.create(a_study())[0])
    person = store.participant(study, store.join(study, "Ada"))
    acknowledged = set[int]()
    for kills, told in killed(shop, 0.06, "answers", folders, url, person.id):
        acknowledged |= set(told)
        table = store.answers(study)
        assert acknowledged <= set(table["question"])
        assert len(table) - len(acknowledged) <= kills, "at most the one on its way at each kill"
        assert not table.duplicated("question").any()
        assert (table["value"] == table["question"] % 5 - 2).all()
    assert store.answer(person.id, 10_000_000, 1)
    assert len(acknowledged) > KILLS
    store.close()


def test_no_study_is_half_there_when_the_server_is_killed(shop, folders, disk):
    url = f"sqlite:///{disk / 'studies.sqlite'}"
    store, acknowledged = StudyStore(url), []
    pictures = sqlalchemy.select(sqlalchemy.func.length(schema.PICTURES.c.png))
    for kills, told in killed(shop, 0.06, "studies", folders, url):
        acknowledged += told
        for take, results in told:
            number, study = store.for_participants(take)
            assert (number, study) == store.for_results(results)
            assert [len(store.picture(number, letter * 64)) for letter in "abc"] == [PICTURE] * 3
        with store.engine.connect() as connection:
            held = connection.scalar(sqlalchemy.select(sqlalchemy.func.count()).select_from(schema.STUDIES))
            assert list(connection.scalars(pictures)) == [PICTURE] * 3 * held
        assert len(acknowledged) <= held <= len(acknowledged) + kills
    assert len(acknowledged) > KILLS
    store.close()
