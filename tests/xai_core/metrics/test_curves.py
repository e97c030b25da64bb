"""Orders and grids of insertion and deletion; the curves themselves are checked in test_functional."""

import pytest
import torch

import xai_core as xai
from xai_core.metrics.curves import grid_labels, order_of


def test_ties_go_by_position():
    assert order_of(torch.tensor([[1.0, 3.0], [3.0, 0.0]])).tolist() == [2, 0, 1, 3]


def test_grid_labels():
    labels = grid_labels((2, 3), (4, 9))
    assert labels.shape == (4, 9)
    assert labels[1].tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    assert labels[2, 8] == 5
    with pytest.raises(
        xai.InputError, match="A grid of 3 x 3 superpixels does not divide a picture of 4 x 9"
    ):
        grid_labels((3, 3), (4, 9))
