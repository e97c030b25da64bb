"""Keys, participants and answers: nothing is shown without a key, lost, or counted twice."""

import os
import signal
import subprocess
import sys
import threading
import time

import pytest
from sqlalchemy import select

import xai_core as xai
from tests.conftest import ROOT
from xai_core.trust_study import StudyStore, open_store, schema
from xai_core.trust_study.database import engine_for
from xai_core.types import Box

from .conftest import a_study

BURST = """
import sys
from xai_core.trust_study import StudyStore
store, person = StudyStore(sys.argv[1]), int(sys.argv[2])
for question in range(int(sys.argv[3]), 1_000_000):
    assert store.answer(person, question, question % 5 - 2)
    print(question, flush=True)
"""


@pytest.fixture
def study(store):
    keys = store.create(a_study(), {"ab" * 32: b"a picture"})
    return store.for_participants(keys[0])[0]


def test_keys_open_what_they_are_for_and_nothing_else(store):
    made = a_study()
    participants, results = store.create(made)
    assert store.for_participants(participants) == store.for_results(results)
    assert store.for_participants(participants)[1] == made
    assert store.for_participants(results) is None
    assert store.for_results(participants) is None
    for wrong in ("", " ", participants[:-1], participants.swapcase(), "%", "' OR 1=1 --", "\0", "é" * 500):
        assert store.for_participants(wrong) is None
        assert store.for_results(wrong) is None
    assert min(len(participants), len(results)) >= 22, "128 bits each"


def test_an_expired_key_opens_nothing(store):
    keys = store.create(a_study(expires=time.time() + 0.3))
    assert store.for_participants(keys[0]) is not None
    time.sleep(0.35)
    assert store.for_participants(keys[0]) is None
    assert store.for_results(keys[1]) is None


def test_keys_and_tokens_do_not_stand_in_the_database(store, tmp_path, url):
    if not url.startswith("sqlite"):
        pytest.skip("looks into the database's file")
    keys = store.create(a_study())
    token = store.join(store.for_results(keys[1])[0], "Ada")
    store.close()
    raw = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert b"Ada" in raw
    assert not any(secret.encode() in raw for secret in (*keys, token))


def test_a_token_belongs_to_one_study(store, study):
    other = store.for_results(store.create(a_study())[1])[0]
    token = store.join(study, "  Ada <b>Lovelace</b>  ")
    found = store.participant(study, token)
    assert (found.number, found.name) == (0, "Ada <b>Lovelace</b>")
    assert store.participant(other, token) is None
    assert store.participant(study, token + "x") is None
    assert store.participant(other, store.join(other)).number == 0
    assert store.participant(study, store.join(study, "y" * 500)).name == "y" * 60


def test_an_answer_counts_once(store, study):
    person = store.participant(study, store.join(study, "Ada"))
    assert store.answer(person.id, 4, -2)
    assert not store.answer(person.id, 4, 2)
    assert store.answer(person.id, 5, 0)
    table = store.answers(study)
    assert table[["participant", "name", "question", "value"]].values.tolist() == [
        [0, "Ada", 4, -2],
        [0, "Ada", 5, 0],
    ]
    assert store.answered(person.id) == {4, 5}
    for value in (3, -3, 0.5, "2", None):
        with pytest.raises(xai.InputError, match="-2, -1, 0, 1 and 2 are accepted"):
            store.answer(person.id, 6, value)


def test_nobody_answers_for_nobody(store, study):
    with pytest.raises(xai.InputError, match="does not know the study, or whoever takes part in it"):
        store.answer(999, 0, 1)
    with pytest.raises(xai.InputError, match="does not know the study, or whoever takes part in it"):
        store.join(999)
    assert store.answers(study).empty


def test_marks_notes_and_pictures(store, study):
    person = store.participant(study, store.join(study, "Ada"))
    assert store.mark(person.id, "chelsea", Box("", 0.25, 0.5, 0.75, 1.0))
    assert not store.mark(person.id, "chelsea", Box("", 0.0, 0.0, 0.1, 0.1))
    columns = ["participant", "picture", "x0", "y0", "x1", "y1"]
    assert store.marks(study)[columns].values.tolist() == [[0, "chelsea", 0.25, 0.5, 0.75, 1.0]]
    for sides in ((0.5, 0, 0.5, 1), (-0.1, 0, 1, 1), (0, 0, 1, 1.1)):
        with pytest.raises(xai.InputError, match="The mark is"):
            store.mark(person.id, "coffee", Box("", *sides))
    store.note(person.id, "<script>alert(1)</script>")
    store.note(person.id, "  nice  ")
    assert store.participants(study)[["number", "name", "note"]].values.tolist() == [[0, "Ada", "nice"]]
    assert store.picture(study, "ab" * 32) == b"a picture"
    with pytest.raises(xai.InputError, match="The study holds no picture 'chelsea'"):
        store.picture(study, "chelsea")


def test_twenty_people_at_once_each_clicking_twice(store, study):
    """All join and answer at the same moment, every answer is sent twice at the same moment."""
    gate, counted, failed = threading.Barrier(40), [], []
    tokens: list[str | None] = [None] * 20
    joined = threading.Barrier(40)

    def take_part(place, first):
        try:
            gate.wait()
            if first:
                tokens[place] = store.join(study, f"person {place}")
            joined.wait()
            person = store.participant(study, tokens[place])
            for question in range(12):
                counted.append(store.answer(person.id, question, question % 5 - 2))
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=take_part, args=(n // 2, n % 2 == 0)) for n in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert (counted.count(True), counted.count(False)) == (240, 240)
    table = store.answers(study)
    assert len(table) == 240
    assert not table.duplicated(["participant", "question"]).any()
    assert (table["value"] == table["question"] % 5 - 2).all()
    assert set(table["participant"]) == set(range(20))
    assert table.groupby("participant")["name"].nunique().eq(1).all()


@pytest.mark.peers
def test_no_acknowledged_answer_is_lost_when_the_app_is_killed(store, study, url):
    """Five times a process is killed (SIGKILL) in the middle of a burst of answers."""
    person = store.participant(study, store.join(study, "Ada"))
    acknowledged: list[int] = []
    for _ in range(5):
        start = max(store.answered(person.id), default=-1) + 1
        command = [sys.executable, "-c", BURST, url, str(person.id), str(start)]
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
            burst = [int(process.stdout.readline()) for _ in range(20)]
            process.send_signal(signal.SIGKILL)
            rest, _ = process.communicate()
        assert process.returncode == -signal.SIGKILL
        whole = [line for line in rest.splitlines(keepends=True) if line.endswith("\n")]
        acknowledged += burst + [int(line) for line in whole]
    with store.engine.connect() as connection:
        kept = list(connection.scalars(select(schema.ANSWERS.c.question).order_by(schema.ANSWERS.c.question)))
    assert len(acknowledged) >= 100
    assert len(set(kept)) == len(kept)
    assert set(acknowledged) <= set(kept)
    assert len(kept) - len(acknowledged) <= 5, "at most the one in flight of each burst"
    assert (store.answers(study)["value"] == store.answers(study)["question"] % 5 - 2).all()


def test_the_file_lies_where_the_environment_says(tmp_path, monkeypatch):
    monkeypatch.setenv("XAI_DATA_DIR", str(tmp_path / "data"))
    open_store.cache_clear()
    opened = open_store()
    assert (tmp_path / "data" / "studies.sqlite").is_file()
    assert open_store() is opened
    with opened.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
    opened.close()
    open_store.cache_clear()


@pytest.mark.parametrize("url", ["postgres://u:p@host/db", "postgresql://u:p@host/db?sslmode=require"])
def test_addresses_as_hosts_of_databases_write_them(url):
    engine = engine_for(url)
    assert (engine.dialect.name, engine.dialect.driver) == ("postgresql", "psycopg")
    assert (engine.url.host, engine.url.database) == ("host", "db")


def test_two_stores_see_the_same(store, study, url):
    other = StudyStore(url)
    person = other.participant(study, store.join(study))
    assert other.answer(person.id, 0, 1)
    assert not store.answer(person.id, 0, 1)
    other.close()
