"""Right and wrong: the sentence, the matrix, the gallery, what differs, links, and folders that do not
work.
"""

import re

import pandas as pd
import pytest
from PIL import Image

import xai_core as xai
from pages._ui.results import evaluations
from pages._ui.sets.labelled import read_map
from pages._ui.state import visitors
from tests.lanes import core_and_peers
from xai_core.datasets import cifar10
from xai_core.escaping import in_markdown
from xai_core.inputs import wordnet
from xai_core.types import InputError

from .conftest import button, computed, html, labels, select


@pytest.fixture(autouse=True)
def kept_here(tmp_path, monkeypatch):
    monkeypatch.setattr(evaluations, "folder", lambda: tmp_path)


def folder(path, chelsea, *, broken=False):
    for name in ("tiger cat", "espresso"):
        (path / name).mkdir(parents=True)
        Image.fromarray(chelsea.pixels).save(path / name / "cat.png")
    if broken:
        (path / "espresso" / "broken.png").write_bytes(b"no picture")
    return str(path)


def test_a_result_at_once(open_app):
    app = open_app("right_wrong", limit="26")
    assert not app.exception
    said = re.search(r"is right on (\d+) of 26 pictures", html(app))
    right = int(said.group(1))
    assert 5 <= right <= 21
    opened = [label for label in labels(app) if label.startswith("Open ")]
    assert len(opened) == 5 + 2 * 5  # a wrong answer has two maps
    assert {"confusion-5-6-", "chart-confidence"} <= {chart.key for chart in app.get("plotly_chart")}
    assert "Predictions as CSV" in [b.proto.label for b in app.get("download_button")]


def test_a_cell_filters_the_gallery(open_app, chelsea, tmp_path):
    place = folder(tmp_path / "data", chelsea)
    app = computed(open_app("right_wrong", answers_of="folder", labelled=place))
    assert not app.exception
    assert "is right on 1 of 2 pictures: 50" in html(app)
    shown = select(app, "Shown below")
    assert shown.options == [
        "All pictures",
        "espresso, answered tiger cat: 1",
        "tiger cat, answered tiger cat: 1",
    ]
    shown.set_value((0, 1)).run()
    assert not app.exception
    assert app.query_params["cell"] == "0.1"
    opened = [label for label in labels(app) if label.startswith("Open ")]
    assert opened == ["Open tiger cat, espresso/cat.png", "Open espresso, espresso/cat.png"]
    assert "None of these pictures is answered right" in html(app)
    button(app, opened[1]).click().run()
    assert not app.exception
    assert app.query_params["right_tile"] == "1"
    assert "Raw .npy" in [b.proto.label for b in app.get("download_button")]


@pytest.mark.peers
def test_what_differs(open_app):
    app = open_app("right_wrong", limit="20")
    app = computed(computed(app))
    assert not app.exception
    table = app.dataframe[0].value
    assert table["measure"].tolist() == ["Concentration", "Offset from the centre", "Share at the edge"]
    assert (table["right_n"] + table["wrong_n"] == 20).all()
    assert table["p"].between(0, 1).all()
    gap = table["right"] - table["wrong"]
    pd.testing.assert_series_equal(table["gap"], gap, check_names=False)
    assert len(app.get("plotly_chart")) == 5


def test_a_broken_picture_is_named(open_app, chelsea, tmp_path):
    place = folder(tmp_path / "data", chelsea, broken=True)
    app = computed(open_app("right_wrong", answers_of="folder", labelled=place))
    assert not app.exception
    assert [e.label for e in app.expander] == ["1 picture cannot be read"]
    assert "espresso/broken.png" in html(app)


@pytest.mark.parametrize(
    ("link", "said"),
    core_and_peers(
        [
            ({"answers_of": "folder", "labelled": "/nowhere"}, "There is no folder '/nowhere'"),
            ({"answers_of": "folder"}, "Name a folder of labelled pictures"),
            ({"answers_of": "attic", "limit": "5"}, "Accepted are corruptions, mosaics, cifar10, folder"),
            ({"right_map": "gradcam", "limit": "5"}, "The methods are grad_cam, grad_cam_plus_plus"),
            ({"right_map": "grad_cam@layer9", "limit": "5"}, "has no layer 'layer9'"),
            ({"cell": "9.9", "limit": "5"}, "All pictures"),
        ],
        3,
    ),
)
def test_links_that_ask_for_what_is_not_there(open_app, link, said):
    app = open_app("right_wrong", **link)
    assert not app.exception
    shown = [e.value for kind in (app.warning, app.error, app.info) for e in kind]
    shown += [s.options[0] for s in app.selectbox if s.label == "Shown below"]
    assert any(said in text for text in shown), shown


def test_a_class_that_the_model_does_not_have(open_app, chelsea, tmp_path):
    (tmp_path / "data" / "wug").mkdir(parents=True)
    Image.fromarray(chelsea.pixels).save(tmp_path / "data" / "wug" / "cat.png")
    link = {"answers_of": "folder", "labelled": str(tmp_path / "data")}
    app = open_app("right_wrong", **link)
    assert "'wug' is no class of the model; name one in a class map" in app.error[0].value
    app = computed(open_app("right_wrong", **link, class_map="wug = tiger cat"))
    assert not app.exception
    assert "is right on 1 of 1 pictures" in html(app)
    app = open_app("right_wrong", **link, class_map="wug")
    assert "pairs such as kangaroo = wallaby" in app.error[0].value


def test_reading_a_class_map():
    assert read_map("kangaroo = 104\ncat=tiger cat, dog = 1 ") == (
        ("kangaroo", "104"),
        ("cat", "tiger cat"),
        ("dog", "1"),
    )
    assert read_map(" \n") == ()
    with pytest.raises(InputError, match="'= 3'"):
        read_map("= 3")


def test_cifar_that_is_not_here(open_app, tmp_path, monkeypatch):
    monkeypatch.setenv("XAI_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("XAI_WEIGHTS_DIR", str(tmp_path / "weights"))
    monkeypatch.setattr(visitors, "one_person", lambda: True)
    app = open_app("right_wrong", answers_of="cifar10")
    assert not app.exception
    assert "CIFAR-10 is not on this machine" in [s.value for s in app.subheader]
    assert f"`cifar-10-binary.tar.gz`, 170 MB, into {in_markdown(tmp_path)}" in " ".join(
        m.value for m in app.markdown
    )

    def fails():
        raise xai.InputError("No network here.")

    monkeypatch.setattr(cifar10, "fetched", fails)
    button(app, "Download 170 MB").click().run()
    assert [e.value for e in app.error] == ["No network here."]


@pytest.mark.peers
def test_cifar_through_the_page(open_app, shared_data, monkeypatch):
    monkeypatch.setenv("XAI_WEIGHTS_DIR", str(shared_data / "cifar10"))
    app = open_app(
        "right_wrong",
        model="resnet20_cifar10",
        answers_of="folder",
        labelled=str(shared_data / "cifar10" / "test"),
    )
    assert "24 of 1,000 pictures" in html(app) or "is right on 804 of 1,000" in html(app)
    if "is right on 804 of 1,000" not in html(
        app
    ):  # on a slow machine the whole is announced beside the part
        button(app, "Compute").click().run(timeout=240)
    assert not app.exception
    assert "is right on 804 of 1,000 pictures: 80" in html(app)
    opened = [label for label in labels(app) if label.startswith("Open ")]
    assert len(opened) == 15


def test_many_classes_are_a_table_sorted_by_mistakes(open_app, chelsea, tmp_path):
    ids = list(wordnet._classes())
    cat = next(n for n in ids if wordnet._classes()[n] == 282)
    for synset in [*[n for n in ids if n != cat][:26], cat]:
        (tmp_path / "data" / synset).mkdir(parents=True)
        Image.fromarray(chelsea.pixels[::4, ::4]).save(tmp_path / "data" / synset / "a.png")
    link = {"answers_of": "folder", "labelled": str(tmp_path / "data"), "shown": "1"}
    app = computed(open_app("right_wrong", **link))
    assert not app.exception
    table = app.dataframe[0].value
    assert list(table) == ["true", "answer", "n"]
    assert len(table) >= 25, "mistakes alone"
    assert "tench" in set(table["true"])
    assert not table["true"].str.contains(r"n\d{8}").any()
    next(t for t in app.text_input if t.label == "Search").set_value("TENCH").run()
    assert app.dataframe[0].value["true"].tolist() == ["tench"]
