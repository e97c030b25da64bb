"""Compare methods: presets, settings, adding and removing, agreement, links, long work."""

import pytest

import xai_core as xai
from pages._ui.compare.presets import PRESETS
from pages._ui.results import networks
from pages._ui.results.flights import MEMORY
from pages._ui.state import entries
from tests.lanes import core_and_peers

from .conftest import button, computed, html, labels, opened


def test_first_screen_has_maps_and_their_agreement(open_app):
    app = open_app("compare")
    assert not app.exception
    assert opened(app) == ["Grad-CAM", "Guided Backprop", "Guided Grad-CAM"]
    assert app.subheader[0].value == "Do they agree?"
    assert len(app.get("plotly_chart")) == 2
    table = app.dataframe[0].value
    assert table["Map"].tolist() == opened(app)
    assert table["Passes"].tolist() == [1, 2, 2]
    assert (table["Highlighted"] > 0).all()


@pytest.mark.parametrize("preset", core_and_peers(PRESETS, 2), ids=[preset.name for preset in PRESETS])
def test_presets_ask_for_what_they_say(open_app, preset, monkeypatch):
    """What is slow is announced, what is quick is there at once."""
    monkeypatch.setattr(xai, "estimate", lambda *_, **__: 60.0)
    app = open_app("compare", image="coffee")
    button(app, preset.name).click().run()
    assert not app.exception
    for entry in preset.fields["maps"]:
        assert f'<div class="head">{entry.label()}</div>' in html(app)
    said = [m.value for m in app.markdown if "about a minute" in m.value]
    waiting = [text for text in said if not text.startswith("Measuring")]  # is always announced
    assert bool(waiting) == any(xai.METHODS[e.method].long for e in preset.fields["maps"])


def test_long_maps_are_computed_when_asked(open_app):
    MEMORY.clear()
    app = open_app("compare", image="rocket", maps="occlusion~window=56~stride=56,grad_cam")
    computed(app)
    assert not app.exception
    assert opened(app) == ["Occlusion, window 56, stride 56", "Grad-CAM"]
    passes = networks.handle("efficientnet_lite0").ledger.passes
    next(s for s in app.slider if s.label == "Share of the picture").set_value(40).run()
    assert not app.exception
    assert networks.handle("efficientnet_lite0").ledger.passes == passes
    assert app.query_params["percent"] == "40"


def test_settings_change_the_map_and_the_link(open_app):
    app = open_app("compare", maps="gradient,grad_cam")
    box = next(s for s in app.selectbox if s.label == "Channels")
    box.select("signed").run()
    assert not app.exception
    assert opened(app)[0] == "Gradient, signed"
    assert app.query_params["maps"] == "gradient~aggregate=signed,grad_cam"
    layer = next(s for s in app.selectbox if s.label == "Layer")
    layer.select("blocks.4").run()
    assert app.query_params["maps"] == "gradient~aggregate=signed,grad_cam@blocks.4"
    assert opened(app)[1] == "Grad-CAM, blocks.4"


def test_add_and_remove(open_app):
    app = open_app("compare", maps="gradient")
    app.session_state["add.open"] = True
    app.run()
    next(s for s in app.selectbox if s.key == "add.methods.search").select("input_x_gradient").run()
    assert next(s for s in app.selectbox if s.key == "add.method").value == "input_x_gradient"
    button(app, "Add").click().run()
    assert opened(app) == ["Gradient", "Input × gradient"]
    button(app, "Remove").click().run()
    assert opened(app) == ["Input × gradient"]
    button(app, "Remove").click().run()
    assert app.info[0].value.startswith("Add a map")
    assert not app.exception


def test_an_opened_map_has_its_facts_and_the_check(open_app):
    app = computed(open_app("compare", maps="integrated_gradients~steps=10,grad_cam", opened_map="0"))
    assert not app.exception
    assert "Completeness error" in html(app)
    assert "Check against Captum" in labels(app)  # pressed in the browser journey
    assert "<td>Blur</td>" not in html(app), "the baseline is not blurred"


def test_links_that_ask_for_what_is_not_there(open_app):
    for maps_, word in (
        ("gradcam", "The methods are"),
        ("occlusion~window=0", "window of occlusion is 0"),
        ("occlusion~size=3", "occlusion has the parameters"),
        ("lime~samples=many", "samples of lime is 'many'"),
        (",".join(["gradient"] * 9), "At most 8 maps"),
        ("grad_cam@layer9", "has no layer 'layer9'"),
    ):
        app = open_app("compare", maps=maps_)
        assert not app.exception
        assert any(word in warning.value for warning in app.warning), maps_


@pytest.mark.parametrize(
    "text",
    ["grad_cam", "occlusion~window=4~stride=2~baseline=blur~blur=2.5", "grad_cam@blocks.4~relu=off,rise"],
)
def test_links_are_read_as_they_are_written(text):
    assert entries.write(entries.read(text)) == text
