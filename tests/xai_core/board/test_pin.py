"""Pins through JSON and back, and records that are not what they say."""

import json

import numpy as np
import pytest

import xai_core as xai
from xai_core.board import MAX_NOTE, Pin, read_figure
from xai_core.board.pin import from_record, to_record

from .conftest import FIGURE, chart_pin


def again(pin, **changes):
    record, files = to_record(pin, "stem")
    return from_record(json.loads(json.dumps(record)) | changes, files.__getitem__)


def test_a_map_comes_back_bit_by_bit(map_pins, chelsea):
    for pin in map_pins:
        back = again(pin)
        assert (back.key, back.title, back.note, back.page, back.link) == (
            pin.key,
            pin.title,
            "Seen <b>here</b>",
            "overview",
            "method=grad_cam",
        )
        e, given = back.map.e, pin.map.e
        assert e.heatmap.dtype == np.float32
        assert np.array_equal(e.heatmap, given.heatmap)
        for name in ("method", "target", "label", "layer", "params", "seed", "signed", "logit", "view_size"):
            assert getattr(e, name) == getattr(given, name), name
        assert hash(e.params) == hash(given.params)
        assert back.map.image() == chelsea
        assert (back.map.weights, back.map.drawn) == (pin.map.weights, pin.map.drawn)
        assert back.map.identity == pin.map.identity != ""
        assert dict(back.map.look) == dict(pin.map.look)
    superpixels = again(map_pins[-1]).map.e.segments
    assert np.array_equal(superpixels, map_pins[-1].map.e.segments)


def test_a_map_of_an_earlier_version_has_no_identity(map_pins):
    record, files = to_record(map_pins[0], "stem")
    del record["identity"]
    assert from_record(json.loads(json.dumps(record)), files.__getitem__).map.identity == ""


def test_a_map_from_before_pairs_says_how_it_was_drawn(map_pins):
    record, files = to_record(map_pins[-1], "stem")
    assert record["method"] == "lime"
    assert record["params"].pop("draw") == "pairs"
    back = from_record(json.loads(json.dumps(record)), files.__getitem__).map.e
    assert back.params["draw"] == "independent"
    assert {**back.params, "draw": "pairs"} == dict(map_pins[-1].map.e.params)


def test_a_chart_comes_back(explained):
    back = again(chart_pin("Bars", "as text"))
    assert (back.kind, back.title, back.note) == ("chart", "Bars", "as text")
    assert read_figure(back.figure).data[0].y == (1.0, 2.5)


def test_pins_of_one_picture_share_its_file(map_pins):
    names = [set(to_record(pin, str(n))[1]) for n, pin in enumerate(map_pins)]
    assert len(set.intersection(*names)) == 1


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"title": 7}, "title 7"),
        ({"title": "x" * 201}, "201 characters"),
        ({"note": "x" * (MAX_NOTE + 1)}, "5000 are accepted"),
        ({"page": "../etc"}, "page '../etc', which must be a page's name in small letters"),
        ({"key": "../../x"}, "16 hexadecimal digits"),
        ({"target": True}, "target True"),
        ({"params": {"relu": [1]}}, "params.relu [1]"),
        ({"heatmap": "stem.png"}, "no .npy of float32"),
        ({"heatmap": "stem.segments.npy"}, "no .npy of float32"),
        ({"drawn": "stem.npy"}, "is not a picture"),
        ({"identity": 7}, "identity 7"),
    ],
)
def test_broken_records_are_refused(map_pins, changes, said):
    with pytest.raises(xai.InputError) as refused:
        again(map_pins[-1], **changes)
    assert said in str(refused.value)


def test_a_header_that_lies_claims_no_memory(map_pins):
    record, files = to_record(map_pins[0], "stem")
    huge = files["stem.npy"].replace(b"(14, 14)", b"(999999, 999999)")
    assert huge != files["stem.npy"]
    with pytest.raises(xai.InputError, match=r"is no \.npy of float32"):
        from_record(json.loads(json.dumps(record)), (files | {"stem.npy": huge}).__getitem__)


@pytest.mark.parametrize(
    ("figure", "said"),
    [
        ("{", "no JSON"),
        ("[]", "broken"),
        ('{"data": [{"type": "nonsense"}]}', "holds 'nonsense'"),
        ('{"data": [{"type": "bar", "nonsense": 1}]}', "broken"),
        ('{"data": [{"type": "scattergeo"}]}', "scattergeo"),
        ('{"data": [], "layout": {"images": [{"source": "https://example.org/a.png"}]}}', "fetches"),
    ],
)
def test_figures_that_are_not_ours_are_refused(figure, said):
    with pytest.raises(xai.InputError, match=said):
        again(chart_pin(figure=figure))


def test_a_pin_knows_its_kind(map_pins):
    assert map_pins[0].kind == "map"
    assert Pin("overview", "", "t", FIGURE).kind == "chart"
