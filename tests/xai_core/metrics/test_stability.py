"""Stability over seeds, by hand."""

import numpy as np
import pytest

import xai_core as xai
from xai_core.metrics.stability import stability
from xai_core.types import Params


def run(weights):
    segments = np.array([[0, 0, 1], [2, 2, 1]], np.int32)
    heatmap = np.array(weights, np.float32)[segments]
    return xai.Explanation(
        heatmap, "lime", 0, "x", None, Params(), True, 0.0, 0.5, 1, 0.1, (2, 3), segments=segments
    )


def test_by_hand():
    table = stability([run([1, 0.1, -4]), run([2, -0.1, -6]), run([3, 0.3, -5])])
    assert table["mean"].tolist() == pytest.approx([2, 0.1, -5], abs=1e-6)
    assert table["std"].tolist() == pytest.approx([1, 0.2, 1], abs=1e-6)
    assert table["stable"].tolist() == [False, False, True]


def test_needs_two_runs_over_the_same_superpixels():
    with pytest.raises(xai.InputError, match="has 1 runs"):
        stability([run([1, 2, 3])])
    other = run([1, 2, 3])
    turned = xai.Explanation(**{**vars(other), "segments": other.segments[::-1].copy()})
    with pytest.raises(xai.InputError, match="differ in their superpixels"):
        stability([other, turned])
