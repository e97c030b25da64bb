"""Checks: the first screen has a verdict, settings change it, and a map that is blind is refused."""

import tomllib

import pytest

from xai_core.testing import check_of

from .conftest import html


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    """Tables of its own."""
    monkeypatch.setenv("XAI_CACHE_DIR", str(tmp_path / "cache"))


def opened(open_app, **link):
    """The page on drawn shapes with the tiny network, twelve pictures of them."""
    fields = {"model": "tiny_cnn_shapes", "image": "", "checked_on": "shapes", "limit": "12"}
    return open_app("checks", **fields, **link)


def test_the_first_screen_has_a_verdict_with_its_claims_and_the_worst_pictures(open_app):
    page = opened(open_app, share_inside="20")
    assert not page.exception
    text = html(page)
    assert "✓ <b>Passed</b> after " in text
    assert "The map beats a bump in the middle. The map beats a flat map." in text
    assert "It stands for these 12 pictures and no others." in text
    assert "✓ holds" in text
    assert [b.label for b in page.button if b.label.startswith("Open ")]


def test_another_threshold_is_another_verdict(open_app):
    page = opened(open_app, share_inside="99")
    assert "✗ <b>Failed</b> after " in html(page)
    assert "✗ does not hold" in html(page)


def test_few_pictures_say_nothing_about_all_others(open_app):
    page = opened(open_app, share_inside="20", verdict_about="like")
    assert "Does the network look at the object? Not settled." in html(page)
    assert "More pictures may settle it." in html(page)


def test_a_blind_map_is_refused_without_any_numbers(open_app):
    page = opened(open_app, check_map="random")
    assert "With a random last layer the map hardly changes" in html(page)
    assert "So the map cannot answer: does the network look at the object?" in html(page)
    assert "holds" not in html(page)


def test_a_region_is_asked_about_and_the_specification_says_the_same(open_app):
    page = opened(
        open_app, check_kind="ignores", checked_region="border", share_allowed="90", loss_allowed="90"
    )
    assert "Does the network ignore this region?" in html(page)
    spec = tomllib.loads(next(one.value for one in page.code if one.value.startswith("model = ")))
    (row,) = spec["check"]
    assert (spec["model"], spec["data"]) == ("tiny_cnn_shapes", "shapes")
    check = check_of(row)
    assert (check.region, check.about, check.settings["share"]) == ("border", "these", 0.9)


def test_a_link_with_an_unknown_question_says_so(open_app):
    page = opened(open_app, check_kind="looks_nice")
    assert any("looks_at" in one.value for one in page.warning)
