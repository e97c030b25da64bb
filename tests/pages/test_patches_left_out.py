"""Patches left out in the app: chosen on LIME and Compare where the network allows it, elsewhere refused
with the reason."""

import pytest

from pages._ui.widgets import fitting, methods
from tests.xai_core.token_nets import tiny_vit

from .conftest import button, computed, html, opened, select

VIT = "tiny_vit_shapes"
EACH = (
    "lime~samples=60~segmentation=patch~baseline=drop,kernel_shap~samples=70~segmentation=patch~baseline=drop,"
    "occlusion~baseline=drop,rise~masks=60~cells=patch~baseline=drop"
)
REASON = "baseline='drop' needs patches, and efficientnet_lite0 does not cut its input into patches"


def test_lime_leaves_patches_out_once_that_is_chosen(open_app):
    app = computed(open_app("lime", image="", model=VIT, lime="lime~samples=60~segments=10"))
    assert not app.exception
    assert select(app, "Baseline").options[-1] == "drop"
    select(app, "Baseline").select("drop").run()
    app = computed(app)
    assert not app.exception
    assert not app.error
    assert app.query_params["lime"] == "lime~samples=60~segmentation=patch~segments=10~baseline=drop"
    assert select(app, "Segmentation").value == "patch"
    assert select(app, "Segmentation").disabled, "the baseline settles it"
    assert "Segments" not in [n.label for n in app.number_input], "patches are as many as they are"
    assert "64" in html(app)
    select(app, "Baseline").select("black").run()
    assert not select(app, "Segmentation").disabled


def test_compare_shows_all_four(open_app):
    app = computed(open_app("compare", image="", model=VIT, maps=EACH))
    assert not app.exception
    assert not app.error
    assert opened(app) == [
        "LIME, samples 60, patch, drop",
        "Kernel SHAP, samples 70, patch, drop",
        "Occlusion, drop",
        "RISE, masks 60, patch, drop",
    ]


def test_a_map_is_added_with_what_leaving_out_asks_for(open_app):
    app = open_app("compare", image="", model=VIT, maps="gradient")
    app.session_state["add.open"] = True
    app.run()
    next(s for s in app.selectbox if s.key == "add.methods.search").select("rise").run()
    next(s for s in app.selectbox if s.key == "add.rise.baseline").select("drop").run()
    assert next(s for s in app.selectbox if s.key == "add.rise.cells.bound").value == "patch"
    button(app, "Add").click().run()
    assert not app.exception
    assert app.query_params["maps"] == "gradient,rise~cells=patch~baseline=drop"


def test_another_network_says_why_not(open_app):
    app = computed(open_app("compare", maps="gradient,lime~samples=20~segmentation=patch~baseline=drop"))
    assert not app.exception
    box = next(s for s in app.selectbox if s.label == "Baseline")
    assert box.options[-1] == "drop (not for this network)"
    assert REASON in box.help
    assert (
        "segmentation='patch' needs patches"
        in next(s for s in app.selectbox if s.label == "Segmentation").help
    )
    assert opened(app) == ["Gradient"]
    assert any("does not cut its input into patches" in text for text in [html(app), *_said(app)])


def _said(app):
    return [one.value for kind in (app.error, app.info, app.markdown, app.caption) for one in kind]


@pytest.mark.parametrize(
    ("given", "fitted"),
    [
        ({"window": 8, "stride": 8, "baseline": "drop"}, {"window": 8, "stride": 8, "baseline": "drop"}),
        ({"window": 9, "stride": 1, "baseline": "drop"}, {"window": 8, "stride": 4, "baseline": "drop"}),
        ({"window": 9, "stride": 12, "baseline": "blur"}, {"window": 9, "stride": 9, "baseline": "blur"}),
        ({"cells": "soft", "baseline": "drop"}, {"cells": "patch", "baseline": "drop"}),
        ({"cells": "soft", "baseline": "mean"}, {"cells": "soft", "baseline": "mean"}),
    ],
)
def test_parameters_are_made_to_fit(given, fitted):
    assert fitting.fitted(tiny_vit(), given) == fitted


def test_a_menu_for_two_networks_lists_what_both_can_be_asked(lite0):
    listed = methods.menu([lite0, tiny_vit()])
    assert listed.label("attn_lrp") == "AttnLRP (not for both networks)"
    assert listed.label("cam") == "CAM (not for both networks)"
    assert listed.label("grad_cam") == "Grad-CAM"
    assert "AttnLRP needs attention, which efficientnet_lite0 does not have." in listed.help
    assert "which tiny does not have" in listed.help
    usable = [key for key in listed.options if "not for" not in listed.label(key)]
    assert listed.options[: len(usable)] == usable
