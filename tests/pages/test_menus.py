"""Menus of methods: the wanted ones first, then the registry's order, and at the end what cannot be used;
a menu of all of them is short, and its families fold."""

import xai_core as xai
from pages._ui.widgets.families import few, toggled
from pages._ui.widgets.methods import NOT_HERE, WANTED, menu

from .conftest import browse, choose_method, opened, select


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


def test_a_short_menu_has_the_wanted_ones_and_what_is_chosen(lite0_small):
    listed = menu(lite0_small)
    assert tuple(few(listed)) == WANTED
    assert few(listed, ("fem", "lime")) == [*WANTED, "fem"]
    assert len(few(listed, xai.METHODS)) == len(xai.METHODS)


def test_a_click_adds_a_method_or_takes_it_away():
    assert toggled(("lime", "fem"), "lrp") == ("lime", "fem", "lrp")
    assert toggled(("lime", "fem"), "lime") == ("fem",)


def family(app, name):
    """The buttons of one family."""
    return next(group for group in app.get("button_group") if group.label == name)


def test_overview_lists_the_usual_few_and_folds_the_rest(open_app):
    app = open_app("overview")
    assert select(app, "Method").options == [xai.METHODS[key].label for key in WANTED]
    assert not any(one.label == "Search" for one in app.selectbox), "drawn only when it is opened"
    browse(app, "overview-methods")
    search = select(app, "Search")
    assert len(search.options) == len(xai.METHODS)
    assert "LRP · Input gradients" in search.options
    folded = [one.label for one in app.expander]
    for name in xai.methods.FAMILIES:
        many = sum(spec.family == name for spec in xai.METHODS.values())
        assert any(label.startswith(f"{name} ({many}") for label in folded), (name, folded)


def test_a_searched_method_is_shown_and_the_list_closes(open_app):
    app = choose_method(open_app("overview"), "fem")
    assert not app.exception
    assert select(app, "Method").value == "fem"
    assert not any(one.label == "Search" for one in app.selectbox)
    assert app.query_params["method"] == "fem"


def test_a_method_is_clicked_within_its_family(open_app):
    app = browse(open_app("overview"), "overview-methods")
    family(app, "Class activation").set_value(["grad_cam", "hires_cam"]).run()
    assert not app.exception
    assert select(app, "Method").value == "hires_cam"


def test_a_map_is_added_and_taken_away_in_the_list_of_several(open_app):
    app = browse(open_app("insertion"), "w.curve_maps.methods")
    before = app.multiselect[0].value
    select(app, "Search").select("fem").run()
    assert app.multiselect[0].value == [*before, "fem"]
    family(app, "Class activation").set_value([]).run()
    assert "fem" not in app.multiselect[0].value


def test_the_gallery_adds_a_row_of_maps(open_app):
    app = browse(open_app("gallery"), "gallery-methods")
    select(app, "Search").select("fem").run()
    assert not app.exception
    assert any("FEM" in name for name in opened(app))
    assert "fem" in app.query_params["methods"]
