"""Pictures that travel: the attacked one, uploads and their tray, kept ones and pinned ones."""

import io
from urllib.parse import parse_qsl, urlsplit

import numpy as np
import pytest
from PIL import Image

import xai_core as xai
from pages._ui.results import networks
from pages._ui.state import small, tray
from tests.app import switch
from xai_core.board import board_zip, change_board, load_zip, new_board, read_board
from xai_core.trust_study import open_store

from .conftest import button, computed, html, labels

QUICK = "pgd~steps=2"


def a_picture(colour: int, side: int = 64, **options: object) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(np.full((side, side, 3), colour, np.uint8)).save(buffer, "PNG", **options)
    return buffer.getvalue()


def upload(app, name, data):
    """Bring a file, as a visitor does in the sidebar."""
    if app.segmented_control(key="w.kind").value != "Upload":
        app.segmented_control(key="w.kind").set_value("Upload").run()
    app.file_uploader[0].set_value((name, data, "image/png")).run()
    assert not app.exception
    return app


def explore(app):
    """Press the button of Adversarial, and follow to Overview as a browser does."""
    button(app, "Explore this picture").click().run()
    assert not app.exception
    return switch(app, "overview")


@pytest.fixture
def attacked(open_app):
    return explore(computed(open_app("adversarial", image="coffee", attack=QUICK, fit="pad")))


def test_the_attacked_picture_is_explored_on_overview(attacked):
    (found,) = tray_of(attacked)
    own = networks.handle("efficientnet_lite0")
    again = xai.attack(own, xai.load_sample("coffee", "pad"), "pgd", steps=2)
    assert found.made == f"{again.before.label} to {again.after.label}"
    image = xai.load_image(found.data)
    np.testing.assert_array_equal(image.pixels, again.image.pixels)
    assert xai.predict(own, image, 1)[0] == again.after
    assert attacked.query_params["image"] == found.key
    assert f"attacked: {found.made}" in html(attacked)
    assert again.after.label in attacked.title[0].value, "Overview, not the page of the attack"
    assert attacked.query_params["fit"] == "pad", "the fit is kept"


def tray_of(app):
    return app.session_state["_tray"]


def test_back_to_the_original(attacked):
    button(attacked, "back to the original").click().run()
    assert not attacked.exception
    assert attacked.query_params["image"] == "coffee"
    assert attacked.query_params["fit"] == "pad"
    assert "attacked:" not in html(attacked)
    assert attacked.title[0].value.startswith("Answer: espresso")


def test_an_attacked_picture_is_attacked_only_when_that_is_asked(attacked):
    app = switch(attacked, "adversarial").run()
    assert not app.exception
    assert "This picture was attacked already" in html(app)
    assert "Explore this picture" not in labels(app)
    button(app, "Attack it again").click().run()
    app = computed(app)
    assert "This picture was attacked already" not in html(app)
    assert "Explore this picture" in labels(app)


def test_a_later_upload_and_a_removal_win(attacked):
    app = upload(attacked, "grey.png", a_picture(90))
    assert app.query_params["image"].endswith(":grey.png")
    assert "attacked:" not in html(app)
    assert [one.name for one in tray_of(app)] == ["grey.png", "Coffee_pgd.png"]
    app.button(key="remove-own").click().run()
    assert not app.exception
    assert "image" not in app.query_params
    assert [one.name for one in tray_of(app)] == ["Coffee_pgd.png"]


@pytest.mark.peers
def test_the_same_file_again_shows_the_original_again(open_app):
    app = computed(upload(open_app("adversarial", attack=QUICK), "grey.png", a_picture(90)))
    explore(app)
    assert "attacked:" in html(app)
    upload(app, "grey.png", a_picture(90))
    assert "attacked:" not in html(app)
    assert app.query_params["image"].endswith(":grey.png")
    assert len(tray_of(app)) == 2


def test_removing_the_original_removes_what_was_attacked_of_it(open_app):
    app = computed(upload(open_app("adversarial", attack=QUICK), "grey.png", a_picture(90)))
    explore(app)
    button(app, "back to the original").click().run()
    app.button(key="remove-own").click().run()
    assert tray_of(app) == ()
    assert app.title[0].value.startswith("Answer: espresso")


@pytest.mark.peers
def test_one_click_brings_an_earlier_picture_back(open_app):
    app = upload(open_app(), "first.png", a_picture(60))
    upload(app, "second.png", a_picture(160))
    app.segmented_control(key="w.kind").set_value("Samples").run()
    button(app, "first.png").click().run()
    assert not app.exception
    assert app.query_params["image"].endswith(":first.png")
    assert "first.png" in html(app)


def test_a_refused_upload_leaves_the_picture_and_the_tray(open_app):
    app = upload(open_app(), "first.png", a_picture(60))
    upload(app, "second.png", b"nothing")
    assert [error.value for error in app.error] == [
        "second.png is not a picture; accepted are JPEG, PNG, WebP, BMP or TIFF files."
    ]
    assert app.query_params["image"].endswith(":first.png")
    upload(app, "third.png", a_picture(160))
    assert not app.error


def test_two_files_of_one_name_are_two_pictures(open_app):
    app = upload(open_app(), "same.png", a_picture(60))
    first = app.query_params["image"]
    upload(app, "same.png", a_picture(160))
    assert app.query_params["image"] != first
    assert len(tray_of(app)) == 2


@pytest.fixture
def session(monkeypatch):
    """A visitor's state without a page."""
    held = {}
    monkeypatch.setattr(tray.st, "session_state", held)
    return held


def test_the_tray_holds_ten_and_the_newest_first(session):
    for number in range(12):
        tray.add(tray.Brought(f"{number}.png", bytes([number])))
    assert [one.name for one in tray.pictures()] == [f"{n}.png" for n in range(11, 1, -1)]
    tray.add(tray.pictures()[-1])
    assert [one.name for one in tray.pictures()][:2] == ["2.png", "11.png"]
    assert len(tray.pictures()) == 10


def test_the_tray_is_limited_in_bytes_too(session, monkeypatch):
    monkeypatch.setattr(small, "tray_bytes", lambda: 10)
    for name in "abc":
        tray.add(tray.Brought(name, name.encode() * 4))
    assert [one.name for one in tray.pictures()] == ["c", "b"]
    tray.add(tray.Brought("large", b"x" * 20))
    assert [one.name for one in tray.pictures()] == ["large"]


def test_the_name_in_a_key(session):
    one = tray.Brought("a:b.png", b"x")
    assert tray.name_in(one.key) == "a:b.png"
    assert tray.name_in("upload:holiday.jpg") == "holiday.jpg"
    assert tray.name_in("upload:C:holiday.jpg") == "C:holiday.jpg"


@pytest.fixture
def database(tmp_path, monkeypatch):
    """An empty database and an empty folder for boards."""
    monkeypatch.setenv("XAI_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("XAI_BOARDS_DIR", str(tmp_path / "boards"))
    open_store.cache_clear()
    yield tmp_path
    open_store().close()
    open_store.cache_clear()


def link_in(app):
    """The fields of the address that "Link to this view" offers."""
    return dict(parse_qsl(urlsplit(app.code[0].value).query))


def test_a_link_does_not_carry_an_upload_that_is_not_kept(open_app, database):
    app = upload(open_app(), "first.png", a_picture(60))
    assert link_in(app)["image"].startswith("upload:")
    assert "The picture does not travel with the link." in [c.value for c in app.caption]
    stranger = open_app(**link_in(app))
    assert stranger.title[0].value == "This picture is not here"
    assert any("'first.png'" in m.value for m in stranger.markdown)


def test_a_kept_picture_travels_until_its_keeper_deletes_it(open_app, database):
    app = upload(open_app(), "first.png", a_picture(60))
    assert len(app.code) == 1
    button(app, "Keep this picture for 30 days").click().run()
    assert not app.exception
    link = link_in(app)
    assert link["image"].startswith("kept:")
    assert app.query_params["image"].startswith("upload:"), "the visitor's own view stays as it is"
    colleague = open_app(**link)
    assert colleague.title[0].value == app.title[0].value
    assert "first.png · Kept until " in html(colleague)
    assert "Delete it now" not in labels(colleague)
    button(app, "Delete it now").click().run()
    assert link_in(app)["image"].startswith("upload:")
    colleague = open_app(**link)
    assert colleague.title[0].value == "This picture is not here"
    assert any("is gone" in m.value for m in colleague.markdown)


def test_a_keeper_deletes_from_elsewhere(open_app, database):
    app = upload(open_app(), "first.png", a_picture(60))
    button(app, "Keep this picture for 30 days").click().run()
    keepers = dict(parse_qsl(urlsplit(app.code[1].value).query))
    later = open_app(**keepers)
    assert not later.exception
    assert "keeper" not in later.query_params, "who copies the address gives no right to delete"
    assert "keeper" not in link_in(later)
    button(later, "Delete it now").click().run()
    assert later.title[0].value == "This picture is not here"
    assert open_app(**link_in(app)).title[0].value == "This picture is not here"


def test_a_wrong_keepers_key_deletes_nothing(open_app, database):
    app = upload(open_app(), "first.png", a_picture(60))
    button(app, "Keep this picture for 30 days").click().run()
    kept = link_in(app)["image"]
    wrong = open_app(image=kept, keeper=kept.removeprefix("kept:"))
    assert not wrong.exception
    assert "Delete it now" not in labels(wrong)


def test_a_kept_attacked_picture_is_shown_as_it_was_attacked(open_app, database):
    app = explore(computed(open_app("adversarial", image="coffee", attack=QUICK, fit="pad")))
    app.run()
    button(app, "Keep this picture for 30 days").click().run()
    colleague = open_app(**link_in(app))
    assert not colleague.exception
    assert colleague.title[0].value == app.title[0].value
    assert "attacked: espresso to" in html(colleague)
    assert "back to the original" not in labels(colleague)


def test_what_is_too_large_is_not_kept(open_app, database, monkeypatch):
    monkeypatch.setattr("xai_core.trust_study.kept.MAX_MB", 0)
    app = upload(open_app(), "first.png", a_picture(60))
    button(app, "Keep this picture for 30 days").click().run()
    assert not app.exception
    assert "up to 0 MB are kept" in app.error[0].value
    assert link_in(app)["image"].startswith("upload:")


@pytest.fixture
def pinned(open_app, database):
    """The key of a board with a map and a chart of an upload."""
    app = upload(open_app(), "first.png", a_picture(60))
    for key in ("pin-overview-on", "pin-top5"):
        app.button(key=key).click().run()
    assert not app.exception
    return app.query_params["board"]


def views(app):
    """The addresses of "Open this view"."""
    links = [link.proto for link in app.get("page_link") if link.proto.label == "Open this view"]
    return [dict(parse_qsl(link.query_string)) for link in links]


def test_a_board_serves_its_pictures_to_its_key(open_app, pinned):
    own = upload(open_app(), "first.png", a_picture(60))
    found = views(open_app("board", board=pinned))
    assert len(found) == 2
    for view in found:
        assert view["image"].startswith(f"pinned:{pinned}:")
        colleague = open_app(**view)
        assert not colleague.exception
        assert colleague.title[0].value == own.title[0].value
        assert "first.png · From a pinboard" in html(colleague)
        assert pinned not in colleague.code[0].value, "the link to a view gives no board's key"


def test_a_board_in_a_zip_brings_its_pictures_along(open_app, pinned):
    packed = board_zip(read_board(pinned))
    assert pinned.encode() not in packed
    other = new_board()
    change_board(other, lambda _: load_zip(packed))
    change_board(pinned, lambda _: ())
    for view in views(open_app("board", board=other)):
        assert view["image"].startswith(f"pinned:{other}:")
        assert open_app(**view).title


def test_a_picture_that_was_removed_from_its_board_is_not_served(open_app, pinned):
    view = views(open_app("board", board=pinned))[0]
    change_board(pinned, lambda _: ())
    app = open_app(**view)
    assert not app.exception
    assert app.title[0].value == "This picture is not here"
    assert any("not on its pinboard any more" in m.value for m in app.markdown)


def test_an_incomplete_key_of_a_picture_is_said(open_app):
    app = open_app(image="kept:abc")
    assert "The key of its picture is incomplete." in app.warning[0].value


def test_a_pin_of_a_pinned_picture_holds_no_key(open_app, pinned):
    view = views(open_app("board", board=pinned))[0]
    app = open_app(**view)
    app.button(key="pin-top5").click().run()
    pin = read_board(app.query_params["board"])[-1]
    assert "pinned%3A" not in pin.link
    assert "image=upload%3Afirst.png" in pin.link
    assert pin.picture.sha256 == read_board(pinned)[0].picture.sha256
