"""Localization: over mosaics, one picture, thresholds, links, and sets without boxes."""

import json
import re

import pytest
from PIL import Image

import xai_core as xai
from pages._ui.results import evaluations, networks
from tests.lanes import core_and_peers
from xai_core.inputs.views import view_boxes
from xai_core.metrics import localization

from .conftest import button, computed, html, labels


@pytest.fixture(autouse=True)
def kept_here(tmp_path, monkeypatch):
    monkeypatch.setattr(evaluations, "folder", lambda: tmp_path)


def select_slider(app, value):
    next(s for s in app.select_slider if s.label.startswith("Boxes from")).set_value(value).run()


def test_a_set(open_app):
    app = computed(open_app("localization", box_maps="grad_cam", limit="6"))
    assert not app.exception
    assert re.search(r"(Better than|Grad-CAM does not beat) (a bump in the middle|noise) on IoU: ", html(app))
    assert "6 mosaics of 5 photographs" in html(app)
    assert html(app).count("<tr>") >= 4  # head, Grad-CAM, bump, noise
    opened = [label for label in labels(app) if label.startswith("Open ")]
    assert len(opened) == 6  # five best, one worst
    assert len(app.get("plotly_chart")) == 2
    names = [b.proto.label for b in app.get("download_button")]
    assert {"All numbers as CSV", "By class as CSV", "Chart as HTML"} <= set(names)


@pytest.mark.peers
def test_thresholds_run_no_network(open_app):
    app = computed(open_app("localization", box_maps="grad_cam", limit="4"))
    handle = networks.handle("efficientnet_lite0")
    before, table = handle.ledger.passes, html(app)
    select_slider(app, 60)
    assert not app.exception
    assert handle.ledger.passes == before
    assert app.query_params["share"] == "60"
    assert html(app) != table


def test_one_picture_with_known_boxes(open_app, lite0):
    app = open_app(
        "localization", boxed="one", image="chelsea+coffee", target="967", box_maps="grad_cam,gradient"
    )
    assert not app.exception
    e = xai.explain(lite0, xai.mosaic(["chelsea", "coffee"]), "grad_cam", target=967)
    box = view_boxes(xai.mosaic(["chelsea", "coffee"]), lite0.grid)[1]  # the cup is on the right
    iou = localization.best_iou(localization.box_of(e.upsampled(), 0.2), [box])
    assert f"IoU {iou:.2f}" in html(app)
    figure = json.loads(app.get("plotly_chart")[0].proto.spec)
    assert [line["name"] for line in figure["data"]] == ["Grad-CAM", "Gradient"]
    button(app, "Open Grad-CAM, espresso").click().run()
    assert not app.exception
    assert "Raw .npy" in [b.proto.label for b in app.get("download_button")]


def test_one_picture_with_a_box_of_ones_own(open_app, lite0, chelsea):
    app = open_app("localization", boxed="one", box="25-75-0-100", box_maps="grad_cam")
    assert not app.exception
    e = xai.explain(lite0, chelsea, "grad_cam")
    inside = localization.energy(e.upsampled(), [xai.types.Box("", 56, 0, 168, 224)])
    assert f"energy inside {100 * inside:.0f}" in html(app)


def test_voc_boxes_of_a_folder(open_app, chelsea, tmp_path):
    data = tmp_path / "set"
    (data / "images").mkdir(parents=True)
    (data / "annots").mkdir()
    Image.fromarray(chelsea.pixels).save(data / "images" / "a.png")
    box = "<bndbox><xmin>100</xmin><ymin>50</ymin><xmax>300</xmax><ymax>250</ymax></bndbox>"
    (data / "annots" / "a.xml").write_text(
        f"<annotation><filename>a.png</filename><object><name>puss</name>{box}</object></annotation>"
    )
    link = {"boxes_of": "folder", "labelled": str(data), "box_maps": "grad_cam"}
    app = computed(open_app("localization", **link, class_map="puss=tiger cat"))
    assert not app.exception
    assert "Too few photographs to tell any map from" in html(app)
    assert "1 picture. An interval needs three photographs" in html(app)


def test_a_set_without_boxes(open_app, chelsea, tmp_path):
    (tmp_path / "set" / "tiger cat").mkdir(parents=True)
    Image.fromarray(chelsea.pixels).save(tmp_path / "set" / "tiger cat" / "a.png")
    link = {"boxes_of": "folder", "labelled": str(tmp_path / "set"), "box_maps": "grad_cam"}
    app = computed(open_app("localization", **link))
    assert not app.exception
    assert "None of these pictures has a box" in app.error[0].value


@pytest.mark.parametrize(
    ("link", "said"),
    core_and_peers(
        [
            ({"share": "33"}, "A multiple of 5"),
            ({"boxed": "two"}, "Accepted are set, one"),
            ({"boxes_of": "folder", "labelled": "/nowhere"}, "There is no folder '/nowhere'"),
            ({"box_maps": ""}, "Choose at least one map"),
            ({"box_maps": "grad_cam@layer9", "boxed": "one"}, "has no layer 'layer9'"),
        ],
        2,
    ),
)
def test_links_that_ask_for_what_is_not_there(open_app, link, said):
    app = open_app("localization", **({"limit": "2", "box_maps": "grad_cam"} | link))
    assert not app.exception
    shown = [e.value for kind in (app.warning, app.error, app.info) for e in kind]
    assert any(said in text for text in shown), shown
