"""A visitor learns nothing of the server's folders, and sees nothing but what lies under XAI_FOLDERS_ROOT."""

from __future__ import annotations

import json

import numpy as np
import pytest
import streamlit as st
from PIL import Image

import xai_core as xai
from pages._ui.results import pictures
from pages._ui.state import visitors
from xai_core import cli

pytestmark = pytest.mark.hostile
CLOSED = "Folders of this server are not open to visitors."
LINKS = {
    "right_wrong": {"answers_of": "folder"},
    "localization": {"boxes_of": "folder"},
    "leaderboard": {"ranked_of": "folder", "ranked_maps": ""},
    "concepts": {"probing": "folder"},
    "study": {"judged_on": "folder"},
    "lime": {"part": "set", "set": "folder"},
    "spuriosity": {"searched": "folder"},
}


@pytest.fixture(autouse=True)
def public(monkeypatch):
    for name in ("XAI_FOLDERS_ROOT", "XAI_ONE_PERSON"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def root(tmp_path, monkeypatch):
    """An open folder with one picture, beside one that is not open."""
    for folder in ("open/cats", "private"):
        (tmp_path / folder).mkdir(parents=True)
        Image.fromarray(np.full((20, 30, 3), 90, np.uint8)).save(tmp_path / folder / "secret.png")
    monkeypatch.setenv("XAI_FOLDERS_ROOT", str(tmp_path / "open"))
    return tmp_path / "open"


def said(app):
    return [one.value for kind in (app.error, app.warning) for one in kind]


@pytest.mark.parametrize("page", LINKS)
def test_a_link_does_not_tell_whether_a_folder_exists(page, open_app, tmp_path):
    answers = []
    for place in (str(tmp_path), "/no/such/folder"):
        app = open_app(page, labelled=place, folder=place, **LINKS[page])
        assert not app.exception
        answers.append([sentence.replace(place, "") for sentence in said(app)])
        offered = [option for group in app.get("button_group") for option in group.options]
        assert "Folder" not in offered
    assert answers[0] == answers[1]
    (sentence,) = answers[0]
    assert CLOSED in sentence


def test_only_what_lies_under_the_root_is_there(root):
    sentences = set()
    (root / "out").symlink_to(root.parent / "private")
    for named in (
        "..",
        "../private",
        str(root.parent / "private"),
        "/etc",
        "/no/such",
        "nothing",
        "out",
        "a\0b",
        "~",
    ):
        with pytest.raises(xai.InputError) as caught:
            visitors.place(named)
        sentences.add(str(caught.value).replace(repr(named), "X"))
    assert sentences == {"There is no folder X that visitors may name."}
    for named in ("cats", str(root / "cats"), "./cats/../cats"):
        assert visitors.place(named) == root / "cats"


def opened(named):
    return pictures.folder(named, "efficientnet_lite0", (("cats", "281"),), 0)


def test_pictures_are_found_and_the_root_is_not_named(root):
    (found,) = opened(".").examples
    assert found.name == "cats/secret.png"
    (root / "empty").mkdir()
    with pytest.raises(xai.InputError) as caught:
        opened("empty")
    assert str(root) not in str(caught.value)


def test_annotations_and_links_do_not_lead_out(root):
    boxes = {
        "images": [{"id": 1, "file_name": "../private/secret.png"}],
        "annotations": [{"image_id": 1, "category_id": 1, "bbox": [0, 0, 9, 9]}],
        "categories": [{"id": 1, "name": "cats"}],
    }
    (root / "boxes.json").write_text(json.dumps(boxes))
    with pytest.raises(xai.InputError, match="names pictures that lie out of what visitors may name"):
        opened("boxes.json")
    (root / "cats" / "b.png").symlink_to(root.parent / "private" / "secret.png")
    with pytest.raises(xai.InputError, match="has links that lead out of what visitors may name"):
        opened(".")
    assert not visitors.inside([root / "cats" / "b.png"])
    assert visitors.inside([root / "cats" / "secret.png"])


def test_a_page_shows_a_folder_under_the_root(root, open_app):
    app = open_app("right_wrong", answers_of="folder", labelled="cats/..", class_map="cats=281")
    assert not app.exception
    assert not said(app)
    app = open_app("right_wrong", answers_of="folder", labelled="../private")
    assert said(app) == ["There is no folder '../private' that visitors may name."]


@pytest.mark.parametrize(
    ("address", "command", "one"),
    [
        ("127.0.0.1", "1", True),
        ("::1", "1", True),
        ("localhost", "1", True),
        ("0.0.0.0", "1", False),
        ("", "1", False),
        ("127.0.0.1", "", False),
        ("127.0.0.1", "0", False),
    ],
)
def test_one_person_is_who_started_the_command_for_himself(address, command, one, monkeypatch):
    monkeypatch.setenv("XAI_ONE_PERSON", command)
    monkeypatch.setattr(st, "get_option", lambda name: address if name == "server.address" else None)
    assert visitors.one_person() is one
    assert visitors.folders_are_open() is one


@pytest.mark.parametrize(("address", "said"), [("127.0.0.1", "1"), ("0.0.0.0", None)])
def test_the_command_says_whom_it_serves(address, said, monkeypatch):
    import os

    seen = []
    monkeypatch.setattr(cli, "_replace_process", lambda _: seen.append(os.environ.get("XAI_ONE_PERSON")) or 0)
    monkeypatch.setattr(cli, "_why_not", lambda *_: None)
    monkeypatch.setenv("XAI_ONE_PERSON", "x")  # so that it is put back
    monkeypatch.delenv("XAI_ONE_PERSON")
    assert cli.main(["--address", address, "--port", "8502", "--headless"]) == 0
    assert seen == [said]
    os.environ.pop("XAI_ONE_PERSON", None)
