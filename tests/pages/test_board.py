"""The pinboard: pinning from pages, arranging, presenting, and its links."""

from dataclasses import replace

import numpy as np
import pytest

import xai_core as xai
from xai_core.board import (
    board_name,
    board_zip,
    change_board,
    load_named_zip,
    load_zip,
    new_board,
    read_board,
)
from xai_core.escaping import in_markdown
from xai_core.figures import Look, limits

from .conftest import button, html, labels


@pytest.fixture(autouse=True)
def boards(tmp_path, monkeypatch):
    monkeypatch.setenv("XAI_BOARDS_DIR", str(tmp_path / "boards"))


def press(app, key):
    return next(b for b in app.button if b.key == key).click().run()


@pytest.fixture
def pinned(open_app):
    """The key of a board with a map and two charts from two pages."""
    app = press(open_app(relu="off", layer="blocks.4", opacity="60"), "pin-overview-on")
    press(app, "pin-top5")
    assert not app.exception
    assert [toast.value for toast in app.toast] == ["Pinned: 2 on the pinboard"]
    board = app.query_params["board"]
    other = press(open_app("insertion", board=board, superpixel="56", curve_maps="grad_cam"), "pin-insertion")
    assert not other.exception
    return board


def test_a_map_is_pinned_with_all_its_settings(pinned, chelsea, lite0):
    pin, top5, curve = read_board(pinned)
    e = xai.explain(lite0, chelsea, "grad_cam", layer="blocks.4", relu=False)
    found = pin.map.e
    assert np.array_equal(found.heatmap, e.heatmap)
    assert (found.method, found.layer, found.target, found.params) == ("grad_cam", "blocks.4", 282, e.params)
    assert (pin.map.model, pin.map.weights) == ("efficientnet_lite0", lite0.weights_sha256)
    assert pin.map.image() == chelsea
    other = xai.predict(lite0, chelsea, 2)[1].index  # the page shows both classes on one scale
    shared = limits([e, xai.explain(lite0, chelsea, "grad_cam", other, "blocks.4", relu=False)])
    assert dict(pin.map.look) == {
        "colours": Look().signed_colours,
        "opacity": 0.6,
        "smooth": True,
        "form": "value",
        "low": shared.low,
        "high": shared.high,
        "percentile": 100.0,
    }
    assert pin.page == "overview"
    assert "board" not in pin.link
    assert {"relu=off", "layer=blocks.4", "opacity=60"} <= set(pin.link.split("&"))
    assert (top5.kind, curve.kind, curve.page) == ("chart", "chart", "insertion")
    assert "superpixel=56" in curve.link


def test_an_opened_map_is_pinned_too(open_app):
    app = press(open_app("gallery", tile="0"), "pin-opened")
    assert not app.exception
    (pin,) = read_board(app.query_params["board"])
    assert (pin.kind, pin.page) == ("map", "gallery")


def test_arranging(open_app, pinned):
    app = open_app("board", board=pinned)
    assert not app.exception
    first, second, third = (pin.key for pin in read_board(pinned))
    assert [b.disabled for b in app.button if b.label == "Earlier"] == [True, False, False]
    assert [b.disabled for b in app.button if b.label == "Later"] == [False, False, True]
    press(app, f"Later-{first}")
    assert [pin.key for pin in read_board(pinned)] == [second, first, third]
    evil = "<script>alert(1)</script>"
    app.text_input(key=f"title-{first}").set_value(evil).run()
    app.text_area(key=f"note-{first}").set_value(f"Note {evil}").run()
    kept = read_board(pinned)[1]
    assert (kept.title, kept.note) == (evil, f"Note {evil}")
    press(app, f"remove-{third}")
    assert [pin.key for pin in read_board(pinned)] == [second, first]
    assert not app.exception
    again = open_app("board", board=pinned)  # a reload of the browser
    assert [t.value for t in again.text_input if t.key.startswith("title")][1] == evil


def test_presenting_turns_pages_and_escapes_what_was_typed(open_app, pinned):
    pins = read_board(pinned)
    app = open_app("board", board=pinned)
    app.text_input(key=f"title-{pins[1].key}").set_value("<img src=x onerror=alert(1)>").run()
    button(app, "Present").click().run()
    assert not app.exception
    assert pins[0].title in html(app)
    assert button(app, "Previous").disabled
    button(app, "Next").click().run()
    assert "&lt;img src=x onerror=alert(1)&gt;" in html(app)
    assert "<img" not in html(app)
    assert app.query_params["presented"] == "1"
    button(app, "Leave").click().run()
    assert "Report as HTML" in [b.proto.label for b in app.get("download_button")]


def test_a_board_in_a_zip_is_loaded_again(open_app, pinned):
    loaded = load_zip(board_zip(read_board(pinned)))
    board = new_board()
    change_board(board, lambda pins: loaded)
    app = open_app("board", board=board)
    assert not app.exception
    assert labels(app).count("Remove") == 3


def test_a_pin_of_a_page_that_is_not_here_has_no_link(open_app, pinned):
    first, *others = read_board(pinned)
    strange = [replace(first, page=page, key=key * 16) for page, key in (("__init__", "a"), ("nowhere", "b"))]
    change_board(pinned, lambda pins: [replace(first, link="embed=true&relu=off"), *strange, *others])
    app = open_app("board", board=pinned)
    assert not app.exception
    links = [link.proto for link in app.get("page_link")]
    assert len(links) == 3
    assert "embed" not in links[0].query_string


def test_a_file_that_is_no_board_is_refused(open_app):
    app = open_app("board")
    app.file_uploader[-1].set_value(("a.zip", b"nothing", "application/zip")).run()
    assert not app.exception
    assert any("no ZIP of a pinboard" in error.value for error in app.error)


def test_an_empty_board_and_one_that_is_not_here(open_app):
    app = open_app("board")
    assert not app.exception
    assert "Nothing is pinned yet" in app.markdown[-1].value
    assert "board" not in app.query_params
    lost = open_app("board", board=new_board())
    assert "not on this machine" in lost.warning[0].value
    wrong = open_app("board", board="../../etc")
    assert "22 letters and digits" in wrong.warning[0].value


@pytest.mark.peers
def test_a_full_board_says_so(open_app, pinned, monkeypatch):
    monkeypatch.setattr("xai_core.board.store.MAX_PINS", 3)
    app = press(open_app(board=pinned), "pin-overview-on")
    assert not app.exception
    assert "4 pins; a board holds 3" in app.toast[0].value
    assert len(read_board(pinned)) == 3


def test_only_the_boards_own_link_gives_its_key(open_app, pinned):
    app = open_app(board=pinned)
    assert pinned not in "".join(code.value for code in app.code)
    app = open_app("board", board=pinned)
    assert pinned in app.query_params["board"]


def pin_button(app, key):
    return next(b for b in app.button if b.key == key)


def test_what_is_pinned_is_marked_and_not_pinned_twice(open_app, pinned):
    link = {"relu": "off", "layer": "blocks.4", "opacity": "60", "board": pinned}
    app = open_app(**link)
    assert pin_button(app, "pin-top5").label == "Pinned"
    press(app, "pin-top5")
    assert [toast.value for toast in app.toast] == ["It is on the pinboard already"]
    assert len(read_board(pinned)) == 3
    other = open_app(**link | {"image": "coffee"})
    assert pin_button(other, "pin-top5").label == "Pin", "another picture is another chart"
    change_board(pinned, lambda pins: [pin for pin in pins if pin.kind == "map"])
    assert pin_button(app.run(), "pin-top5").label == "Pin"


def test_two_maps_of_one_title_are_told_apart(open_app, pinned):
    press(open_app(layer="blocks.4", board=pinned), "pin-overview-on")
    titles = [pin.title for pin in read_board(pinned)]
    assert len(set(titles)) == 4
    assert titles[-1] == f"{titles[0]}, default settings"


def test_a_board_has_a_name_that_its_report_and_its_zip_bear(open_app, pinned):
    app = open_app("board", board=pinned)
    assert app.title[0].value == "Pinboard"
    assert "3 of 100 pins" in html(app)
    app.text_input(key="board-name").set_value("Cats <b>and</b> cups").run()
    assert not app.exception
    assert app.title[0].value == in_markdown("Cats <b>and</b> cups")
    assert board_name(pinned) == "Cats <b>and</b> cups"
    assert load_named_zip(board_zip(read_board(pinned), board_name(pinned)))[0] == "Cats <b>and</b> cups"
    first = read_board(pinned)[0]
    press(app, f"remove-{first.key}")
    assert board_name(pinned) == "Cats <b>and</b> cups", "a change of the pins leaves the name"
