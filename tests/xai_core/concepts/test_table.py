"""The table of `dissect`: a DataFrame like any other, which a notebook shows with bars and plain text."""

from __future__ import annotations

import io
import pickle
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

from xai_core.concepts import interpretable
from xai_core.concepts.table import COLUMNS, UnitTable, rows_of, unit_table

NASTY = "<script>alert(1)</script> & more"


def table(units: int = 3) -> UnitTable:
    """Unit k is alike to the word "b" by k; the last unit never changes."""
    found = np.array([[0.0, float(k)] for k in range(units)])
    found[-1] = np.nan
    part = rows_of("blocks.6", found, ["a", NASTY], lambda word: "object", "conse")
    return unit_table([part], {"blocks.6": 0.5}, "soft_wpmi")


def cells(html: str) -> list[list[str]]:
    """The texts of the table's rows; raises if the fragment is not well formed."""
    rows = ElementTree.fromstring(html).iter("tr")
    return [["".join(cell.itertext()) for cell in row] for row in rows]


def test_it_is_shown_with_a_sentence_and_every_text_escaped():
    html = table()._repr_html_()
    tree = ElementTree.fromstring(html)
    assert {node.tag for node in tree.iter()} <= {
        *("div", "p", "table", "thead", "tbody", "tr", "th", "td", "strong")
    }
    sentence = tree.find("p").text
    assert sentence == "3 units of blocks.6, named by conse (soft_wpmi); 1 interpretable"
    head, first, second, last = cells(html)
    assert head == ["", *COLUMNS]
    assert first == ["0", "blocks.6", "0", "a", "0.000", "object", NASTY, "conse"]
    assert second[3:5] == [NASTY, "1.000"]
    assert last[3:5] == ["", ""]  # a unit without a name
    assert [strong.text for strong in tree.iter("strong")] == [NASTY]


def test_the_bar_is_as_long_as_the_similarity():
    tree = ElementTree.fromstring(table(4)._repr_html_())
    styles = [cell.get("style") for cell in tree.iter("td") if "gradient" in cell.get("style", "")]
    assert ["0.0%" in styles[0], "50.0%" in styles[1], "100.0%" in styles[2]] == [True] * 3
    assert len(styles) == 3


def test_a_long_table_is_cut_in_the_middle():
    rows = cells(table(50)._repr_html_())
    assert len(rows) == 1 + 10 + 1 + 10
    assert rows[11] == ["…"]
    assert [rows[10][0], rows[12][0]] == ["9", "40"]


def test_it_stays_a_dataframe():
    t = table()
    assert isinstance(t, pd.DataFrame)
    plain = pd.DataFrame({name: t[name] for name in COLUMNS})
    pd.testing.assert_frame_equal(pd.DataFrame(t), plain)
    assert t.to_csv() == plain.to_csv()
    buffer = io.BytesIO()
    t.to_parquet(buffer)
    pd.testing.assert_frame_equal(pd.read_parquet(io.BytesIO(buffer.getvalue())), plain)
    assert t.groupby("layer")["similarity"].max().loc["blocks.6"] == 1
    assert len(pd.concat([t, t])) == 6
    assert t.merge(pd.DataFrame({"unit": [1], "x": [7]}))["x"].tolist() == [7]
    again = pickle.loads(pickle.dumps(t))
    pd.testing.assert_frame_equal(pd.DataFrame(again), plain)
    assert again.attrs == t.attrs


def test_a_part_of_it_keeps_the_thresholds_and_its_look():
    part = table()[table()["similarity"] > 0]
    assert isinstance(part, UnitTable)
    assert interpretable(part).tolist() == [True]
    assert "1 units of blocks.6" in part._repr_html_()
    assert "0 units" in table()[:0]._repr_html_()


def test_what_has_lost_a_column_is_shown_as_pandas_does():
    html = table()[["unit", "description"]]._repr_html_()
    assert 'class="dataframe"' in html
    assert "<script" not in html


def test_who_wants_no_html_gets_none():
    with pd.option_context("display.notebook_repr_html", False):
        assert table()._repr_html_() is None


def test_the_figure_has_the_numbers():
    (drawn,) = table().figure().data
    assert list(drawn.cells.values[3][:2]) == [0.0, 1.0]


@pytest.mark.parametrize("missing", [{}, {"thresholds": {}}])
def test_without_thresholds_none_is_interpretable(missing):
    t = table()
    t.attrs = missing
    assert "0 interpretable" in t._repr_html_()
