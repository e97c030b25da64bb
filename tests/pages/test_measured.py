"""The qualities of maps on Trust check and Compare methods: asked for, shown beside noise, judged."""

import numpy as np
import pytest

import xai_core as xai
from pages._ui import measured
from pages._ui.results import networks, pictures, qualities
from pages._ui.results.flights import Report
from xai_core.metrics.pixel_flipping import pixel_flipping
from xai_core.metrics.qualities import QUALITIES

from .conftest import button, html, labels

NOISE = {"relevance_gain": 0.0, "sensitivity_n": 0.1, "mu_fidelity": -0.1}


def row(gain, n, mu):
    return {"relevance_gain": gain, "sensitivity_n": n, "mu_fidelity": mu}


def test_the_verdict_on_both_sides_of_its_threshold():
    below, above = row(0.09, 0.19, -0.01), row(0.11, 0.21, 0.01)
    assert measured.verdict({"A": above}, NOISE) == (
        "Ahead of noise in each of relevance gain, sensitivity-n and MuFidelity: A."
    )
    said = measured.verdict({"A": below, "B": row(0.11, 0.19, -0.01)}, NOISE)
    assert said.startswith("No map is ahead of noise in each of")
    assert said.endswith("In some of them: B. In none: A.")
    assert measured.verdict({"A": row(np.nan, np.nan, np.nan)}, NOISE).endswith("In none: A.")


@pytest.fixture
def quick(monkeypatch):
    """Measures that are worked out at once: numbers of their own for each map."""

    def values(_network, _image, e, _report):
        shift = 0.0 if e.method == "chance" else 0.5
        found = {quality.key: shift + number / 100 for number, quality in enumerate(QUALITIES)}
        return xai.types.Params(found | {"rank_accuracy": float("nan")})

    monkeypatch.setattr(qualities, "_measured", values)


def test_trust_check_shows_them_beside_noise(open_app, quick):
    app = open_app("trust", check="measures", trust_maps="grad_cam,gradient")
    assert not app.exception
    if "Measure" in labels(app):
        button(app, "Measure").click().run()
    table = app.dataframe[0].value
    assert table.columns.tolist() == ["measure", "Noise", "Grad-CAM", "Gradient"]
    assert table["measure"].tolist()[:3] == ["Relevance gain ↑", "Sensitivity-n ↑", "MuFidelity ↑"]
    assert len(table) == len(QUALITIES) - 1, "the picture has no box, so no rank accuracy"
    assert table.iloc[0].tolist()[1:] == [0.0, 0.5, 0.5]
    assert "Ahead of noise in each of" in html(app)


def test_compare_measures_only_when_asked(open_app, quick):
    app = open_app("compare", maps="layer_cam", image="coffee")
    assert not app.exception
    before = len(app.dataframe)
    assert "Measuring 1 map takes about" in "\n".join(m.value for m in app.markdown)
    button(app, "Measure").click().run()
    assert not app.exception
    assert len(app.dataframe) == before + 1
    assert app.dataframe[before].value.columns.tolist() == ["measure", "Noise", "LayerCAM"]


def test_the_boxes_of_a_mosaic_are_those_of_the_class():
    boxes = xai.mosaic(["coffee", "chelsea"]).boxes
    assert [box.label for box in qualities._of_class(boxes, 282, "tiger cat")] == ["Chelsea the cat"]
    assert qualities._of_class(boxes, 0, "tench") == ()
    assert qualities._of_class((xai.Box("tench", 0, 0, 1, 1),), 0, "tench") != ()


@pytest.mark.peers
def test_what_the_page_shows_is_what_the_library_computes():
    own, image = networks.handle("efficientnet_lite0"), pictures.sample("chelsea", "crop")
    request = xai.Request("grad_cam", 282)
    found = qualities.of_map("efficientnet_lite0", image, request).run(Report())
    (e,) = xai.explain_many(own, image, [request])
    assert found["relevance_gain"] == pytest.approx(pixel_flipping(own, image, e, 28).gain, abs=1e-6)
    noise = qualities.of_noise("efficientnet_lite0", image, 282).run(Report())
    assert found["random_logit"] < noise["random_logit"] == 1
    assert found["relevance_gain"] > noise["relevance_gain"]
