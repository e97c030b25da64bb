"""Clever Hans: the finding, the clusters, the lasso, links, and sets that cannot be searched."""

from functools import partial

import pytest
from PIL import Image

from pages._ui.results import evaluations
from pages._ui.spuriosity import settings
from tests.xai_core.spuriosity.planted import shape_pictures, stamp

from .conftest import button, html, labels, select


@pytest.fixture(autouse=True)
def kept_here(tmp_path, monkeypatch):
    monkeypatch.setattr(evaluations, "folder", lambda: tmp_path / "kept")
    few = partial(settings.Search, pictures=5, receivers=10, controls=1, least=10)
    monkeypatch.setattr(settings, "Search", few)


def folder(path, each=12):
    for number, (label, pixels) in enumerate(shape_pictures(each)):
        (path / label).mkdir(parents=True, exist_ok=True)
        Image.fromarray(stamp(pixels)).save(path / label / f"{number}.png")
    return str(path)


def searched(open_app, place):
    app = open_app("spuriosity", model="tiny_cnn_shapes", searched="folder", labelled=place, image="")
    if "Search" in labels(app):
        button(app, "Search").click().run(timeout=240)
    return app


def test_a_folder_is_searched(open_app, tmp_path):
    app = searched(open_app, folder(tmp_path / "data", 11))
    assert not app.exception
    assert not app.error
    said = html(app)
    assert "clusters of 2 classes" in said
    assert select(app, "Class").options[0].startswith("disc")
    assert "Margin beyond control" in said
    assert "pictures of the cluster" in said
    assert any(chart.key.startswith("plane-") for chart in app.get("plotly_chart"))
    assert "All clusters as CSV" in [b.proto.label for b in app.get("download_button")]
    select(app, "Class").set_value(1).run()
    assert not app.exception
    assert app.query_params["hans_class"] == "1"


def test_a_link_shows_the_pictures_of_the_lasso(open_app, tmp_path):
    place = folder(tmp_path / "data", 11)
    searched(open_app, place)
    link = {"model": "tiny_cnn_shapes", "searched": "folder", "labelled": place, "image": ""}
    app = open_app("spuriosity", picked="0.3", **link)
    assert not app.exception
    assert "2 pictures in the lasso" in html(app)


def test_a_set_that_is_too_small_is_one_sentence(open_app, tmp_path):
    app = searched(open_app, folder(tmp_path / "data", 3))
    assert not app.exception
    (error,) = app.error
    assert "a search needs 10 of one" in error.value


def test_without_a_folder_the_layouts_are_shown(open_app):
    app = open_app("spuriosity", model="tiny_cnn_shapes", searched="folder", image="")
    assert not app.exception
    assert "Name a folder of labelled pictures" in app.info[0].value
