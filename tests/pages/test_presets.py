"""Presets: one is lit at first on every page, and one that takes another picture or network says so."""

from importlib import import_module

import pytest

from pages._ui.state.shared import AUTO, FIELDS
from pages._ui.widgets.presets import Preset

PAGES = ("adversarial", "compare", "concepts", "counterfactual", "gallery", "insertion", "localization")
PAGES += ("right_wrong", "trust")


def first(page):
    fields = import_module(f"pages._ui.{page}.fields").FIELDS
    return {field.key: field.default for field in (*FIELDS, *fields)}


@pytest.mark.parametrize("page", PAGES)
def test_a_preset_is_lit_at_first(page):
    start = first(page)
    presets = import_module(f"pages._ui.{page}.presets").PRESETS
    lit = [p.name for p in presets if all(start[k] == v for k, v in p.fields.items() if v != AUTO)]
    assert lit, {p.name: {k: (v, start[k]) for k, v in p.fields.items() if start[k] != v} for p in presets}


def test_a_preset_that_changes_the_picture_says_so():
    assert Preset("a", "About.", {"part": "x"}).help() == "About."
    assert Preset("a", "About.", {"image": "coffee"}).help() == "About. Takes the picture Coffee."
    both = Preset("a", "About.", {"image": "coffee", "model": "efficientnet_lite2"}).help()
    assert both == "About. Takes the picture Coffee and the network EfficientNet-Lite2."
