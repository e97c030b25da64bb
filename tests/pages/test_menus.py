"""Menus of methods: the wanted ones first, then the registry's order, and at the end what cannot be used."""

import xai_core as xai
from pages._ui.widgets.methods import NOT_HERE, WANTED, menu


def test_the_wanted_ones_come_first(lite0_small):
    listed = menu(lite0_small)
    assert tuple(listed.options[: len(WANTED)]) == WANTED
    assert len(WANTED) == 6
    assert sorted(listed.options) == sorted(xai.METHODS)


def test_the_others_keep_the_order_of_the_registry(lite0_small):
    usable = [key for key in menu(lite0_small).options if not xai.why_not(lite0_small, key)]
    rest = usable[len(WANTED) :]
    assert rest == [key for key in xai.METHODS if key in rest]
    families = [xai.METHODS[key].family for key in rest]
    assert len(dict.fromkeys(families)) == sum(
        a != b for a, b in zip([None, *families], families, strict=False)
    )


def test_what_cannot_be_used_comes_last_with_its_reason(lite0):
    listed = menu(lite0)
    last = [key for key in listed.options if xai.why_not(lite0, key)]
    assert last
    assert listed.options[-len(last) :] == last
    assert all(listed.label(key).endswith(NOT_HERE) for key in last)


def test_a_part_of_the_methods(lite0_small):
    assert menu(lite0_small, ["fem", "lime", "cam", "grad_cam"]).options == ["grad_cam", "lime", "fem", "cam"]
