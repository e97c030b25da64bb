"""What goes wrong is one sentence, in the app and on the command line; the details stand in the log."""

import importlib
import json

import pytest
import sqlalchemy
from streamlit import config

import xai_core as xai
from tests.app import new_app
from tests.conftest import ROOT
from xai_core.cli import COMMANDS
from xai_core.trust_study import StudyStore, open_store

pytestmark = pytest.mark.hostile
NOWHERE = [
    "/nowhere/at/all/out.csv",
    "~nobodyx/out.csv",
    "x" * 5000,
    "/dev/null/out.csv",
    "/tmp",
    "/proc/out.csv",
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
@pytest.mark.parametrize("out", NOWHERE, ids=lambda out: out[:20])
def test_a_table_that_cannot_be_written_is_one_sentence_of_every_command(command, out, capsys, tmp_path):
    """Before anything is computed: the folder of pictures is empty, and nothing is said of it. What a study
    and a check write is a folder."""
    if command.name in ("study", "check") and out == "/tmp":
        pytest.skip("it can be written there")
    specification = tmp_path / "spec.toml"
    specification.write_text(f'data = "{tmp_path}"\n\n[[check]]\nkind = "looks_at"\n')
    needed = {"evaluate": ["--data", str(tmp_path), "--methods", "random", "--metrics", "insertion_auc"]}
    needed["check"] = [str(specification)]
    folder = [] if command.name in needed else [str(tmp_path)]
    module = importlib.import_module(f"xai_core.{command.module}")
    with pytest.raises(SystemExit) as ended:
        module.main([*needed.get(command.name, []), *folder, "--out", out], command.name)
    said = capsys.readouterr().err
    assert ended.value.code == 2
    assert said.count("\n") == 1, said
    assert "--out" in said
    assert "Traceback" not in said
    assert len(said) < 400 or out == "x" * 5000


def run(page="overview", **link):
    app = new_app(page)
    for name, value in link.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def said(app):
    """Everything that the app says in words, as one text."""
    shown = [*app.error, *app.warning, *app.markdown, *app.caption]
    return " ".join(element.value for element in shown)


ODD = [
    {"image": "+".join(["chelsea"] * 300)},
    {"image": "x" * 100_000},
    {"image": "upload:" + "../" * 2000},
    {"image": "kept:" + "x" * 5000},
    {"image": "pinned:" + "a" * 22 + ":" + "0" * 64},
    {"board": "../../../../../../etc/pass"},
    {"model": "own/" + "x" * 5000},
    {"model": "own/../../../etc"},
    {"layer": "x" * 5000},
    {"target": "9" * 5000},
    {"fit": "![](http://tracker.invalid/a.png)[Session expired, sign in](http://evil.invalid)"},
    {"opacity": "NaN"},
    {"opacity": "١٢"},
    {"opacity": "--5"},
]


@pytest.mark.parametrize("link", ODD, ids=lambda link: str(link)[:40])
def test_an_address_of_a_stranger_is_answered_in_a_sentence(link, tmp_path, monkeypatch):
    for name in ("XAI_DATA_DIR", "XAI_BOARDS_DIR", "XAI_MODELS_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name))
    open_store.cache_clear()
    words = said(run(**link))
    assert "Traceback" not in words
    assert len(words) < 4000
    for text in ("![](", "[Session expired, sign in]("):
        assert text not in words
    open_store.cache_clear()


@pytest.fixture
def damaged(tmp_path, monkeypatch):
    """A database file that is none."""
    monkeypatch.setenv("XAI_DATA_DIR", str(tmp_path))
    (tmp_path / "studies.sqlite").write_bytes(b"SQLite format 3\0" + bytes(range(256)) * 40)
    open_store.cache_clear()
    yield tmp_path
    open_store.cache_clear()


def test_a_damaged_database_is_one_sentence(damaged):
    with pytest.raises(xai.InputError, match="does not answer, or is damaged"):
        open_store()
    for link in ({"take": "a" * 22}, {"results": "a" * 22}):
        app = run("study", **link)
        assert ["does not answer" in error.value for error in app.error] == [True]
    assert "does not answer" in said(run(image="kept:" + "a" * 22))
    (damaged / "studies.sqlite").unlink()
    assert "opens no study" in said(run("study", take="a" * 22))


def test_a_database_that_is_down_is_one_sentence(monkeypatch):
    open_store.cache_clear()
    monkeypatch.setenv("DATABASE_URL", "postgresql://somebody:secret@127.0.0.1:9/none")
    app = run("study", take="a" * 22)
    assert ["does not answer" in error.value for error in app.error] == [True]
    assert "secret" not in said(app)
    open_store.cache_clear()


def test_a_database_that_fails_later_is_one_sentence_and_comes_back(tmp_path):
    store = StudyStore(f"sqlite:///{tmp_path / 'a.sqlite'}")
    assert store.for_participants("x") is None
    with store.engine.begin() as connection:
        connection.execute(sqlalchemy.text("ALTER TABLE studies RENAME TO gone"))
    with pytest.raises(xai.InputError, match="does not answer"):
        store.for_participants("x")
    with store.engine.begin() as connection:
        connection.execute(sqlalchemy.text("ALTER TABLE gone RENAME TO studies"))
    assert store.for_participants("x") is None
    store.close()


def test_a_board_whose_list_is_nested_without_end_is_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setenv("XAI_BOARDS_DIR", str(tmp_path))
    for key, text in (("a" * 22, "[" * 200_000), ("b" * 22, '{"pins": [' + "[" * 30 + "]" * 30 + "]}")):
        (tmp_path / key).mkdir()
        (tmp_path / key / "board.json").write_text(text)
        app = run("board", board=key)
        assert ["damaged" in warning.value for warning in app.warning] == [True]


def test_a_pin_that_cannot_be_drawn_says_so_and_the_others_stand(tmp_path, monkeypatch):
    """One is damaged on the disk, one fails only while it is drawn."""
    from pages._ui.pinboard import tiles
    from tests.xai_core.board.conftest import chart_pin
    from xai_core.board import change_board

    monkeypatch.setenv("XAI_BOARDS_DIR", str(tmp_path))
    key = "a" * 22
    change_board(key, lambda pins: [chart_pin("first"), chart_pin("second"), chart_pin("third")])
    index = tmp_path / key / "board.json"
    told = json.loads(index.read_text())
    told["pins"][0]["key"] = 7
    index.write_text(json.dumps(told))
    third, drawing = told["pins"][2]["key"], tiles._drawing

    def fails(pin, larger):
        if pin.key == third:
            raise KeyError("secret")
        drawing(pin, larger)

    monkeypatch.setattr(tiles, "_drawing", fails)
    for more in ({}, {"showing": "present"}, {"showing": "present", "presented": "2"}):
        app = run("board", board=key, **more)
        blanks = [
            element.proto.body for element in app.get("html") if "cannot be shown" in element.proto.body
        ]
        assert len(blanks) == (1 if more else 2)
        assert "secret" not in "".join(blanks)
    app = run("board", board=key)
    assert [button.label for button in app.button].count("Remove") == 3
    next(button for button in app.button if button.key == f"remove-{third}").click().run()
    assert not app.exception
    assert [record["title"] for record in json.loads(index.read_text())["pins"]] == ["first", "second"]


def test_a_deployed_app_keeps_the_details_of_an_error_to_itself():
    text = (ROOT / ".streamlit" / "config.toml").read_text()
    assert 'showErrorDetails = "none"' in text
    assert config.ShowErrorDetailsConfigOptions.NONE == "none"
