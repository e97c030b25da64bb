"""FEM: worked by hand, against loops, Xplique's rule at the threshold, and a map without a class."""

import math

import pytest
import torch
from torch.testing import assert_close

import xai_core as xai
from xai_core.methods.fem import fem


def test_by_hand():
    first = [[0.0, 0.0, 0.0, 5.0, 0.0]]  # mean 1, deviation 2: the threshold at 1.5 is 4
    second = [[-1.0, -1.0, -1.0, -1.0, 4.0]]  # mean 0, deviation 2: stands out, and weighs nothing
    third = [[-3.0, -3.0, -3.0, -3.0, 7.0]]  # mean -1, deviation 4: the threshold is 5
    activations = torch.tensor([[first, second, third]], dtype=torch.float64)
    expected = torch.tensor([[[0.0, 0.0, 0.0, 1.0, -1.0]]], dtype=torch.float64)
    assert_close(fem(activations, 1.5), expected)


def test_a_place_at_the_threshold_counts():
    """Mean 1, deviation 1: the threshold at 1 is 2, which two of the four places have."""
    activations = torch.tensor([[[[0.0, 2.0], [2.0, 0.0]]]])
    assert_close(fem(activations, 1.0), torch.tensor([[[0.0, 1.0], [1.0, 0.0]]]))
    assert not fem(activations, 1.01).any()


@pytest.mark.parametrize("sigmas", [0.5, 2.0])
def test_against_loops(sigmas):
    activations = torch.randn((2, 4, 5, 7), generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    result = fem(activations, sigmas)
    assert result.any()
    for n in range(2):
        expected = [[0.0] * 7 for _ in range(5)]
        for k in range(4):
            values = activations[n, k].flatten().tolist()
            mean = sum(values) / 35
            spread = math.sqrt(sum((value - mean) ** 2 for value in values) / 35)
            for i in range(5):
                for j in range(7):
                    expected[i][j] += mean if activations[n, k, i, j] >= mean + sigmas * spread else 0.0
        assert_close(result[n], torch.tensor(expected, dtype=torch.float64))


def test_where_no_place_can_stand_out():
    """One of four places at 4, the others at 0: mean 1, deviation sqrt(3). It stands out by sqrt(3), and none
    can by more."""
    alone = torch.tensor([[[[0.0, 4.0], [0.0, 0.0]]]], dtype=torch.float64)
    assert_close(fem(alone, 1.73), torch.tensor([[[0.0, 1.0], [0.0, 0.0]]], dtype=torch.float64))
    with pytest.raises(
        xai.InputError, match=r"^sigmas of fem is 2; at a layer of 2 x 2 places at most 1.73 is"
    ):
        fem(alone, 2.0)
    assert fem(torch.ones(1, 2, 1, 5), 2.0).shape == (1, 1, 5)


def test_it_knows_no_class(lite0_small, chelsea):
    one, other = (xai.explain(lite0_small, chelsea, "fem", t, "blocks.4", sigmas=1) for t in (3, 282))
    assert (one.heatmap == other.heatmap).all()
    assert one.heatmap.any()
    assert not xai.METHODS["fem"].class_specific
