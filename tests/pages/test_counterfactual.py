"""Counterfactual: both signs, A against B, taking regions out, testing a guess, links, presets."""

import re

import numpy as np
import pytest

import xai_core as xai
from pages._ui.counterfactual.presets import PRESETS
from pages._ui.results import networks, pictures
from pages._ui.widgets import waits
from pages._ui.widgets.drag_box import _sides
from tests.lanes import core_and_peers

from .conftest import button, computed, html, labels, opened, toggle


def test_two_classes_two_layers_both_signs(open_app):
    app = open_app("counterfactual", question="maps")
    assert not app.exception
    assert len(opened(app)) == 8
    assert sum("against" in label for label in opened(app)) == 4
    assert len({label.split(", ")[1] for label in opened(app)}) == 2
    assert len({label.split(", ")[2].removeprefix("against ") for label in opened(app)}) == 2
    passes = networks.handle("efficientnet_lite0").ledger.passes
    toggle(app, "ReLU").set_value(False).run()
    assert not app.exception
    assert networks.handle("efficientnet_lite0").ledger.passes == passes


def scales_of(app) -> list[tuple[str, ...]]:
    """The numbers at the ends of each colour bar."""
    bars = re.findall('class="cap ends">(.*?)</div>', html(app))
    return [tuple(re.findall(r"−?\d[\d.e−]*", bar)) for bar in bars]


def test_why_a_and_not_b_has_a_scale_of_its_own_and_one_switch_to_a_common_one(open_app):
    app = open_app("counterfactual", question="contrast", image="chelsea+coffee", target="282", versus="967")
    assert not app.exception
    shown = html(app)
    assert "A: tiger cat" in shown
    assert "B: espresso" in shown
    a_bar, b_bar, difference_bar = scales_of(app)
    assert a_bar == b_bar != difference_bar
    assert shown.count("One scale for 2 maps") == 2
    assert "A − B has its own scale" in shown
    assert "for espresso" in shown
    toggle(app, "One scale for all three").set_value(True).run()
    assert len(set(scales_of(app))) == 1
    assert html(app).count("One scale for 3 maps") == 3
    assert app.query_params["one_scale"] == "on"
    own, image = networks.handle("efficientnet_lite0"), pictures.sample("chelsea+coffee", "crop")
    plain = {"relu": False}
    wanted = [xai.Request("grad_cam", 282, params=plain), xai.Request("grad_cam", 967, params=plain)]
    wanted.append(xai.Request("grad_cam", 282, params=plain | {"contrast": 967}))
    a, b, difference = xai.explain_many(own, image, wanted)
    np.testing.assert_allclose(difference.heatmap, a.heatmap - b.heatmap, atol=1e-5)


def test_taking_out_what_speaks_against_it(open_app):
    app = computed(open_app("counterfactual", question="proof", image="chelsea+coffee", target="282"))
    assert not app.exception
    assert "Up to 60 % taken out, the answer stays Egyptian cat, although it flips at" in html(app)
    own, image = networks.handle("efficientnet_lite0"), pictures.sample("chelsea+coffee", "crop")
    params = {"relu": False, "counterfactual": True}
    values = xai.explain(own, image, "grad_cam", target=282, **params).upsampled().ravel()
    for percent in (0, 20, 40, 60):
        pixels = own.view(image).copy().reshape(-1, 3)
        pixels[np.argsort(-values, kind="stable")[: round(percent / 100 * len(pixels))]] = 127
        hidden = xai.ImageInput(pixels.reshape(224, 224, 3), "squash")
        assert xai.predict(own, hidden, 1)[0].label == "Egyptian cat"
    assert len(app.get("plotly_chart")) == 1
    passes = networks.handle("efficientnet_lite0").ledger.passes
    next(s for s in app.slider if s.label == "Taken out").set_value(40).run()
    assert not app.exception
    assert networks.handle("efficientnet_lite0").ledger.passes == passes
    assert app.query_params["removed"] == "40"


@pytest.mark.parametrize(("fill", "inputs"), [("grey", 61 + 5 * 13), ("inpaint", 9 + 3 * 5)])
def test_what_takes_long_is_announced_with_its_time(open_app, monkeypatch, fill, inputs):
    """Inpainting looks at fewer shares of the picture; each input is said to take 100 s to hide."""
    monkeypatch.setattr("pages._ui.results.jobs.hiding_seconds", lambda *_: 100.0)
    app = open_app("counterfactual", question="proof", fill=fill, image="rocket")
    assert not app.exception
    assert "Compute" in labels(app)
    seconds = inputs * (100 + networks.handle("efficientnet_lite0").seconds_per_pass)
    assert any(f"The curve takes about {waits.roughly(seconds)} here" in m.value for m in app.markdown)
    assert "Steps of" not in html(app)


@pytest.mark.peers
def test_a_guess_in_a_box(open_app):
    app = computed(open_app("counterfactual", question="region", box="30-70-20-60"))
    assert not app.exception
    assert "xpected: " in html(app)
    assert "places that move it less" in html(app)
    next(s for s in app.slider if s.label == "Left and right").set_value((10, 50)).run()
    assert app.query_params["box"] == "10-50-20-60"
    next(r for r in app.radio if "probability" in r.label).set_value("stays").run()
    assert app.query_params["expect"] == "stays"
    assert not app.exception


def test_a_guess_of_superpixels(open_app):
    app = open_app("counterfactual", question="region", shape="superpixels")
    assert not app.exception
    assert app.info[0].value.startswith("Choose some of the picture")
    next(m for m in app.multiselect if m.label == "Superpixels").set_value([3, 4]).run()
    computed(app)
    assert not app.exception
    assert app.query_params["superpixels"] == "3.4"
    assert "places that move it less" in html(app)


def test_a_dragged_box_is_kept_inside_the_picture():
    assert _sides([56.2, 112.0], [200.0, 22.4], (224, 224)) == (25, 50, 10, 89)
    assert _sides([-50.0, 400.0], [0.0, 224.0], (224, 224)) == (0, 100, 0, 100)
    assert _sides([223.9, 224.0], [10.0, 10.0], (224, 224)) == (99, 100, 4, 5)


@pytest.mark.parametrize("preset", core_and_peers(PRESETS), ids=[preset.name for preset in PRESETS])
def test_presets(open_app, preset):
    app = open_app("counterfactual", question="maps")
    button(app, preset.name).click().run()
    assert not app.exception
    assert not app.error
    assert button(app, preset.name).proto.type == "primary"


def test_a_model_without_layers_and_links_that_ask_for_what_is_not_there(open_app):
    for field, value, said in (
        ("box", "50-20-10-30", "A box is left-right-top-bottom"),
        ("question", "why", "Accepted are"),
        ("gradient_cam", "score_cam", "Accepted are"),
        ("fill", "pink", "Accepted are grey, blur, inpaint"),
        ("two_layers", "layer9", "has no layer 'layer9'"),
    ):
        app = open_app("counterfactual", **({"question": "maps"} | {field: value}))
        assert not app.exception
        assert any(said in warning.value for warning in app.warning), value
