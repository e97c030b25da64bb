"""The confusion matrix that can be clicked, and two groups beside each other."""

import numpy as np

from xai_core.figures import confusion_matrix, two_boxes, two_histograms

COUNTS = np.array([[3, 0, 1], [0, 4, 0]])


def test_every_cell_that_counts_has_a_point_to_click():
    figure = confusion_matrix(["cat", "dog"], ["cat", "dog", "else"], COUNTS, (0, 2), "#2f5bd0", "#000000")
    heat, points = figure.data
    assert np.isnan(heat.z[0, 1])
    assert np.nanmax(heat.z) == heat.z[1, 1] == 1.0
    assert heat.z[0, 2] < heat.z[0, 0]
    assert list(points.customdata) == ["0.0", "0.2", "1.1"]
    assert list(points.text) == ["3", "1", "4"]
    assert (list(points.x), list(points.y)) == ([0, 2, 1], [0, 0, 1])
    assert (figure.layout.shapes[0].x0, figure.layout.shapes[0].y1) == (1.5, 0.5)


def test_nothing_is_ringed_where_nothing_is_chosen():
    assert not confusion_matrix(["a"], ["a"], np.array([[1]]), None, "#2f5bd0", "#000000").layout.shapes


def test_a_row_without_a_picture_is_empty():
    counts = np.array([[0, 0], [0, 2]])
    heat, points = confusion_matrix(["a", "b"], ["a", "b"], counts, None, "#2f5bd0", "#000000").data
    assert np.isnan(heat.z[0]).all()
    assert list(points.text) == ["2"]


def test_two_groups():
    groups = {"Right": np.array([0.9, 0.8]), "Wrong": np.array([0.2])}
    bars = two_histograms(groups, "Probability")
    assert [bar.name for bar in bars.data] == ["Right, 2", "Wrong, 1"]
    assert bars.data[0].marker.color != bars.data[1].marker.color
    boxes = two_boxes(groups, "Edge")
    assert [list(box.y) for box in boxes.data] == [[0.9, 0.8], [0.2]]
    assert boxes.layout.yaxis.title.text == "Edge"
