"""Methods: all of them in a table, found by words and by filters; the card of each; links to it."""

import dataclasses

import pytest

import xai_core as xai
from pages._ui.methods import filters
from pages._ui.methods.verdict import ends, headline
from xai_core import known_truth
from xai_core.escaping import in_html
from xai_core.known_truth import Row
from xai_core.methods import card

from .conftest import button, html

ERRORS = ((1, 0.0), (2, 0.05), (3, None), (4, 3.0), (5, 0.2))  # of made-up cases


def shown(app) -> list[str]:
    return app.dataframe[0].value["Method"].tolist()


def test_the_table_holds_every_method_and_runs_no_network(open_app, monkeypatch):
    monkeypatch.setattr(xai, "explain_each", None)
    monkeypatch.setattr(xai, "load_model", None)
    app = open_app("methods")
    assert not app.exception
    assert shown(app) == [spec.label for spec in xai.METHODS.values()]
    row = app.dataframe[0].value.set_index("Method").loc["LIME"]
    assert (row["Passes"], row["Seed matters"], row["Value for each"]) == (1000, "yes", "superpixel")
    assert f"{len(xai.METHODS)} of {len(xai.METHODS)} methods" in html(app)


def test_words_are_searched_in_name_key_and_paper(open_app):
    app = open_app("methods", search="Ribeiro")
    assert shown(app) == ["LIME"]
    app.text_input[0].set_value("FINER cam").run()
    assert shown(app) == ["Finer-CAM"]
    assert app.query_params["search"] == "FINER cam"
    app.text_input[0].set_value("no such method").run()
    assert not app.dataframe
    assert app.info[0].value.startswith("No method fits")


def test_filters_of_one_kind_widen_and_of_several_narrow():
    attention = filters.found("", ["attention"])
    both = filters.found("", ["attention", "perturbation"])
    assert set(attention) < set(both)
    assert {xai.METHODS[key].family for key in both} == {"Attention", "Perturbation"}
    narrowed = filters.found("", ["attention", "perturbation", "adds-up"])
    assert narrowed == [key for key in both if card(xai.METHODS[key]).adds_up]
    assert 0 < len(narrowed) < len(both)
    assert filters.found("shap", ["attention"]) == []


def test_every_filter_fits_some_method_and_not_all():
    for name in filters.FILTERS:
        assert 0 < len(filters.found("", [name])) < len(xai.METHODS), name


def test_filters_stand_in_the_link(open_app):
    app = open_app("methods", only="perturbation,by-seed")
    assert not app.warning
    labels = {xai.METHODS[key].label for key in ("rise", "lime", "kernel_shap", "shapley_sampling")}
    assert set(shown(app)) >= labels
    assert "Occlusion" not in shown(app)
    refused = open_app("methods", only="cheap")
    assert "Accepted are" in refused.warning[0].value
    assert "no-such" in open_app("methods", method="no-such").warning[0].value


@pytest.mark.parametrize("key", ["grad_cam", "lrp", "random"])
def test_a_card(open_app, key):
    app = open_app("methods", method=key)
    assert not app.exception
    spec = xai.METHODS[key]
    assert app.title[0].value == spec.label
    said = "\n".join(one.value for one in app.markdown)
    for text in (spec.plain, spec.fails, spec.reading):
        assert text.split(" ")[0] in said
        assert text[-30:].strip("\\") in said.replace("\\", "")
    assert spec.formula in app.latex[0].value
    assert app.query_params["method"] == key


def test_a_card_is_opened_by_name_and_left_again(open_app):
    app = open_app("methods")
    next(s for s in app.selectbox if s.label == "Open a card").select("rise").run()
    assert app.title[0].value == "RISE"
    button(app, "All methods").click().run()
    assert app.title[0].value == "Methods"
    assert "method" not in app.query_params
    assert not app.exception


def test_every_card_can_be_drawn(monkeypatch):
    """Every method's parameters, formula and paper, without the app around them."""
    from streamlit.testing.v1 import AppTest

    def script():
        import xai_core
        from pages._ui.methods import sheet

        for key in xai_core.METHODS:
            sheet._parameters(xai_core.METHODS[key])
            sheet._believed(xai_core.METHODS[key])
            sheet._made(xai_core.METHODS[key])
            sheet.layout.table(sheet._lines(xai_core.METHODS[key]))

    app = AppTest.from_function(script, default_timeout=60).run()
    assert not app.exception
    assert len(app.latex) == len(xai.METHODS)


def test_captions_lead_to_the_card(open_app):
    app = open_app("compare", maps="gradient")
    assert '<a class="quiet" href="/methods?method=gradient" target="_blank"><b>Gradient</b></a>' in html(app)


def test_the_headline_of_the_range_on_both_sides():
    rows = [Row("made", str(number), error, error is not None and error < 0.1) for number, error in ERRORS]
    assert headline(rows[:1]).startswith("Right on the one network that it can run on whose")
    assert headline(rows[:3]).startswith("Right on all 2 networks")
    assert headline(rows).startswith("Right on 2 of 4 networks")
    assert headline(rows[3:]).startswith("Wrong on all 2 networks")
    assert headline(rows[2:3]).startswith("It can run on none")
    assert "class test" not in headline(rows)
    assert "class test" in headline([*rows, Row("made", "x", 0.0, False, "", False)])


def test_the_pictured_cases_are_the_best_that_passed_and_the_worst_that_failed():
    rows = [Row("made", str(number), error, error is not None and error < 0.1) for number, error in ERRORS]
    best, worst = ends(rows)
    assert (best.case, worst.case) == ("1", "4")
    assert ends(rows[2:3]) == (None, None)
    assert ends(rows[3:])[0] is None
    assert ends(rows[:2])[1] is None


def test_a_card_shows_the_range(open_app):
    app = open_app("methods", method="grad_cam")
    rows = known_truth.kept().of("grad_cam")
    best, worst = ends(rows)
    assert None not in (best, worst), "Grad-CAM succeeds where its assumption holds and fails elsewhere"
    for row in (best, worst):
        assert in_html(known_truth.CASES[row.case].sentence) in html(app)
    assert known_truth.kept().date in html(app)
    said = html(app)
    assert [said.count(name) for name in (">The picture<", ">What is right<", ">Its map<")] == [2, 2, 2]


def test_a_new_method_appears_without_further_edits(open_app, monkeypatch):
    new = dataclasses.replace(
        xai.METHODS["gradient"], key="made", label="Made new", url="", plain="", fails="", family="Control"
    )
    monkeypatch.setitem(xai.METHODS, "made", new)
    assert shown(open_app("methods", only="control"))[-1] == "Made new"
    app = open_app("methods", method="made")
    assert not app.exception
    assert app.title[0].value == "Made new"
    assert "whose right attribution is known" in html(app), "it was run on the range now"
