"""Generic attention explainability: by hand, and the paper's update with full matrices and Jacobians."""

import pytest
import torch

from tests.xai_core import vits
from xai_core.methods.attention_gae import attention_gae
from xai_core.network.scores import Score

from . import vit_by_hand


def test_by_hand():
    """With a class token W has one row, a_j content_j, in both blocks, and its own column of W is zero: M is
    twice that row."""
    net, x = vits.reading_vit(), vits.contents()
    found = attention_gae(vits.attention_of(net, x), Score((0,)))
    e = torch.tensor(vits.SHARPNESS).double().exp()
    a = torch.full((6,), 1.0, dtype=torch.float64)
    a[vits.READ] = e
    expected = 2 * a / (e + 6) * vits.CONTENT[0]
    torch.testing.assert_close(found[0], expected.view(vits.GRID), rtol=1e-12, atol=0)


@pytest.mark.parametrize("pool", ["token", "avg"])
def test_the_patch_that_is_read_is_brightest(pool):
    attention = vits.attention_of(vits.reading_vit(pool), vits.contents())
    assert int(attention_gae(attention, Score((0,)))[0].argmax()) == vits.READ
    assert not attention_gae(attention, Score((1,))).any()  # all evidence is against the other class


@pytest.mark.parametrize("pool", ["token", "avg"])
def test_against_full_matrices_and_jacobians(pool):
    net, x = vits.random_vit(pool=pool), vits.pictures(2)
    found = attention_gae(vits.attention_of(net, x), Score((3, 3)))
    for number, picture in enumerate(x):
        matrices, jacobians = vit_by_hand.by_attention(net, picture, 3)
        identity = torch.eye(len(matrices[0][0]), dtype=torch.float64)
        relevance = identity
        for weights, jacobian in zip(matrices, jacobians, strict=True):
            change = sum((a * d).clamp(min=0) for a, d in zip(weights, jacobian, strict=True)) / len(weights)
            relevance = relevance + change @ relevance
        expected = vit_by_hand.row(net, relevance - identity)
        torch.testing.assert_close(found[number], expected, rtol=1e-9, atol=1e-12)
