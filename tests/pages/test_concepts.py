"""Neuron concepts: all units, one unit, this picture, links, and folders that do not work."""

import re

import pytest

from pages._ui.concepts import units
from tests.lanes import core_and_peers
from xai_core import concepts
from xai_core.concepts import masks

from .conftest import button, computed, html, select


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    return tmp_path_factory.mktemp("units")


@pytest.fixture(autouse=True)
def few(kept, monkeypatch):
    """A small probing set, recorded once into a folder of these tests."""
    monkeypatch.setenv("XAI_CACHE_DIR", str(kept))
    whole = concepts.embedded()
    small = concepts.ProbingSet("few", whole._loaders[::9], whole.photographs[::9])
    monkeypatch.setattr(concepts, "embedded", lambda: small)


def links(app):
    return [b.proto.label for b in app.get("download_button")]


def test_all_units(open_app):
    app = computed(open_app("concepts", part_of="names", probed_layers="blocks.6"))
    assert not app.exception
    table = app.dataframe[0].value
    assert table["column"].tolist() == ["blocks.6"]
    assert table["units"].tolist() == [320]
    passed = table["interpretable"][0]
    assert f"{passed} of 320 units" in html(app)
    assert ("The names are guesses" in html(app)) == (passed < 6.4)
    assert table["concepts"][0] <= passed
    assert "All names as CSV" in links(app)
    bars = select(app, "Units that bear")
    bars.set_value(bars.options[1]).run()
    assert not app.exception
    assert app.query_params["concept"] == bars.options[1]
    rows = app.dataframe[1].value
    assert len(rows) >= 1
    first = rows.iloc[0]
    button(app, f"Look at blocks.6, unit {first['unit']}").click().run()
    assert not app.exception
    assert f"Unit {first['unit']} of blocks.6" in html(app)
    assert bars.options[1] in html(app)
    assert ("is a guess: it rests on" in html(app)) == (first["sure"] != "yes")


def test_one_unit(open_app):
    app = computed(open_app("concepts", part_of="unit", probed_layers="blocks.6", unit="3"))
    assert not app.exception
    assert "Unit 3 of blocks.6" in html(app)
    assert "photograph" in html(app)
    assert "Lit: where the unit reaches half" in html(app)
    chosen = select(app, "Unit")
    assert len(chosen.options) == 320
    chosen.set_value(5).run()
    assert not app.exception
    assert app.query_params["unit"] == "5"


def test_this_picture(open_app, lite0, chelsea):
    app = computed(open_app("concepts", part_of="effect", probed_layers="blocks.6"))
    assert not app.exception
    assert "Evidence as CSV" in links(app)
    assert re.search("Without these 3 units the answer (stays|becomes)|because of these units", html(app))
    assert "Without 3 units" not in html(app)
    button(app, "The first three off").click().run()
    assert not app.exception
    assert "Without 3 units" in html(app)
    off = [int(n) for n in app.query_params["units_off"].split(".")]
    top = concepts.evidence(lite0, chelsea, "blocks.6", None, top=3)["unit"].tolist()
    assert off == top
    after = concepts.ablate(lite0, chelsea, "blocks.6", off).after[0]
    assert f"{after.label} ({100 * after.probability:.0f}" in html(app)
    button(app, "All on").click().run()
    assert "units_off" not in app.query_params
    assert "Without 3 units" not in html(app)


@pytest.mark.peers
def test_colours_and_textures(open_app, monkeypatch):
    monkeypatch.setattr(units.compute, "FIRST_LOOK", 0.0)
    monkeypatch.setattr(masks, "PER_TEXTURE", 1)
    app = open_app("concepts", part_of="names", backend="network_dissection", probed_layers="blocks.2")
    assert "through the network take" in " ".join(m.value for m in app.markdown)
    app = computed(app)
    assert not app.exception
    assert app.dataframe[0].value["units"].tolist() == [40]


@pytest.mark.peers
def test_two_networks(open_app):
    app = computed(
        open_app("concepts", part_of="names", beside="efficientnet_lite1", probed_layers="blocks.6")
    )
    assert not app.exception
    columns = app.dataframe[0].value["column"].tolist()
    assert columns[0] == "EfficientNet-Lite0, blocks.6"
    assert columns[-1] == "EfficientNet-Lite1, blocks.6"
    assert [e.label for e in app.expander] == ["Concepts that only one of them has"]


@pytest.mark.parametrize(
    ("link", "said"),
    core_and_peers(
        [
            ({"probing": "folder", "labelled": "/nowhere"}, "'/nowhere'"),
            ({"probing": "folder"}, "Name a folder of pictures"),
            ({"backend": "guess"}, "Accepted are conse, openclip, network_dissection"),
            ({"beside": "resnet1000"}, "There is no model 'resnet1000'"),
            ({"backend": "openclip", "probed_layers": "blocks.6"}, "open"),
        ],
        2,
    ),
)
def test_links_that_ask_for_what_is_not_there(open_app, link, said):
    app = computed(open_app("concepts", **({"part_of": "names", "probed_layers": "blocks.2"} | link)))
    assert not app.exception
    shown = [e.value for kind in (app.warning, app.error, app.info) for e in kind]
    assert any(said in text for text in shown), shown
