"""KPCA-CAM: Eigen-CAM with a linear kernel, by hand, against scikit-learn, and its sign."""

import numpy as np
import pytest
import torch
from torch.testing import assert_close

import xai_core as xai
from tests.lanes import core_and_peers
from xai_core.methods.eigen_cam import eigen_cam
from xai_core.methods.kpca_cam import KERNELS, kpca_cam


def values(*shape, seed=0):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("shape", [(2, 5, 3, 4), (2, 30, 3, 4), (1, 4, 15, 17)])
def test_a_linear_kernel_is_eigen_cam(shape):
    activations = values(*shape)
    assert_close(kpca_cam(activations, "linear"), eigen_cam(activations), rtol=1e-7, atol=1e-8)


def test_by_hand():
    """Three places -1, 0, 1 in one channel: (a b / 2 + 1)^3 is [[27, 8, 1], [8, 8, 8], [1, 8, 27]] / 8.
    Centred, the odd vector (-1, 0, 1) / sqrt(2) keeps its eigenvalue (27 - 1) / 8 = 13/4, and the even one,
    (1, -2, 1) / sqrt(6), its 1/2."""
    activations = torch.tensor([-1.0, 0.0, 1.0], dtype=torch.float64).view(1, 1, 1, 3)
    expected = torch.tensor([[[-1.0, 0.0, 1.0]]], dtype=torch.float64) * (13 / 4 / 2) ** 0.5
    assert_close(kpca_cam(activations, "poly", 0.5), expected)


@pytest.mark.parametrize("kernel", core_and_peers(KERNELS, 2))
@pytest.mark.parametrize("shape", [(6, 4, 5), (40, 3, 4), (7, 15, 16)])
def test_against_scikit_learn(kernel, shape):
    decomposition = pytest.importorskip("sklearn.decomposition")
    activations = values(1, *shape, seed=4)
    points = activations[0].flatten(1).T.numpy()
    points = points - points.mean(0)
    for gamma in (0.0, 0.05):
        theirs = decomposition.KernelPCA(
            1, kernel=kernel, gamma=gamma or None, eigen_solver="dense"
        ).fit_transform(points)[:, 0]
        ours = kpca_cam(activations, kernel, gamma)[0].flatten().numpy()
        theirs = theirs if theirs @ ours > 0 else -theirs
        np.testing.assert_allclose(ours, theirs, atol=1e-7 * np.abs(theirs).max())


@pytest.mark.parametrize("kernel", KERNELS)
def test_it_agrees_with_the_sum_of_the_channels(kernel):
    for seed in range(5):
        activations = values(1, 6, 3, 5, seed=seed)
        total = activations.sum(1)
        assert float((kpca_cam(activations, kernel) * (total - total.mean())).sum()) >= 0


@pytest.mark.parametrize("size", [(1, 1), (3, 4), (15, 15)])
@pytest.mark.parametrize("kernel", KERNELS)
def test_constant_activations_give_an_empty_map(kernel, size):
    assert float(kpca_cam(torch.full((1, 4, *size), 2.5), kernel).abs().max()) < 1e-7


def test_too_many_places():
    with pytest.raises(
        xai.InputError, match=r"The layer has 57 x 56 places; kpca_cam accepts at most 3,136\."
    ):
        kpca_cam(torch.zeros(1, 2, 57, 56))
