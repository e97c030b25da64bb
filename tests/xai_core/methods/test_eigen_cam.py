"""EigenCAM: worked by hand, against a full SVD with fewer and with more channels than places, and its
sign.
"""

import pytest
import torch

from xai_core.methods.eigen_cam import eigen_cam


def by_full_svd(values):
    """(C, h, w) -> (h, w): the centred places on the first right singular vector, turned by the stated
    rule.
    """
    channels, height, width = values.shape
    points = values.reshape(channels, -1).T
    centred = points - points.mean(0)
    _, _, vectors = torch.linalg.svd(centred, full_matrices=True)
    projection = (centred @ vectors[0]).reshape(height, width)
    agreement = (projection * (values - values.mean((1, 2), keepdim=True)).sum(0)).sum()
    return -projection if agreement < 0 else projection


def test_by_hand():
    # Two channels in proportion 3 : 4 over the places -1, 0, 0, 0, 0, 1 (centred): the first component
    # is (3, 4) / 5, so the projection is 5 times the pattern.
    pattern = torch.tensor([[-1.0, 0.0, 0.0], [0.0, 0.0, 1.0]], dtype=torch.float64)
    activations = torch.stack([3 * pattern, 4 * pattern])[None]
    torch.testing.assert_close(eigen_cam(activations), 5 * pattern[None], rtol=1e-12, atol=1e-12)
    # the mean of each channel plays no part
    shifted = activations + torch.tensor([10.0, -20.0], dtype=torch.float64).view(1, 2, 1, 1)
    torch.testing.assert_close(eigen_cam(shifted), 5 * pattern[None], rtol=1e-12, atol=1e-12)


def test_by_hand_with_more_channels_than_places():
    # Two places that differ by (2, 4, 4): half of that, of length 3, on either side of the mean.
    activations = torch.tensor([[0.0, 2.0], [1.0, 5.0], [-1.0, 3.0]], dtype=torch.float64).view(1, 3, 1, 2)
    expected = torch.tensor([[[-3.0, 3.0]]], dtype=torch.float64)
    torch.testing.assert_close(eigen_cam(activations), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("shape", [(3, 4, 5), (20, 4, 5), (40, 4, 5), (1, 3, 2), (6, 1, 4)])
def test_against_full_svd(shape):
    """Fewer channels than places, as many, and more: the two Gram matrices give the same projection."""
    values = torch.randn((3, *shape), generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    result = eigen_cam(values)
    assert result.shape == (3, *shape[1:])
    for i in range(3):
        torch.testing.assert_close(result[i], by_full_svd(values[i]), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("channels", [2, 50], ids=["c <= hw", "c > hw"])
def test_sign_rule(channels):
    """The map agrees with the sum over channels, and so turns round when the activations do not: f(-A) =
    -f(A).
    """
    generator = torch.Generator().manual_seed(3)
    for _ in range(10):
        values = torch.randn((1, channels, 3, 4), generator=generator, dtype=torch.float64)
        result = eigen_cam(values)
        total = values.sum(1)
        assert float((result * (total - total.mean())).sum()) > 0
        torch.testing.assert_close(eigen_cam(-values), -result, rtol=1e-9, atol=1e-9)


def test_constant_activations_give_an_empty_map():
    for channels in (2, 50):
        assert torch.equal(eigen_cam(torch.full((1, channels, 3, 4), 2.5)), torch.zeros(1, 3, 4))
