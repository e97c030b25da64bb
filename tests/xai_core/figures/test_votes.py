"""Charts of a study: the numbers that they show."""

import pytest

from xai_core.figures import Favour, favour_lines, vote_bars


def test_bars_of_five_answers():
    figure = vote_bars(("a", "b", "c", "d", "e"), [1, 0, 2, 5, 3], "#00F", "#CCC", "#000")
    (bars,) = figure.data
    assert list(bars.y) == [1, 0, 2, 5, 3]
    assert list(bars.marker.color) == ["#CCC", "#CCC", "#CCC", "#00F", "#00F"]
    assert vote_bars(("a", "b", "c"), [0, 0, 0], "#00F", "#CCC", "#000").layout.yaxis.range[1] > 0


def test_means_with_what_they_lie_between():
    rows = [Favour("first", 0.5, 0.25, 1.0, "4 answers"), Favour("second", -1.0, -1.0, -1.0)]
    figure = favour_lines(rows, "Mean", "#00F", "#000")
    (dots,) = figure.data
    assert list(dots.x) == [0.5, -1.0]
    assert list(dots.error_x.array) == pytest.approx([0.5, 0.0])
    assert list(dots.error_x.arrayminus) == pytest.approx([0.25, 0.0])
    assert list(figure.layout.yaxis.ticktext) == ["first", "second"]
    assert figure.layout.yaxis.range[0] > figure.layout.yaxis.range[1], "the first on top"
