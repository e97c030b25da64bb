"""The numbers of a figure as a table."""

import numpy as np
import plotly.graph_objects as go

from xai_core.board.figure_file import figure_table, read_figure


def test_series_of_numbers():
    figure = go.Figure(
        [go.Bar(name="a", x=["p", "q"], y=np.array([1.5, 2.0])), go.Scatter(name="b", x=[0], y=[3])]
    )
    table = figure_table(read_figure(figure.to_json()))
    assert table.to_dict("list") == {"series": ["a", "a", "b"], "x": ["p", "q", 0], "y": [1.5, 2.0, 3]}


def test_a_heat_map_is_a_row_for_each_cell():
    figure = go.Figure(go.Heatmap(z=np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), x=["u", "v", "w"]))
    table = figure_table(read_figure(figure.to_json()))
    assert table["value"].tolist() == [1, 2, 3, 4, 5, 6]
    assert table["x"].tolist() == ["u", "v", "w"] * 2
    assert table["y"].tolist() == [0, 0, 0, 1, 1, 1]


def test_a_histogram_has_its_values():
    table = figure_table(go.Figure(go.Histogram(x=[1.0, 1.0, 2.0], name="h")))
    assert table["x"].tolist() == [1, 1, 2]


def test_an_empty_figure_is_an_empty_table():
    assert figure_table(go.Figure()).empty
