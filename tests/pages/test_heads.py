"""Neuron concepts of attention heads, and of networks that know drawn shapes alone."""

import pytest

from pages._ui.concepts import probing, verdict, words
from pages._ui.state.shared import DEFAULT_DRAWN
from xai_core import concepts
from xai_core.concepts import masks
from xai_core.inputs import shapes

from .conftest import button, computed, html, labels, select
from .test_verdicts import off

VIT, CNN = "tiny_vit_shapes", "tiny_cnn_shapes"


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    return tmp_path_factory.mktemp("heads")


@pytest.fixture(autouse=True)
def few(kept, monkeypatch):
    """Forty drawings, recorded once into a folder of these tests."""
    monkeypatch.setenv("XAI_CACHE_DIR", str(kept))
    small = concepts.drawn()[:40]
    monkeypatch.setattr(concepts, "drawn", lambda: small)
    monkeypatch.setattr(masks, "PICTURES", 40)


def opened(open_app, model=VIT, **link):
    return computed(open_app("concepts", image=DEFAULT_DRAWN, model=model, **link))


def test_heads_are_chosen_beside_the_suggested_layers(open_app):
    app = opened(open_app, part_of="names", probed_layers="blocks.2 heads,blocks.3 heads")
    assert not app.exception
    assert not app.error
    (layers,) = [m for m in app.multiselect if m.label == "Layers"]
    assert layers.options[:8] == [
        *("blocks.3.norm1", "blocks.2", "blocks.1", "blocks.0"),
        *(f"blocks.{number} heads" for number in (3, 2, 1, 0)),
    ]
    assert "of 8 heads" in html(app)
    assert "units" not in html(app)
    assert app.dataframe[0].value["column"].tolist() == ["blocks.2 heads", "blocks.3 heads"]
    assert app.dataframe[0].value["units"].tolist() == [4, 4]
    bars = select(app, "Heads that bear")
    bars.set_value(bars.options[1]).run()
    assert not app.exception
    first = app.dataframe[1].value.iloc[0]
    block = first["layer"].removesuffix(" heads")
    button(app, f"Look at {block}, head {first['unit']}").click().run()
    assert not app.exception
    assert f"Head {first['unit']} of {block}" in html(app)


def test_one_head(open_app):
    app = opened(open_app, part_of="unit", probed_layers="blocks.3 heads", unit="3")
    assert not app.exception
    assert "Head 3 of blocks.3" in html(app)
    assert "from where it moves at least half as much" in html(app)
    chosen = select(app, "Head")
    assert len(chosen.options) == 4
    chosen.set_value(1).run()
    assert not app.exception
    assert "Head 1 of blocks.3" in html(app)


def test_heads_are_switched_off_in_this_picture(open_app):
    app = opened(open_app, probed_layers="blocks.3 heads")
    assert not app.exception
    assert "Without this head the answer" in html(app) or "because of this head" in html(app)
    assert "What a head adds × gradient" in html(app)
    button(app, "The first off").click().run()
    assert not app.exception
    assert "Without 1 head" in html(app)
    handle, image = networks_handle(), shapes.drawn_picture(DEFAULT_DRAWN)
    (off,) = map(int, app.query_params["units_off"])
    best = concepts.evidence(handle, image, "blocks.3 heads", top=1)["unit"][0]
    assert off == best
    after = concepts.ablate(handle, image, "blocks.3 heads", [off]).after[0]
    assert f"{after.label} ({100 * after.probability:.0f}" in html(app)
    button(app, "All 4 off").click().run()
    assert not app.exception
    assert "Without 4 heads" in html(app)


def networks_handle():
    from pages._ui.results import networks

    return networks.handle(VIT)


def test_the_preset_of_heads(open_app):
    app = opened(open_app)
    button(app, "Attention heads").click().run()
    app = computed(app)
    assert not app.exception
    assert app.query_params["probed_layers"] == "blocks.1 heads,blocks.2 heads,blocks.3 heads"
    assert "Head" in html(app)
    select(app, "Model").set_value(CNN).run()
    app = computed(app)
    assert not app.exception
    assert not app.error
    assert "Attention heads" not in labels(app)
    assert "probed_layers" not in app.query_params


@pytest.mark.parametrize("model", [VIT, CNN])
def test_networks_of_drawings_are_shown_drawings(open_app, model):
    app = opened(open_app, model, part_of="names")
    assert not app.exception
    assert not app.error
    assert "Lite0 against Lite2" not in labels(app)
    assert "Which shape" in labels(app)
    assert "photograph" not in html(app)
    bars = select(app, "Units that bear")
    assert set(bars.options[1:]) <= set(concepts.SHAPES)
    app = opened(open_app, model, part_of="unit")
    assert not app.exception
    assert "masks" in html(app)
    assert "photograph" not in html(app)


def test_networks_of_photographs_are_shown_photographs():
    assert list(probing.sources("efficientnet_lite0")) == ["samples", "folder"]
    assert set(probing.BACKENDS) == set(concepts.BACKENDS)
    assert list(probing.backends("efficientnet_lite0")) == list(probing.BACKENDS)


def test_words():
    assert words.words_for(["a", "b"]) == words.Words()
    assert words.words_for([]).units == "units"
    assert words.words_for(["a heads"]).unit == "head"
    assert words.words_for(["a heads", "b"]).units == "units and heads"
    assert words.words_for(["a"], drawn=True).shown(1) == "1 drawing"
    assert words.words_for(["a"]).shown(1200) == "1,200 photographs"
    assert words.one("blocks.6 heads", 3) == "head 3 of blocks.6"
    assert words.one("blocks.6", 3) == "unit 3 of blocks.6"


@pytest.mark.parametrize(
    ("good", "said"), [(True, "Head 1 of a: star. "), (False, "Head 1 of a has no name")]
)
def test_what_a_head_may_be_called_by_masks(good, said):
    found = verdict.one_by_masks("a heads", 1, "star", good, 0.1 if good else 0.03)
    assert found.startswith(said)
    assert ("0.10" if good else "0.03; 0.04 is needed") in found


def test_one_head_of_few_switched_off():
    heads = words.Words("head", "heads")
    answers = [verdict.effect("tiger cat", 1, off(changed=n), heads) for n in (1, 2)]
    assert answers[0].startswith("The answer is tiger cat because of this head: without it, it becomes tabby")
    assert answers[1].endswith(
        "2 of 10 draws of as many other heads change it too: that shows nothing about this one."
    )
    assert "Without this head" in verdict.effect("tiger cat", 1, off("tiger cat"), heads)
    said = verdict.speaking("tiger cat", [("star", 0.12, None, True), ("heart", 0.05, None, False)], heads)
    assert said.startswith("The 2 heads that speak most")
    assert "star (12\u00a0%); heart (5.0\u00a0%; a guess)" in said
