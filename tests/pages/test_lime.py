"""LIME and CAM: one picture, a set, stability."""

import pandas as pd
import pytest

from pages._ui import compute
from pages._ui.results import networks

from .conftest import button, computed, html, labels

QUICK = "lime~samples=20~segments=10"


@pytest.mark.peers
def test_first_screen_has_limes_weights(open_app):
    app = open_app("lime")
    if "LIME's weights" not in html(app):  # on a slow or busy machine even the quick look is announced
        app = computed(app)
    assert not app.exception
    assert "LIME&#x27;s weights for tiger cat" in html(app)
    assert "R²" in html(app)
    assert len(app.get("plotly_chart")) == 1
    assert {"1,000 samples", "Until it is stable"} <= set(labels(app))
    assert "another draw" in html(app)
    assert "<strong>100</strong>" in html(app), "the samples behind what is shown"


@pytest.mark.peers
def test_until_it_is_stable(open_app, monkeypatch):
    monkeypatch.setattr(compute, "LONG_SECONDS", 0.0)
    app = open_app("lime")
    button(app, "Until it is stable").click().run()
    assert app.query_params["lime"] == "lime~segments=30~stable=0.9"
    assert any("1 map takes at most" in m.value for m in app.markdown)
    assert "1,000 samples" in labels(app)
    assert "Until it is stable" not in labels(app)
    button(app, "1,000 samples").click().run()
    assert app.query_params["lime"] == "lime~segments=30"


@pytest.mark.peers
def test_overlap_with_each_map(open_app):
    app = computed(open_app("lime", lime=QUICK, image="coffee"))
    assert not app.exception
    assert html(app).count("IoU with LIME") == 3
    for name in ("Grad-CAM", "Score-CAM", "Ablation-CAM"):
        assert f'<div class="head">{name}</div>' in html(app)
    passes = networks.handle("efficientnet_lite0").ledger.passes
    next(s for s in app.slider if s.label == "Share of the picture").set_value(10).run()
    assert networks.handle("efficientnet_lite0").ledger.passes == passes


@pytest.mark.peers
def test_a_folder_as_a_set(open_app, shared_data, tmp_path):
    for file in sorted((shared_data / "images" / "assignment4").iterdir())[:1]:
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "broken.jpg").write_bytes(b"no picture")
    app = computed(open_app("lime", lime=QUICK, part="set", set="folder", folder=str(tmp_path)))
    assert not app.exception
    assert any("broken is not a picture" in error.value for error in app.error)
    table = app.dataframe[0].value
    assert isinstance(table, pd.DataFrame)
    assert len(table) == 1
    assert table["iou_grad_cam"].between(0, 1).all()
    assert len(app.get("plotly_chart")) == 2
    downloads = [b.proto.label for b in app.get("download_button")]
    assert downloads.count("Table as CSV") == 1
    assert downloads.count("Chart as HTML") == 2


def test_a_set_is_announced_before_it_runs(open_app):
    app = open_app("lime", part="set")
    assert not app.exception
    assert any("pictures take about" in m.value for m in app.markdown)
    assert not app.dataframe


@pytest.mark.parametrize("folder", ["/no/such/folder", ""])
def test_no_folder(open_app, folder):
    app = open_app("lime", part="set", set="folder", folder=folder)
    assert not app.exception
    assert len(app.error) == bool(folder)


def test_stability_over_seeds(open_app):
    app = computed(open_app("lime", lime=QUICK, part="stability", seeds="2"))
    assert not app.exception
    assert "Over 2 seeds" in html(app)
    assert len(app.get("plotly_chart")) == 1


@pytest.mark.peers
def test_settings_travel_in_the_link(open_app):
    app = open_app("lime", lime=QUICK)
    next(n for n in app.number_input if n.label == "Segments").set_value(12).run()
    assert app.query_params["lime"] == "lime~samples=20~segments=12"
    assert not app.exception
    app = open_app("lime", lime="grad_cam")
    assert any("One map of lime is accepted" in w.value for w in app.warning)


@pytest.mark.peers
def test_an_unstable_draw_says_no_and_offers_more(open_app):
    app = computed(open_app("lime", image="chelsea", lime="lime~samples=20~segments=30"))
    assert not app.exception
    assert any(m.value.startswith("No. Another 20 samples would rank") for m in app.markdown)
    assert button(app, "Until it is stable").proto.type == "primary"
