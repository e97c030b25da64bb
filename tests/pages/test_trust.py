"""Trust check: badges, layer by layer, contrast and fidelity, seeds; and the badge on other pages."""

import re

import numpy as np
import pytest
from scipy.stats import spearmanr

import xai_core as xai
from pages._ui.results import networks, pictures
from pages._ui.results.flights import MEMORY
from pages._ui.trust.presets import PRESETS
from tests.lanes import core_and_peers

from .conftest import button, computed, html, opened, toggle


def test_badges(open_app):
    app = open_app("trust")
    assert not app.exception
    assert html(app).count('class="mark') == 4
    hardly = 'href="/methods?method=guided_backprop" target="_blank">hardly changes under a random head</a>'
    assert hardly in html(app), "a badge leads to the card of its method"
    assert len(opened(app)) == 4
    assert len(app.get("plotly_chart")) == 2  # rank correlation and structural similarity
    assert "Badges as CSV" in [b.proto.label for b in app.get("download_button")]


@pytest.mark.peers
def test_layer_by_layer(open_app):
    app = computed(open_app("trust", check="layers", trust_maps="grad_cam,gradient"))
    assert not app.exception
    table = app.dataframe[0].value
    assert table["stage"].tolist()[:2] == ["none", "head"]
    assert {"Grad-CAM", "Gradient"} <= set(table.columns)
    assert "blocks.6" in app.get("plotly_chart")[0].proto.spec
    next(g for g in app.get("button_group") if g.label == "Measure").set_value("ssim").run()
    assert app.query_params["alike"] == "ssim"
    assert not app.exception


def test_contrast_and_fidelity(open_app):
    app = open_app("trust", check="scatter", trust_maps="grad_cam,guided_backprop")
    assert not app.exception
    table = app.dataframe[0].value
    assert table["map"].tolist() == ["Grad-CAM", "Guided Backprop"]
    assert table["contrastivity"].between(0, 1).all()
    assert table["fidelity"].between(-1, 1).all()
    assert "contrastivity" in app.get("plotly_chart")[0].proto.spec


def test_seeds(open_app):
    app = computed(
        open_app("trust", check="seeds", seed_maps="smooth_grad~samples=2,grad_cam", trust_seeds="2")
    )
    assert not app.exception
    numbers = html(app).split("mean rank correlation of two seeds")[1].split("</div></div>")[0]
    said = re.findall(r"<strong>(.+?)</strong>", numbers)
    assert html(app).count("mean rank correlation of two seeds") == 1, "Grad-CAM draws no random numbers"
    own, image = networks.handle("efficientnet_lite0"), pictures.sample("chelsea", "crop")
    requests = [xai.Request("smooth_grad", 282, seed=seed, params={"samples": 2}) for seed in (0, 1)]
    one, other = (e.upsampled().ravel() for e in xai.explain_many(own, image, requests))
    rank = spearmanr(one, other).statistic
    top = [values >= np.sort(values)[-round(values.size / 5)] for values in (one, other)]
    iou = (top[0] & top[1]).sum() / (top[0] | top[1]).sum()
    assert said == [f"{rank:.2f}", f"{rank:.2f}", f"{iou:.2f}"]


def test_seeds_of_a_method_without_random_numbers(open_app):
    app = open_app("trust", check="seeds", seed_maps="grad_cam")
    assert not app.exception
    assert app.info[0].value == "Choose at least one map."


def test_seeds_and_the_other_checks_have_maps_of_their_own(open_app, monkeypatch):
    monkeypatch.setattr(xai, "estimate", lambda *_, **__: 60.0)  # announced, not computed
    app = open_app("trust", trust_maps="layer_cam")
    maps = {"seeds": ["smooth_grad", "kernel_shap"], "badges": ["layer_cam"]}
    for check, methods in maps.items():
        next(g for g in app.get("button_group") if g.label == "Check").set_value(check).run()
        assert not app.exception
        assert next(m for m in app.multiselect if m.label == "Maps").value == methods


@pytest.mark.parametrize("preset", core_and_peers(PRESETS), ids=[preset.name for preset in PRESETS])
def test_presets(open_app, preset, monkeypatch):
    monkeypatch.setattr(xai, "estimate", lambda *_, **__: 60.0)
    MEMORY.clear()
    app = open_app("trust", trust_maps="layer_cam")
    button(app, preset.name).click().run()
    assert not app.exception
    assert button(app, preset.name).proto.type == "primary"


def test_the_badge_on_another_page(open_app):
    app = open_app("gallery", methods="grad_cam", layers="blocks.6")
    assert 'class="mark' not in html(app)
    toggle(app, "Badge under each map").set_value(True).run()
    assert not app.exception
    assert html(app).count('class="mark') == 1
    assert app.query_params["badges"] == "on"


def test_links_that_ask_for_what_is_not_there(open_app):
    for field, value, said in (
        ("check", "all", "Accepted are"),
        ("trust_maps", "grad_cam@layer9", "has no layer 'layer9'"),
        ("trust_seeds", "99", "2 to 8"),
    ):
        app = open_app("trust", **{field: value})
        assert not app.exception
        shown = [w.value for w in app.warning] + [e.value for e in app.error]
        assert any(said in text for text in shown), shown
