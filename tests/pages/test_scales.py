"""Which maps share a colour scale, and how a pinned one is read."""

import dataclasses

import numpy as np
import pytest

from pages._ui.state.shared import FIELDS
from pages._ui.widgets import inspect, scales
from xai_core import Explanation
from xai_core.board import PinnedMap
from xai_core.figures import Look, Scale
from xai_core.types import Params


def explanation(high=1.0, layer="l", method="grad_cam", signed=True, forwards=1, **params) -> Explanation:
    values = np.full((2, 2), high, np.float32)
    return Explanation(
        values, method, 3, "cat", layer, Params(params), signed, 1, 0.39, forwards, 6.58, (8, 8), versus="dog"
    )


@pytest.fixture
def own(monkeypatch):
    """Whether each map has its own scale: a list of one."""
    chosen = [False]
    monkeypatch.setattr(scales.state, "get", lambda key: chosen[0])
    return chosen


def test_maps_of_one_method_at_one_layer_share_a_scale_whatever_their_direction(own):
    tiles = [explanation(1), explanation(2, counterfactual=True), explanation(3, relu=False), "no map"]
    assert scales.shared(tiles[0], tiles, Look()) == Scale(-3.0, 3.0, maps=3)
    assert scales.shared("no map", tiles, Look()) is None


def test_a_map_that_stands_in_several_rows_counts_once(own):
    tiles = [explanation(1, layer=None), explanation(1, layer=None), explanation(2, layer=None)]
    assert scales.shared(tiles[0], tiles, Look()).maps == 2
    assert scales.shared(tiles[0], tiles[:2], Look()).maps == 1


@pytest.mark.parametrize(
    "other",
    [
        explanation(9, layer="m"),
        explanation(9, method="layer_cam"),
        explanation(9, signed=False),
        explanation(9, contrast=5),
        explanation(9, window=4),
    ],
    ids=["layer", "method", "sign", "difference", "setting"],
)
def test_maps_of_another_kind_have_their_own(own, other):
    assert scales.shared(explanation(1), [explanation(1), other], Look()) == Scale(-1.0, 1.0)


def test_layers_share_where_that_is_chosen_and_nothing_does_where_it_is_ended(own):
    tiles = [explanation(1), explanation(9, layer="m")]
    assert scales.shared(tiles[0], tiles, Look(), layers=True).high == 9
    own[0] = True
    assert scales.shared(tiles[0], tiles, Look(), layers=True) is None


def pinned(**look) -> PinnedMap:
    return PinnedMap("m", "w", b"", "hen.jpg", "s", b"", explanation(), Params(look))


def test_a_pin_is_read_as_it_was_drawn():
    kept = {"colours": "puor", "opacity": 0.4, "low": -2.0, "high": 2.0, "percentile": 99.0}
    look, scale = scales.pinned_look(pinned(form="contours", **kept))
    assert (look.scale_of(True), look.opacity, look.form) == ("puor", 0.4, "contours")
    assert scale == Scale(-2.0, 2.0, 99.0)
    assert scales.pinned_look(pinned(**kept))[0].form == "blend"  # of earlier versions


def test_a_pin_from_a_strangers_zip_breaks_nothing():
    look, scale = scales.pinned_look(
        pinned(colours="x", opacity=7, form="y", low="z", high=None, percentile="1")
    )
    assert look == Look(form="blend")
    assert scale == Scale(-1.0, 1.0)


def test_a_caption_says_the_direction_and_passes_and_no_seconds(monkeypatch):
    said = []
    monkeypatch.setattr(inspect.layout, "caption", lambda *parts, link: said.append(" · ".join(parts)))
    monkeypatch.setattr(inspect, "card", lambda method: "")
    monkeypatch.setattr(inspect.state, "get", lambda key: False)
    for e in (explanation(), explanation(counterfactual=True, forwards=1000), explanation(contrast=5)):
        inspect.facts(None, e)
    assert [text.replace("\u00a0", " ") for text in said] == [
        "Grad-CAM · l · cat 39 % · 1 forward pass",
        "Grad-CAM · l · against cat (39 %) · 1,000 forward passes",
        "Grad-CAM · l · for cat (39 %) and not dog · 1 forward pass",
    ]


def test_relu_stands_in_the_links_of_the_pages_that_use_it():
    pages = ("overview", "gallery", "counterfactual", "lime", "compare", "trust", "board")
    fields = {field.key: field for field in FIELDS}
    assert [page for page in pages if fields["relu"].belongs(page)] == list(pages[:3])
    assert fields["opacity"].belongs("lime")
    assert not dataclasses.replace(fields["opacity"], page="gallery").belongs("lime")
