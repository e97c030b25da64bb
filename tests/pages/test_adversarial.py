"""Adversarial: before and after, strength, one pixel, links, presets."""

import pytest

import xai_core as xai
from pages._ui.adversarial.presets import PRESETS
from pages._ui.results import networks
from pages._ui.results.flights import MEMORY
from pages._ui.state.shared import OCARINA
from tests.lanes import core_and_peers

from .conftest import button, computed, html, opened, select

QUICK = "pgd~steps=2"


def downloads(app):
    return [b.proto.label for b in app.get("download_button")]


def test_first_screen_has_an_attack_and_its_maps(open_app):
    app = computed(open_app("adversarial", attack=QUICK))
    assert not app.exception
    shown = html(app)
    for title in ("Before", "Noise × ", "After", "rank correlation", "between the maxima"):
        assert title in shown
    assert sum("Grad-CAM" in label for label in opened(app)) == 3
    assert sum("LayerCAM" in label for label in opened(app)) == 3
    assert {"PNG", "Table as CSV"} <= set(downloads(app))


def test_towards_a_class_and_the_link(open_app):
    app = computed(open_app("adversarial", image="coffee", attack="pgd~steps=8", towards=str(OCARINA)))
    assert not app.exception
    assert "turned espresso" in html(app)
    assert "into ocarina" in html(app)
    assert app.query_params["towards"] == str(OCARINA)
    assert app.query_params["attack"] == "pgd~steps=8"


@pytest.mark.peers
def test_settings_travel_in_the_link(open_app):
    app = computed(open_app("adversarial", attack="fgsm"))
    next(n for n in app.number_input if n.label == "Epsilon").set_value(4.0).run()
    assert app.query_params["attack"] == "fgsm~epsilon=4.0"
    assert "4 of 255" in html(app)
    select(app, "Attack").select("pgd_l2").run()
    assert app.query_params["attack"] == "pgd_l2"
    assert not app.exception


def test_the_picture_is_of_that_class_already(open_app):
    app = open_app("adversarial", image="coffee", towards="967")
    assert not app.exception
    assert "The picture is espresso already" in app.info[0].value


def test_strength_for_one_picture(open_app):
    app = computed(open_app("adversarial", study="strength", attack="fgsm"))
    assert not app.exception
    table = app.dataframe[0].value
    assert sorted(table["strength"].unique()) == [1, 2, 4, 8, 16, 32]
    assert set(table["method"]) == {"Grad-CAM", "LayerCAM"}
    assert table["rank"].between(-1, 1).all()
    assert len(app.get("plotly_chart")) == 2
    passes = networks.handle("efficientnet_lite0").ledger.passes
    next(s for s in app.slider if s.label == "Share of the picture").set_value(40).run()
    assert networks.handle("efficientnet_lite0").ledger.passes == passes


@pytest.mark.peers
def test_strength_over_a_set(open_app, shared_data, tmp_path):
    for file in sorted((shared_data / "images" / "assignment4").iterdir())[:3]:
        (tmp_path / file.name).write_bytes(file.read_bytes())
    link = {"study": "strength", "attack": "fgsm", "over": "set", "set": "folder", "folder": str(tmp_path)}
    app = computed(open_app("adversarial", attacked_maps="grad_cam", **link))
    assert not app.exception
    table = app.dataframe[0].value
    assert table["image"].nunique() == 3
    assert len(table) == 18
    chart = app.get("plotly_chart")[0].proto.spec
    assert "Share of attacks that succeed" in chart


def test_one_pixel_over_a_set(open_app, shared_data, tmp_path, monkeypatch):
    file = shared_data / "images" / "imagenet_sample" / "n07742313_Granny_Smith.jpg"
    (tmp_path / file.name).write_bytes(file.read_bytes())
    real = xai.attack

    def easy(handle, image, method, target, seed, progress, cancelled, **params):
        """The same record from an attack that finds its pixels quickly."""
        del target, params
        return real(handle, image, "pgd", None, seed, progress, cancelled, steps=2)

    monkeypatch.setattr(xai, "attack", easy)
    MEMORY.clear()
    link = {"study": "pixel", "attack": "one_pixel~population=8~generations=1", "set": "folder"}
    app = computed(open_app("adversarial", folder=str(tmp_path), attacked_maps="grad_cam", **link))
    MEMORY.clear()
    assert not app.exception
    assert "1 of 1 attacks succeeded" in html(app)
    summary, table = (frame.value for frame in app.dataframe)
    assert summary["method"].tolist() == ["Grad-CAM"]
    assert table["percentile"].between(0, 100).all()


def test_one_pixel_is_announced(open_app):
    app = open_app("adversarial", study="pixel")
    assert not app.exception
    assert any("attacks, One pixel: at most about" in m.value for m in app.markdown)


@pytest.mark.parametrize("preset", core_and_peers(PRESETS), ids=[preset.name for preset in PRESETS])
def test_presets(open_app, preset, monkeypatch):
    monkeypatch.setattr(xai, "estimate_attack", lambda *_, **__: 600.0)
    MEMORY.clear()
    app = open_app("adversarial")
    button(app, preset.name).click().run()
    assert not app.exception
    assert any("at most about" in m.value for m in app.markdown)
    assert button(app, preset.name).proto.type == "primary"


@pytest.mark.peers
def test_links_that_ask_for_what_is_not_there(open_app):
    for field, value, said in (
        ("attack", "cw", "The attacks are fgsm, pgd, pgd_l2, one_pixel."),
        ("attack", "pgd~epsilon=999", "epsilon of pgd is 999"),
        ("attack", "grad_cam", "The attacks are"),
        ("towards", "5000", "Class 5000 does not exist"),
        ("study", "all", "Accepted are"),
    ):
        app = open_app("adversarial", **({"attack": "fgsm"} | {field: value}))
        assert not app.exception
        assert any(said in warning.value for warning in app.warning), value
