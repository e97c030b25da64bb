"""The start page: a result at once, every control, and plain sentences for what a link asks in vain."""

import dataclasses
import re
from urllib.parse import parse_qsl

import numpy as np
import pytest

import xai_core as xai
from pages import overview
from pages._ui.overview import steps
from pages._ui.results import networks
from pages._ui.sidebar import about_run
from pages._ui.state import visitors
from pages._ui.state.shared import DEFAULT_IMAGE, EGYPTIAN_CAT, ESPRESSO
from pages._ui.widgets import layout, look
from tests.app import switch
from tests.lanes import core_and_peers
from xai_core.methods import grad_cam
from xai_core.scoring.incremental import Engine, engine_of

from .conftest import button, choose_method, computed, html, labels, select, toggle


def test_first_screen_has_a_result(open_app):
    app = open_app(image="")
    assert not app.exception
    assert "image" not in app.query_params
    assert app.title[0].value.startswith("Answer: espresso 23")
    text = html(app)
    assert overview.PURPOSE in text
    assert "EfficientNet-Lite0 says espresso" in text
    assert "Grad-CAM</b></a> · blocks.6 · espresso" in text
    assert "Grad-CAM</b></a> · blocks.6 · Egyptian cat" in text
    assert "Logit of espresso: 8.12" in text
    assert {"Open the map of espresso", "Open the map of Egyptian cat"} <= set(labels(app))
    assert text.count('<div class="bar" role="listitem"') == 5
    assert text.count(f"background: {look.accent()}") == 1
    assert "<span>Egyptian cat</span><b>" in text
    assert not app.get("plotly_chart"), "its file would take a second of the first view"


def test_the_two_maps_of_the_first_view_point_at_their_own_halves(lite0):
    """The default shows what it is for: each class's map lies on its own half of the picture."""
    image = xai.mosaic(DEFAULT_IMAGE.split("+"))
    for target, half in ((ESPRESSO, slice(0, 112)), (EGYPTIAN_CAT, slice(112, 224))):
        values = xai.explain(lite0, image, "grad_cam", target=target).upsampled()
        assert values[:, half].sum() > 0.8 * values.sum()


def test_next_steps_are_pictures_that_lead_to_their_pages(open_app):
    app = open_app()
    assert [link.proto.page for link in app.get("page_link")] == ["gallery", "trust", "compare"]
    assert "Your own picture" in labels(app)


def test_next_steps_of_a_transformer_are_of_its_usual_method(open_app):
    app = open_app(model="tiny_vit_shapes", image="")
    links = {link.proto.page: dict(parse_qsl(link.proto.query_string)) for link in app.get("page_link")}
    assert list(links) == ["gallery", "trust", "compare"]
    assert links["compare"]["maps"] == "attn_lrp,attention_gae,attention_rollout"
    assert links["trust"]["trust_maps"].startswith("attn_lrp,")
    assert links["trust"]["model"] == "tiny_vit_shapes", "a link sets every field"
    assert "AttnLRP, Attention GAE and Attention rollout." in html(app) + str(app.main)


def test_the_maps_of_the_next_steps(lite0):
    vit = xai.load_model("tiny_vit_shapes", "cpu")
    assert steps.maps_for(lite0) == steps.CONVOLUTIONAL
    assert steps.maps_for(vit) == steps.BY_ATTENTION
    for network, shown in ((lite0, steps.CONVOLUTIONAL), (vit, steps.BY_ATTENTION)):
        assert not [
            key for key in (shown.layered, shown.trusted, *shown.compared) if xai.why_not(network, key)
        ]
        assert xai.METHODS[shown.layered].takes_layer
    assert shown.about() == "AttnLRP, Attention GAE and Attention rollout."


def test_a_method_that_knows_no_class_has_one_map(open_app):
    app = open_app(method="eigen_cam")
    assert [label for label in labels(app) if label.startswith("Open the map")] == [
        "Open the map of tiger cat"
    ]


def test_the_map_beside_it_opens_by_a_link(open_app):
    app = open_app(opened="versus")
    assert not app.exception
    assert app.query_params["opened"] == "versus"


def test_a_map_that_is_negative_everywhere_does_not_call_itself_zero(open_app, monkeypatch):
    real = overview.compute.tiles

    def negative(*asked):
        return [dataclasses.replace(e, heatmap=-1 - np.abs(e.heatmap)) for e in real(*asked)]

    monkeypatch.setattr(overview.compute, "tiles", negative)
    app = open_app(relu="off")
    assert not app.exception
    said = "\n".join(m.value for m in app.markdown)
    assert layout.EMPTY["none positive"] in said
    assert layout.EMPTY["all zero"] not in said


def test_another_sample_and_another_class(open_app):
    app = open_app()
    button(app, "Coffee").click().run()
    assert app.title[0].value.startswith("Answer: espresso")
    select(app, "Class").select(968).run()
    assert app.title[0].value.startswith("Answer: espresso")
    assert "· shown: cup " in app.title[0].value
    assert "For cup" in html(app)
    assert dict(app.query_params) == {"image": "coffee", "target": "968"}


def test_method_and_layer_show_at_once(open_app):
    app = open_app()
    choose_method(app, "layer_cam")
    assert "LayerCAM</b></a> · blocks.6" in html(app)
    select(app, "Layer").select("blocks.2").run()
    assert "LayerCAM</b></a> · blocks.2" in html(app)
    assert app.query_params["layer"] == "blocks.2"


def test_methods_without_a_layer_of_ones_choice(open_app):
    app = open_app(method="full_grad")
    assert "FullGrad</b></a> · tiger cat" in html(app)
    assert "Layer" not in [s.label for s in app.selectbox]
    choose_method(app, "cam")
    assert "CAM</b></a> · bn2" in html(app)


def test_relu_and_look_run_no_network(open_app):
    app = open_app()
    passes = networks.handle("efficientnet_lite0").ledger.passes
    toggle(app, "ReLU").set_value(False).run()
    app.slider[0].set_value(80).run()
    select(app, "Colours").select("viridis").run()
    assert not app.exception
    assert networks.handle("efficientnet_lite0").ledger.passes == passes
    assert dict(app.query_params) == {
        "image": "chelsea",
        "relu": "off",
        "opacity": "80",
        "colours": "viridis",
    }


def test_link_reopens_the_same_view(open_app):
    app = open_app(image="camera", fit="pad", target="872", method="hires_cam", layer="blocks_4", relu="off")
    assert not app.exception
    assert "HiResCAM</b></a> · blocks.4 · tripod" in html(app)
    assert "Cameraman</b> · 224 × 224 pixels · pad" in html(app)
    assert toggle(app, "ReLU").value is False


def test_a_class_is_never_compared_with_itself(open_app):
    app = open_app(image="coffee+chelsea", versus="285")
    select(app, "Class").select(285).run()
    assert select(app, "Compare with").options[0] == "Next best: espresso"
    assert select(app, "Compare with").value == -1
    assert "versus" not in app.query_params
    assert "For Egyptian cat" in html(app)
    assert "For espresso" in html(app)


def test_state_survives_a_change_of_page(open_app):
    app = open_app()
    button(app, "Coffee").click().run()
    app.slider[0].set_value(30).run()
    switch(app, "gallery").run()
    assert "espresso" in html(app)
    assert app.slider[0].value == 30
    switch(app, "overview").run()
    assert app.title[0].value.startswith("Answer: espresso")
    assert app.slider[0].value == 30


@pytest.mark.parametrize(
    ("link", "sentence"),
    core_and_peers(
        [
            ({"model": "resnet5O"}, "There is no model 'resnet5O'; near it are resnet50"),
            ({"target": "5000"}, "Class 5000 does not exist in this model, which has classes 0 to 999."),
            ({"target": "cat"}, "A whole number from 0 to 1000000 is accepted."),
            ({"layer": "layer4"}, "efficientnet_lite0 has no layer 'layer4'"),
            ({"layer": "global_pool"}, "Layer 'global_pool' of efficientnet_lite0 has no spatial map"),
            ({"image": "moon"}, "The samples are chelsea, coffee"),
            ({"method": "gradcam"}, "Accepted are grad_cam, grad_cam_plus_plus"),
            ({"fit": "stretch"}, "Accepted are crop, squash, pad."),
            ({"opacity": "200"}, "A whole number from 0 to 100 is accepted."),
        ],
        4,
    ),
)
def test_a_bad_link_gets_one_sentence_and_a_result(open_app, link, sentence):
    app = open_app(**link)
    assert not app.exception
    warnings = [w.value for w in app.warning]
    assert len(warnings) == 1
    assert sentence in warnings[0]
    assert app.title[0].value.startswith(f"Answer: {'espresso' if 'image' in link else 'tiger cat'}")
    button(app, "Dismiss").click().run()
    assert not app.warning


def test_uploaded_picture_of_a_link_is_named_as_missing(open_app):
    app = open_app(image="upload:holiday.jpg")
    assert not app.exception
    assert app.title[0].value == "This picture is not here"
    assert any("'holiday.jpg'" in m.value and "Upload it again" in m.value for m in app.markdown)
    assert len(app.title) == 1, "nothing of the page itself"
    button(app, "Show a sample instead").click().run()
    assert app.title[0].value.startswith("Answer: espresso")


def test_model_that_is_not_here_is_named_with_file_size_and_folder(open_app, tmp_path, monkeypatch):
    monkeypatch.setenv("XAI_WEIGHTS_DIR", str(tmp_path))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr(visitors, "one_person", lambda: True)
    networks.models_here.clear()
    app = open_app(model="vgg16")
    assert not app.exception
    assert app.title[0].value == "VGG-16 is not on this machine"
    text = " ".join(m.value for m in app.markdown)
    assert "vgg16-397923af.pth" in text
    assert "528 MB" in text
    assert str(tmp_path) in text
    button(app, "Back to EfficientNet-Lite0").click().run()
    assert app.title[0].value.startswith("Answer: tiger cat")


def test_mosaic_shows_two_classes_in_one_picture(open_app):
    app = open_app(image="chelsea+coffee", fit="squash")
    assert not app.exception
    assert "Mosaic of chelsea the cat, coffee" in html(app)


@pytest.mark.peers
def test_settings_of_a_method(open_app):
    app = open_app(method="integrated_gradients", settings="steps=8~baseline=white")
    assert not app.exception
    assert app.query_params["settings"] == "steps=8~baseline=white"
    next(n for n in app.number_input if n.label == "Steps").set_value(9).run()
    assert app.query_params["settings"] == "steps=9~baseline=white"
    choose_method(app, "gradient")
    assert not app.exception
    assert "settings" not in app.query_params


def test_settings_that_a_method_does_not_have(open_app):
    app = open_app(method="gradient", settings="window=3")
    assert not app.exception
    assert any("gradient has the parameters" in w.value for w in app.warning)


def test_about_this_run(open_app):
    app = open_app()
    assert "Folded network" in html(app)
    facts = about_run.facts(networks.handle("efficientnet_lite0"))
    assert facts["Network"] == "EfficientNet-Lite0"
    assert facts["Computes on"].startswith("CPU, ")
    handle = xai.load_model("efficientnet_lite0", "cpu")
    assert about_run.facts(handle)["Folded network"] == "not needed yet"
    with handle.session():
        engine = engine_of(handle.scorer, handle.blank())
    assert re.fullmatch(
        r"49 layers folded, \d+ MB, differs by \S+", about_run.facts(handle)["Folded network"]
    )
    assert about_run.facts(handle)["Incremental inference"].startswith("on, differs by ")
    engine.network, engine.reason = None, "It came out otherwise."
    assert about_run.facts(handle)["Incremental inference"] == "off. It came out otherwise."
    assert facts["Last long work"] == "none yet"
    alexnet = xai.load_model("alexnet", "cpu", weights="random")
    with alexnet.session():
        assert alexnet.scorer is not None
    assert about_run.facts(alexnet)["Folded network"] == "the network itself"


def test_incremental_inference_that_is_off_is_said_at_the_foot_of_the_page(open_app, monkeypatch):
    assert not any("Incremental inference" in caption.value for caption in open_app().caption)
    with networks.handle("efficientnet_lite0").session():
        assert networks.handle("efficientnet_lite0").scorer is not None
    monkeypatch.setattr(about_run, "known_engine", lambda _net: Engine(None, "It came out otherwise."))
    (said,) = [c.value for c in open_app().caption if "Incremental inference" in c.value]
    assert "off for EfficientNet-Lite0. It came out otherwise. Whole pictures" in said


@pytest.mark.peers
def test_long_work_is_held_against_what_was_announced(open_app):
    app = computed(open_app(method="smooth_grad", settings="samples=60"))
    assert not app.exception
    assert re.search(r"announced as [\d.]+\xa0m?s, took [\d.]+\xa0m?s", html(app))


def test_a_network_that_mixes_places_by_attention_alone_begins_with_attnlrp(open_app):
    app = open_app(model="tiny_vit_shapes", image="")
    assert not app.exception
    assert select(app, "Method").value == "attn_lrp"
    assert "<b>AttnLRP</b>" in html(app)
    assert "method" not in app.query_params, "nobody has chosen it"
    select(app, "Method").set_value("grad_cam").run()
    assert app.query_params["method"] == "grad_cam"
    assert grad_cam.AVERAGED in html(app)
    select(app, "Method").set_value("attn_lrp").run()
    select(app, "Model").set_value("tiny_cnn_shapes").run()
    assert select(app, "Method").value == "grad_cam", "the usual one follows the network"
    assert grad_cam.AVERAGED not in html(app)
