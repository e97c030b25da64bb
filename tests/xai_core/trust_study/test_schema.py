"""The database is made on start, and an older one becomes a new one with what is in it."""

import threading

import pytest
from sqlalchemy import insert, inspect, select

import xai_core as xai
from xai_core.trust_study import StudyStore, schema
from xai_core.types import Box

from .conftest import a_study

STUDIES = {"schema_version", "studies", "pictures", "participants", "answers"}
TABLES = STUDIES | {"marks", "kept_files", "kept_links"}
STEPS = [1, 2, 3]


def versions(store):
    with store.engine.connect() as connection:
        return sorted(connection.scalars(select(schema.VERSIONS.c.version)))


def test_a_new_database(store):
    assert set(inspect(store.engine).get_table_names()) == TABLES
    assert versions(store) == STEPS


def test_an_older_database_keeps_what_it_holds(url, monkeypatch):
    with monkeypatch.context() as before:
        before.setattr(schema, "MIGRATIONS", schema.MIGRATIONS[:1])
        old = StudyStore(url)
        keys = old.create(a_study())
        number, _ = old.for_participants(keys[0])
        token = old.join(number, "Ada")
        person = old.participant(number, token)
        old.answer(person.id, 3, 2)
        assert set(inspect(old.engine).get_table_names()) == STUDIES
        old.close()
    new = StudyStore(url)
    assert versions(new) == STEPS
    assert new.for_participants(keys[0]) == (number, a_study(created=new.for_results(keys[1])[1].created))
    assert new.participant(number, token) == person
    assert new.answered(person.id) == {3}
    assert new.mark(person.id, "chelsea", Box("", 0.1, 0.2, 0.3, 0.4))
    new.close()
    again = StudyStore(url)
    assert versions(again) == STEPS
    assert again.marked(person.id) == {"chelsea"}
    again.close()


def test_a_database_of_the_future_is_left_alone(url, store):
    with store.engine.begin() as connection:
        connection.execute(insert(schema.VERSIONS).values(version=99))
    with pytest.raises(xai.InputError, match="version 99; up to 3 is accepted"):
        StudyStore(url)


def test_a_step_that_fails_leaves_nothing(url, monkeypatch):
    def breaks(connection):
        connection.exec_driver_sql("CREATE TABLE half (id INTEGER)")
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, breaks))
    with pytest.raises(RuntimeError, match="the disk is full"):
        StudyStore(url)
    monkeypatch.setattr(schema, "MIGRATIONS", schema.MIGRATIONS[:3])
    store = StudyStore(url)
    assert versions(store) == STEPS
    assert "half" not in inspect(store.engine).get_table_names()
    store.close()


def test_many_servers_start_at_once(url):
    gate, opened, failed = threading.Barrier(8), [], []

    def start():
        gate.wait()
        try:
            opened.append(StudyStore(url))
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert versions(opened[0]) == STEPS
    for store in opened:
        store.close()
