"""Task 4 makes a trust study once, says what is missing, and takes the answers when there are some."""

import dataclasses
import io
import json
import re
import zipfile

import numpy as np
import pytest

from xai_core.studies import find_study, reproduce
from xai_core.studies._recipe import Ask, Needs, StandIn
from xai_core.studies.dd2412 import people
from xai_core.studies.report_zip import report_zip
from xai_core.studies.runner import Options, run
from xai_core.trust_study import questions
from xai_core.types import InputError, Params


@pytest.fixture
def small(tmp_path, monkeypatch):
    """The task with two tiny networks and drawn shapes, and a database of its own."""
    monkeypatch.setenv("XAI_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'people.sqlite'}")
    recipe = find_study("dd2412")
    pair = Ask("tiny_cnn_shapes", Params({"rival": "tiny_vit_shapes", "accuracy": (0.9, 0.8)}))
    own = Params({"methods": ("gradient", "input_x_gradient"), "count": 4})
    asks = Needs(pair, Ask("shapes"), own)
    published = [
        dataclasses.replace(one, key=key)
        for one, key in zip(recipe.task("4").published, ("gradient", "input_x_gradient", "more"), strict=True)
    ]
    task = dataclasses.replace(
        recipe.task("4"), asks=asks, stand_in=StandIn(pair, asks.pictures), published=tuple(published)
    )
    return dataclasses.replace(recipe, tasks=(task,))


def done(small, folder):
    (task,) = run(small, folder, Options(limit=3)).tasks
    assert not task.failed
    return task


def key_in(task):
    (note,) = task.outcome.notes
    return re.search(r"/study\?take=([\w-]+) of this app", note)[1]


def answered(key, scores):
    """Each person gives one score to all questions; the first network is the more accurate one."""
    store = people.store()
    number, study = store.for_participants(key)
    for score in scores:
        who = store.participant(number, store.join(number, "Ada"))
        for question in questions(study, who.number):
            store.answer(who.id, question.number, score if question.left == 1 else -score)
    return study


def test_until_somebody_answers_the_task_says_what_is_missing(small, tmp_path):
    first = done(small, tmp_path / "steps")
    assert first.findings == ()
    assert first.outcome.notes[0].startswith("Nobody has answered yet, so that there is no result.")
    again = done(small, tmp_path / "steps")
    assert key_in(again) == key_in(first)  # one study, however often it is done
    assert again.computed == 0


def test_answers_are_taken_and_judged(small, tmp_path):
    answered(key_in(done(small, tmp_path / "steps")), (1, 2, 2))
    task = done(small, tmp_path / "steps")
    assert task.computed == 1
    found = {one.key: one for one in task.findings}
    assert found["gradient"].here.value == pytest.approx(5 / 3)
    assert (found["gradient"].here.pictures, found["gradient"].here.of) == (3, "participant")
    assert found["gradient"].verdict == "holds"
    assert found["more"].here.value == pytest.approx(0)
    assert "Ada" not in json.dumps([step.part for step in task.keys])
    assert done(small, tmp_path / "steps").computed == 0


def test_the_export_is_computed_again_without_the_database(small, tmp_path, monkeypatch, capsys):
    answered(key_in(done(small, tmp_path / "steps")), (1, -2, 2))
    result = run(small, tmp_path / "steps", Options(limit=3))
    with zipfile.ZipFile(io.BytesIO(report_zip(result))) as archive:
        archive.extractall(tmp_path / "zip")
    monkeypatch.setenv("XAI_DATA_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setattr(people, "store", lambda: pytest.fail("the database was asked"))
    assert reproduce.main(tmp_path / "zip", lambda key: small) == 0
    assert "1 of 1 tasks reproduced" in capsys.readouterr().out
    assert not (tmp_path / "elsewhere").exists()


def test_answers_are_one_word_and_the_way_back():
    found = people.read("0:3:2,1:0:-1")
    assert {name: found[name].tolist() for name in found} == {
        "participant": [0, 1],
        "question": [3, 0],
        "value": [2, -1],
    }


@pytest.mark.parametrize("word", ["", "a", "0:1", "0:1:3", "-1:0:0", "0:1:2,0:1"])
def test_other_words_are_no_answers(word):
    with pytest.raises(InputError, match="participant:question:value is accepted"):
        people.read(word)


def test_a_broken_file_of_keys_is_said_and_left(tmp_path, monkeypatch):
    monkeypatch.setenv("XAI_DATA_DIR", str(tmp_path))
    (tmp_path / people.FILE).write_text("[1]")
    with pytest.raises(InputError, match="holds no keys by name; delete it to begin anew"):
        people.answers("name")
    (tmp_path / people.FILE).write_text("{")
    with pytest.raises(InputError, match="cannot be read"):
        people.answers("name")


def test_nothing_is_claimed_where_both_networks_are_never_right(small, tmp_path):
    (task,) = small.tasks
    none = {"kept": np.zeros((0, 2), int)}
    first = done(small, tmp_path / "steps")
    (step,) = first.found
    outcome = task.conclude(first.bench, {step: none})
    assert outcome.notes == ("There is no picture about which both networks are right: no study is made.",)
