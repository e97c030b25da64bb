"""The words for which way a map points."""

import numpy as np
import pytest

import xai_core as xai
from xai_core.direction import ends, named, reading, slug
from xai_core.types import Explanation, Params


def explanation(signed=False, method="grad_cam", versus="tabby", **params) -> Explanation:
    heatmap = np.ones((2, 2), np.float32)
    versus = versus if "contrast" in params else ""
    return Explanation(
        heatmap, method, 282, "tiger cat", "l", Params(params), signed, 1, 0.4, 1, 0, (8, 8), versus=versus
    )


@pytest.mark.parametrize(
    ("params", "words", "file"),
    [
        ({}, "tiger cat", "282"),
        ({"counterfactual": True}, "against tiger cat", "against_282"),
        ({"contrast": 281}, "for tiger cat and not tabby", "282_not_281"),
        ({"contrast": 281, "counterfactual": True}, "for tabby and not tiger cat", "281_not_282"),
        ({"contrast": None, "counterfactual": False}, "tiger cat", "282"),
    ],
)
def test_the_class_is_named_with_its_direction(params, words, file):
    e = explanation(**params)
    assert named(e) == words
    assert slug(e) == file


def test_what_follows_the_class_follows_the_explained_one():
    assert named(explanation(contrast=281), "(40 %)") == "for tiger cat (40 %) and not tabby"
    assert named(explanation(contrast=281, versus="")) == "for tiger cat and not class 281"


@pytest.mark.parametrize(
    ("signed", "params", "words"),
    [
        (True, {}, ("lowers", "raises")),
        (True, {"counterfactual": True}, ("raises", "lowers")),
        (True, {"contrast": 281}, ("for tabby", "for tiger cat")),
        (True, {"contrast": 281, "counterfactual": True}, ("for tiger cat", "for tabby")),
        (False, {}, ("", "")),
        (False, {"counterfactual": True}, ("", "lowers")),
        (False, {"contrast": 281}, ("", "for tiger cat")),
    ],
)
def test_the_ends_of_the_bar(signed, params, words):
    assert ends(explanation(signed, **params)) == words


def test_a_random_map_claims_nothing():
    assert ends(explanation(True, "random")) == ("", "")
    assert reading(explanation(True, "random"), "Red", "blue") == ""


def test_the_two_colours_are_explained_for_signed_maps_alone():
    assert reading(explanation(), "Red", "blue") == ""
    plain = reading(explanation(True), "Red", "blue")
    assert plain.startswith("Red marks what raises the score of tiger cat, blue what lowers it;")
    turned = reading(explanation(True, counterfactual=True), "Red", "blue")
    assert turned.startswith("Red marks what lowers the score of tiger cat, blue what raises it;")
    against = reading(explanation(True, contrast=281), "Red", "blue")
    assert against.startswith("Red speaks for tiger cat, blue speaks for tabby;")


def test_an_explanation_knows_the_class_that_it_is_set_against(lite0, chelsea):
    e = xai.explain(lite0, chelsea, "grad_cam", 282, contrast=281)
    assert e.versus == lite0.labels[281]
    assert xai.explain(lite0, chelsea, "grad_cam", 282).versus == ""
