"""Studies, answers and kept pictures while the server is killed, while the database is gone, and where
nothing can be written."""

from __future__ import annotations

import socket
import time
from pathlib import Path

import pytest
import sqlalchemy

import xai_core as xai
from tests.app import new_app
from tests.xai_core.trust_study.conftest import a_study
from xai_core.trust_study import StudyStore, database, open_store, schema

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


@pytest.fixture
def study(folders, disk, monkeypatch):
    """A study in the file of this server, whose store is open; and who takes part."""
    store = open_store()
    take, _ = store.create(a_study())
    number, _ = store.for_participants(take)
    person = store.participant(number, store.join(number, "Ada"))
    assert store.answer(person.id, 0, 1)
    yield store, take, person
    store.close()


def visit(take):
    """What the participants' page says, in this process, whose store stays open."""
    app = new_app("study")
    app.query_params["take"] = take
    app.run()
    assert not app.exception
    html = [element.proto.body for element in app.get("html")]
    return " ".join([*html, *(element.value for element in [*app.error, *app.markdown, *app.title])])


@pytest.mark.parametrize("fault", ["moved away", "a folder", "replaced"])
def test_a_database_that_is_gone_is_a_sentence_until_it_is_back(study, disk, fault):
    """Nothing is acknowledged meanwhile, so that no answer goes to a file that nobody will read."""
    store, take, person = study
    file, away = disk / "data" / "studies.sqlite", disk / "away.sqlite"
    assert "Tuesday" in visit(take)
    file.rename(away)
    if fault == "replaced":  # with what SQLite has not moved into the file yet
        for more in ("-wal", "-shm"):
            Path(f"{file}{more}").rename(f"{away}{more}")
    if fault == "a folder":
        file.mkdir()
    if fault == "replaced":
        StudyStore(f"sqlite:///{file}").close()
        assert "opens no study" in visit(take), "an empty database knows no study"
        with pytest.raises(xai.InputError, match="does not know the study"):
            store.answer(person.id, 1, 2)
    else:
        for _ in range(2):
            assert "does not answer" in visit(take)
            with pytest.raises(xai.InputError, match="does not answer"):
                store.answer(person.id, 1, 2)
        assert not file.is_file(), "no empty file takes its place"
    if file.is_dir():
        file.rmdir()
    away.replace(file)
    if fault == "replaced":
        for more in ("-wal", "-shm"):
            Path(f"{away}{more}").replace(f"{file}{more}")
    assert "Tuesday" in visit(take)
    assert store.answered(person.id) == {0}
    assert store.answer(person.id, 1, 2)
    other = StudyStore(f"sqlite:///{file}")
    assert other.answered(person.id) == {0, 1}
    other.close()


def test_a_database_that_never_answers_does_not_hold_the_page(monkeypatch):
    monkeypatch.setattr(database, "PATIENCE", 2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        began = time.monotonic()
        with pytest.raises(xai.InputError, match="does not answer"):
            StudyStore(f"postgresql://a:b@127.0.0.1:{silent.getsockname()[1]}/none")
        assert time.monotonic() - began < 30
