"""Gradient rollout: worked by hand, and against full matrices with Jacobians."""

import pytest
import torch

from tests.xai_core import vits
from xai_core.methods.gradient_rollout import gradient_rollout
from xai_core.network.scores import Score

from . import vit_by_hand


def test_by_hand():
    """With a class token W has one row, w_j = a_j content_j, in both blocks: behind two of them
    M = w / (1 + S) + w / (1 + S)^2, S the row's sum."""
    net, x = vits.reading_vit(), vits.contents()
    found = gradient_rollout(vits.attention_of(net, x), Score((0,)))
    e = torch.tensor(vits.SHARPNESS).double().exp()
    a = torch.full((6,), 1.0, dtype=torch.float64)
    a[vits.READ] = e
    w = a / (e + 6) * vits.CONTENT[0]
    share = 1 / (1 + w.sum())
    torch.testing.assert_close(found[0], (w * (share + share**2)).view(vits.GRID), rtol=1e-12, atol=0)
    assert int(found[0].argmax()) == vits.READ


@pytest.mark.parametrize("pool", ["token", "avg"])
def test_the_patch_that_is_read_is_brightest(pool):
    found = gradient_rollout(vits.attention_of(vits.reading_vit(pool), vits.contents()), Score((0,)))
    assert int(found[0].argmax()) == vits.READ


@pytest.mark.parametrize("pool", ["token", "avg"])
@pytest.mark.parametrize("negate", [False, True])
def test_against_full_matrices_and_jacobians(pool, negate):
    net, x = vits.random_vit(pool=pool), vits.pictures(2)
    found = gradient_rollout(vits.attention_of(net, x), Score((2, 2), negate=negate))
    for number, picture in enumerate(x):
        matrices, jacobians = vit_by_hand.by_attention(net, picture, 2)
        total = own = torch.eye(len(matrices[0][0]), dtype=torch.float64)
        for weights, jacobian in zip(matrices, jacobians, strict=True):
            step = torch.eye(len(total), dtype=torch.float64)
            for a, d in zip(weights, jacobian, strict=True):
                step = step + (a * (-d if negate else d)).clamp(min=0) / len(weights)
            kept = 1 / step.sum(1)
            total, own = kept[:, None] * step @ total, kept[:, None] * own
        expected = vit_by_hand.row(net, total - own)
        torch.testing.assert_close(found[number], expected, rtol=1e-9, atol=1e-12)
