"""The CAM gallery: axes, presets, empty maps, long maps, opened tiles."""

import pytest

import xai_core as xai
from pages._ui.results import networks
from pages._ui.results.flights import MEMORY
from pages._ui.widgets import downloads

from .conftest import button, html, opened, select, toggle


def test_first_screen_has_a_grid(open_app):
    app = open_app("gallery")
    assert not app.exception
    assert len(opened(app)) == 12
    assert opened(app)[0] == "Grad-CAM, blocks.2, tiger cat"
    assert "blocks.4, 14 × 14" in html(app)


def test_one_pass_serves_the_whole_grid(open_app):
    MEMORY.clear()
    networks.handle("efficientnet_lite0")
    app = open_app("gallery", image="astronaut")
    assert len(opened(app)) == 12
    passes = networks.handle("efficientnet_lite0").ledger.passes
    toggle(app, "Counterfactual").set_value(True).run()
    toggle(app, "ReLU").set_value(False).run()
    toggle(app, "One colour scale for all layers of a method").set_value(True).run()
    app.slider[0].set_value(20).run()
    assert not app.exception
    assert networks.handle("efficientnet_lite0").ledger.passes == passes
    app.multiselect[0].set_value(["blocks.1", "blocks.2", "blocks.4", "blocks.6"]).run()
    assert len(opened(app)) == 16
    assert networks.handle("efficientnet_lite0").ledger.passes == passes + 1


def test_preset_of_the_embedded_model(open_app):
    app = open_app("gallery")
    button(app, "Lite0: blocks.4 against blocks.6").click().run()
    assert not app.exception
    assert len(opened(app)) == 12
    for heading in ("With ReLU", "Without ReLU", "Counterfactual"):
        assert f'<div class="head">{heading}</div>' in html(app)
    for row in ("blocks.4, 14 × 14, tiger cat", "blocks.6, 7 × 7, Egyptian cat"):
        assert row in html(app)
    assert any("maps are empty" in m.value for m in app.markdown)


@pytest.mark.parametrize(
    ("preset", "model", "layers"),
    [
        ("ResNet-50: layer3 against layer4", "resnet50", "layer3,layer4"),
        ("VGG-16: features_25 against features_29", "vgg16", "features.25,features.29"),
    ],
)
def test_classic_presets_name_the_missing_model(open_app, preset, model, layers, tmp_path, monkeypatch):
    monkeypatch.setenv("XAI_WEIGHTS_DIR", str(tmp_path))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    networks.models_here.clear()
    app = open_app("gallery")
    button(app, preset).click().run()
    assert not app.exception
    assert app.title[0].value == f"{xai.MODELS[model].label} is not on this server"
    assert app.query_params["layers"] == layers


def test_rows_and_columns_are_a_persons_choice(open_app):
    app = open_app("gallery")
    select(app, "Columns").select("class").run()
    assert not app.exception
    assert '<div class="head">tiger cat</div>' in html(app)
    assert '<div class="head">Egyptian cat</div>' in html(app)
    assert "blocks.2, 28 × 28, Grad-CAM" in html(app)
    select(app, "Rows").select("class").run()
    assert select(app, "Columns").value == "layer"


def test_empty_maps_explain_themselves_and_the_button_mends_them(open_app):
    app = open_app("gallery", layers="blocks.6", methods="grad_cam", counterfactual="on")
    assert any("1 map is empty. All values are negative or zero" in m.value for m in app.markdown)
    button(app, "Turn ReLU off").click().run()
    assert not any("empty" in m.value for m in app.markdown)
    assert toggle(app, "ReLU").value is False


@pytest.mark.peers
def test_long_maps_wait_for_a_click_and_are_kept(open_app):
    MEMORY.clear()
    app = open_app("gallery", layers="blocks.6", methods="grad_cam,score_cam", image="rocket")
    assert not app.exception
    assert len(opened(app)) == 1
    announced = [m.value for m in app.markdown if "about" in m.value and "here" in m.value]
    assert len(announced) == 1
    assert announced[0].startswith("Score-CAM: 1 map takes about")
    button(app, "Compute").click().run()
    assert not app.exception
    assert len(opened(app)) == 2
    passes = networks.handle("efficientnet_lite0").ledger.passes
    toggle(app, "ReLU").set_value(False).run()
    assert len(opened(app)) == 2
    assert networks.handle("efficientnet_lite0").ledger.passes == passes


def test_a_map_that_cannot_be_made_says_so_in_its_tile(open_app):
    app = open_app("gallery", layers="blocks.6,layer4", methods="grad_cam")
    assert app.warning[0].value.startswith("efficientnet_lite0 has no layer 'layer4'")
    assert len(opened(app)) == 1


def test_nothing_chosen_is_said(open_app):
    app = open_app("gallery")
    app.multiselect[1].set_value([]).run()
    assert not app.exception
    assert app.info[0].value == "Choose at least one layer and one method."


def test_link_reopens_the_same_gallery(open_app):
    app = open_app(
        "gallery",
        image="coffee",
        rows="method",
        columns="layer",
        layers="blocks_1,blocks.6",
        methods="hires_cam,eigen_cam",
        relu="off",
        shared="on",
        cells="on",
    )
    assert not app.exception
    assert opened(app) == [
        f"{method}, {layer}, espresso"
        for method in ("HiResCAM", "Eigen-CAM")
        for layer in ("blocks.1", "blocks.6")
    ]
    assert toggle(app, "ReLU").value is False
    assert toggle(app, "One colour scale for all layers of a method").value is True
    assert app.query_params["methods"] == "hires_cam,eigen_cam"


def test_opened_tile_shows_its_settings_and_downloads(open_app):
    app = open_app("gallery", tile="4")
    assert not app.exception
    assert "<td>Map</td><td>14 × 14 cells</td>" in html(app)
    assert "<td>ReLU</td><td>on</td>" in html(app)
    assert [b.proto.label for b in app.get("download_button")] == [*downloads.NAMES.values(), "Raw .npy"]
    assert "What am I looking at?" in [part.label for part in app.expander]


def test_another_model_starts_with_its_own_layers(open_app):
    app = open_app("gallery", layers="blocks.4,blocks.6")
    select(app, "Model").select("efficientnet_lite1").run()
    assert not app.exception
    assert not app.warning
    assert "layers" not in app.query_params
