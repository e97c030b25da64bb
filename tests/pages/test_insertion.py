"""Insertion and deletion: one picture, a set, settings, links, presets."""

import io

import numpy as np
import pytest
from PIL import Image

import xai_core as xai
from pages._ui.insertion.presets import PRESETS
from pages._ui.results import networks, pictures
from pages._ui.results.flights import MEMORY
from xai_core.board import read_board, read_figure
from xai_core.board.figure_file import figure_picture, figure_table

from .conftest import browse, button, computed, html, labels, select

QUICK = {"superpixel": "56", "curve_maps": "grad_cam"}


def downloads(app):
    return [b.proto.label for b in app.get("download_button")]


def test_curves_of_one_picture(open_app):
    app = computed(open_app("insertion", **QUICK))
    assert not app.exception
    assert "a random order on this picture" in html(app)
    assert len(app.get("plotly_chart")) == 2
    assert "Grad-CAM, area " in app.get("plotly_chart")[0].proto.spec
    table = app.dataframe[0].value
    assert table["map"].tolist() == ["Grad-CAM", "Random order"]
    assert table["insertion_gap"].iloc[1] == 0
    own, image = networks.handle("efficientnet_lite0"), pictures.sample("chelsea", "crop")
    found = xai.curves(own, image, xai.explain(own, image, "grad_cam"), superpixel=56)
    assert table["insertion"].iloc[0] == pytest.approx(found.insertion_auc, abs=1e-6)
    assert downloads(app).count("Chart as HTML") == 2
    assert "Curves as CSV" in downloads(app)
    passes = own.ledger.passes
    next(s for s in app.slider if s.label == "Superpixels").set_value(80).run()
    assert not app.exception
    assert own.ledger.passes == passes, "the picture at a step needs no network"
    assert app.query_params["step"] == "80"


@pytest.mark.peers
def test_its_pictures_and_its_table_can_be_pinned(open_app, tmp_path, monkeypatch):
    monkeypatch.setenv("XAI_BOARDS_DIR", str(tmp_path))
    app = computed(open_app("insertion", step="25", **QUICK))
    table = app.dataframe[0].value
    for key in ("pin-step-Shown", "pin-table-areas", "pin-ordered"):
        next(b for b in app.button if b.key == key).click().run()
        assert not app.exception
    shown, areas, ordered = read_board(app.query_params["board"])
    assert shown.title == "Shown: tiger cat, 4 superpixels of Grad-CAM"
    kind, file = figure_picture(read_figure(shown.figure))
    pixels = np.asarray(Image.open(io.BytesIO(file)))
    assert kind == "jpeg"
    assert 0.6 < (pixels < 8).all(2).mean() < 0.9, "12 of 16 superpixels are black"
    pinned = figure_table(read_figure(areas.figure))
    assert pinned["Map"].tolist() == ["Grad-CAM", "Random order"]
    assert pinned["Insertion area"].tolist() == table["insertion"].tolist()
    assert (ordered.kind, ordered.map.e.method) == ("map", "grad_cam")


@pytest.mark.peers
def test_settings_travel_in_the_link(open_app):
    app = computed(open_app("insertion", **QUICK))
    select(app, "Hidden by").select("blur").run()
    computed(app)
    assert app.query_params["hidden_by"] == "blur"
    select(app, "Score").select("logit").run()
    computed(app)
    assert not app.exception
    assert app.query_params["curve_score"] == "logit"
    assert "Logit of" in app.get("plotly_chart")[0].proto.spec


@pytest.mark.peers
def test_segments_instead_of_squares(open_app):
    app = computed(open_app("insertion", superpixel="0", curve_maps="grad_cam"))
    assert not app.exception
    assert "SLIC segments, about 64" in select(app, "Superpixels").options
    assert "superpixels" in html(app)
    assert app.query_params["superpixel"] == "0"


@pytest.mark.peers
def test_choosing_maps(open_app):
    app = computed(open_app("insertion", **QUICK))
    computed(select(browse(app, "w.curve_maps.methods"), "Search").select("layer_cam").run())
    assert app.query_params["curve_maps"] == "grad_cam,layer_cam"
    assert app.dataframe[0].value["map"].tolist() == ["Grad-CAM", "LayerCAM", "Random order"]
    next(m for m in app.multiselect if m.label == "Maps").set_value([]).run()
    assert app.info[0].value == "Choose at least one map."
    assert not app.exception


@pytest.mark.peers
def test_a_set_of_pictures(open_app, shared_data, tmp_path):
    for file in sorted((shared_data / "images" / "assignment4").iterdir())[:3]:
        (tmp_path / file.name).write_bytes(file.read_bytes())
    link = {"curve_over": "set", "set": "folder", "folder": str(tmp_path)}
    app = computed(open_app("insertion", **QUICK, **link))
    assert not app.exception
    table = app.dataframe[0].value
    assert table["method"].tolist() == ["Grad-CAM", "Random order"]
    assert table["pictures"].tolist() == [3, 3]
    assert (table["insertion_auc_gap_low"] <= table["insertion_auc_gap"]).all()
    assert "Areas as CSV" in downloads(app)
    assert downloads(app).count("Chart as HTML") == 2


@pytest.mark.peers
@pytest.mark.parametrize("preset", PRESETS, ids=[preset.name for preset in PRESETS])
def test_presets(open_app, preset, monkeypatch):
    monkeypatch.setattr(xai, "estimate", lambda *_, **__: 60.0)
    MEMORY.clear()
    app = open_app("insertion", **QUICK)
    button(app, preset.name).click().run()
    assert not app.exception
    assert button(app, preset.name).proto.type == "primary"
    if preset.fields["curve_over"] == "set":
        assert any("pictures, 3 pairs of curves each" in m.value for m in app.markdown)
        assert "Compute" in labels(app)


@pytest.mark.peers
def test_links_that_ask_for_what_is_not_there(open_app):
    asked = {"hidden_by": "noise", "curve_maps": "gradcam", "step": "200"}
    app = open_app("insertion", **(QUICK | asked))
    warnings = [warning.value for warning in app.warning]
    app = open_app("insertion", **(QUICK | {"superpixel": "500"}))
    warnings += [warning.value for warning in app.warning]
    assert not app.exception
    for said in ("4 to 112", "Accepted are black, blur, mean, drop", "The methods are", "0 to 100"):
        assert any(said in warning for warning in warnings), warnings


@pytest.mark.peers
def test_patches_of_a_transformer_left_out(open_app):
    """The superpixels are then its patches, whatever was chosen; another network is not offered it."""
    app = computed(
        open_app("insertion", model="tiny_vit_shapes", curve_maps="attention_rollout", hidden_by="drop")
    )
    assert not app.exception
    assert "the other patches are left out" in html(app)
    assert select(app, "Hidden by").value == "drop"
    table = app.dataframe[0].value
    own = networks.handle("tiny_vit_shapes")
    image = pictures.sample(app.query_params["image"], "crop")  # a drawn one, which this network knows
    e = xai.explain(own, image, "attention_rollout")
    found = xai.curves(own, image, e, superpixel="patch", baseline="drop")
    assert table["insertion"].iloc[0] == pytest.approx(found.insertion_auc, abs=1e-6)
    app = computed(open_app("insertion", hidden_by="drop", **QUICK))
    assert not app.exception
    assert "Left out, patch by patch" not in select(app, "Hidden by").options
    assert app.query_params.get("hidden_by", "black") == "black"
