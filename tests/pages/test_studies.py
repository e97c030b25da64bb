"""Studies: the list and what is here, one click, the report by tasks, answers and the instructor's switch."""

import json
import re

import pytest

from xai_core import studies
from xai_core.studies import _recipe

from ..xai_core.studies.conftest import on_shapes
from .conftest import button, html, toggle


@pytest.fixture(autouse=True)
def small(tmp_path, monkeypatch):
    """Two tasks of the second homework on a few drawn shapes, in the place of all studies."""
    monkeypatch.setenv("XAI_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("XAI_STUDIES_DIR", str(tmp_path / "books"))
    recipe = on_shapes(studies.find_study("csep590b"), ("3a", "4a"))
    monkeypatch.setitem(studies.STUDIES, "csep590b", recipe)
    return recipe


@pytest.fixture
def opened(open_app):
    """The page with the small study, not yet done."""
    return open_app("studies", image="", study_name="csep590b")


def test_the_first_screen_has_the_tasks_and_what_is_here(opened):
    assert not opened.exception
    (table,) = opened.dataframe
    assert table.value["Task"].tolist() == ["3a  Vanilla gradients", "4a  Insertion, one picture"]
    assert set(table.value["Model"]) == {"Tiny CNN, drawn shapes"}
    assert button(opened, "Do the study")


def test_one_click_gives_the_report_and_answers_are_kept(opened, tmp_path):
    done = button(opened, "Do the study").click().run()
    assert not done.exception
    assert "Pictures and their maps: the size of the logit" in html(done)
    area = done.text_area[0]
    area.input("They follow single pixels.").run()
    (file,) = (tmp_path / "books").rglob("answers.json")
    assert json.loads(file.read_text())["answers"]["3a.1"] == "They follow single pixels."
    assert done.query_params["workbook"]
    toggle(done, "Instructor’s version").set_value(True).run()
    assert "Pictures and their maps" not in html(done)
    assert done.text_area[0].value == "They follow single pixels."
    files = list((tmp_path / "cache").rglob("*.npz"))
    assert files


def test_a_stand_in_is_named_without_the_servers_folders(open_app, small, monkeypatch, tmp_path):
    from dataclasses import replace

    (first, _) = small.tasks
    asks = replace(first.asks, pictures=_recipe.Ask("dog_cat"))
    monkeypatch.setenv("XAI_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setitem(studies.STUDIES, "csep590b", replace(small, tasks=(replace(first, asks=asks),)))
    page = open_app("studies", image="", study_name="csep590b")
    assert page.dataframe[0].value["Pictures"].tolist() == ["drawn shapes (stand-in)"]
    assert re.search(
        r"a tiger cat: not on this machine\. Missing: \S+( \(.*?\))?\. Stand-in: drawn shapes\.", html(page)
    )
    assert str(tmp_path) not in html(page)
