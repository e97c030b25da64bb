"""Pins in words: labels instead of keys, settings that differ, and titles that are told apart."""

import dataclasses

import pytest

from xai_core.board.words import facts, settings, told_apart
from xai_core.types import Params

from .conftest import chart_pin


def changed(pin, **explained):
    return dataclasses.replace(
        pin, map=dataclasses.replace(pin.map, e=dataclasses.replace(pin.map.e, **explained))
    )


def with_params(pin, **params):
    return changed(pin, params=Params(dict(pin.map.e.params) | params))


def test_names_for_people_and_no_keys(map_pins):
    cam, gradients, smooth, lime = map_pins
    said = facts(cam)
    assert said[0].startswith("tiger cat ")
    assert said[1:] == ("Grad-CAM", "blocks.4", "EfficientNet-Lite0", "Chelsea the cat", "without ReLU")
    assert facts(gradients)[1] == "Integrated Gradients"
    assert facts(gradients)[-1] == "steps 7"
    assert facts(smooth)[-2:] == ("samples 4", "seed 3")
    assert facts(lime)[-2:] == ("samples 20", "segments 10")
    assert facts(chart_pin()) == ()


def test_what_this_version_does_not_know_keeps_its_key(map_pins):
    strange = changed(map_pins[0], method="new_cam", params=Params({"depth": 3, "odd_layers": False}))
    strange = dataclasses.replace(strange, map=dataclasses.replace(strange.map, model="own/birds"))
    assert facts(strange)[1:] == (
        "new_cam",
        "blocks.4",
        "own/birds",
        "Chelsea the cat",
        "depth 3",
        "without odd layers",
    )


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"relu": True}, ()),
        ({"relu": False}, ("without ReLU",)),
        ({"relu": False, "counterfactual": True}, ("without ReLU",)),
    ],
)
def test_settings_in_words(map_pins, params, said):
    assert settings(with_params(map_pins[0], **params).map.e) == said


@pytest.mark.parametrize(
    ("params", "start", "end"),
    [
        ({"counterfactual": True}, "against tiger cat (", ")"),
        ({"contrast": 281}, "for tiger cat (", ") and not class 281"),
    ],
)
def test_which_way_a_map_points_is_said_with_its_class(map_pins, params, start, end):
    turned = with_params(map_pins[0], relu=True, **params)
    said = facts(turned)
    assert said[0].startswith(start)
    assert said[0].endswith(end)
    assert said[1:] == ("Grad-CAM", "blocks.4", "EfficientNet-Lite0", "Chelsea the cat")
    plain = with_params(map_pins[0], relu=True)
    assert told_apart(turned, [plain]).title.startswith(f"grad_cam of a cat, {start.split(' (')[0]}")


def test_two_maps_of_one_title_are_told_apart(map_pins):
    cam = with_params(map_pins[0], relu=True)
    assert told_apart(cam, []) is cam
    assert told_apart(with_params(cam, relu=False), [cam]).title == "grad_cam of a cat, without ReLU"
    assert told_apart(changed(cam, layer="blocks.6"), [cam]).title == "grad_cam of a cat, blocks.6"
    assert told_apart(changed(cam, target=281), [cam]).title == "grad_cam of a cat, class 281"
    plain = told_apart(cam, [with_params(cam, relu=False)])
    assert plain.title == "grad_cam of a cat, default settings"
    assert told_apart(cam, [cam]).title == "grad_cam of a cat (2)"
    assert told_apart(cam, [cam, told_apart(cam, [cam])]).title == "grad_cam of a cat (3)"


def test_two_charts_of_one_title_are_told_apart():
    chart = chart_pin()
    other = dataclasses.replace(chart, link="model=resnet18&layer=layer4&relu=off")
    assert told_apart(other, [chart]).title == "A chart, resnet18, layer layer4"
    assert told_apart(chart, [chart]).title == "A chart (2)"


def test_a_long_title_stays_within_its_limit():
    long = chart_pin("x" * 200)
    titles = {long.title, told_apart(long, [long]).title}
    assert len(titles) == 2
    assert all(len(title) <= 200 for title in titles)
