"""Attention rollout: worked by hand, against the product of full matrices, and over windows that merge."""

import pytest
import torch

from tests.xai_core import vits
from xai_core.methods.attention_rollout import attention_rollout

from . import vit_by_hand


def literal(matrices):
    total = torch.eye(len(matrices[0]), dtype=torch.float64)
    for matrix in matrices:
        total = (matrix + torch.eye(len(matrix), dtype=torch.float64)) / 2 @ total
    return total


@pytest.mark.parametrize("pool", ["token", "avg"])
def test_by_hand(pool):
    """Every row of attention is the same row u, so R = 1/4 (I + 3 (1 u)) behind two blocks."""
    net = vits.reading_vit(pool)
    found = attention_rollout(vits.attention_of(net, vits.contents()))
    e = torch.tensor(vits.SHARPNESS).double().exp()
    u = torch.full((6,), 1.0, dtype=torch.float64)
    u[vits.READ] = e
    u /= e + 5 + net.num_prefix_tokens
    own = 0 if pool == "token" else 1 / 6
    torch.testing.assert_close(found[0], ((own + 3 * u) / 4).view(vits.GRID), rtol=1e-12, atol=0)
    assert int(found[0].argmax()) == vits.READ


@pytest.mark.parametrize("pool", ["token", "avg"])
@pytest.mark.parametrize("heads", ["mean", "max", "min"])
def test_against_the_product_of_full_matrices(pool, heads):
    net, x = vits.random_vit(pool=pool), vits.pictures(2)
    found = attention_rollout(vits.attention_of(net, x), heads)
    for number, picture in enumerate(x):
        fused = {"mean": lambda a: a.mean(0), "max": lambda a: a.amax(0), "min": lambda a: a.amin(0)}[heads]
        matrices = [fused(one) for one in vit_by_hand.run(net, picture)[1]]
        total = literal([matrix / matrix.sum(1, keepdim=True) for matrix in matrices])
        torch.testing.assert_close(found[number], vit_by_hand.row(net, total), rtol=1e-10, atol=1e-12)


def test_registers_are_in_front():
    net, x = vits.random_vit(reg_tokens=4), vits.pictures(1)
    attention = vits.attention_of(net, x)
    assert attention.sites.last.prefix == 5
    total = literal([weights[0].detach().mean(0) for weights in attention.weights])
    torch.testing.assert_close(attention_rollout(attention)[0], total[0, 5:].view(vits.GRID))


def test_windows_and_merging_against_full_matrices():
    """Swin on a grid of 6 x 10, whose second stage has 3 x 5: full matrices of all tokens, one of them the
    merging, give the same."""
    net, x = vits.random_swin(), vits.pictures(1, (24, 40))
    attention = vits.attention_of(net, x)
    full = [
        whole(site, weights[:, :].detach().mean(1))
        for site, weights in zip(attention.sites.blocks, attention.weights, strict=True)
    ]
    first, second = literal(full[:2]), literal(full[2:])
    merging = torch.zeros(15, 60, dtype=torch.float64)
    for token in range(60):
        row, column = divmod(token, 10)
        merging[row // 2 * 5 + column // 2, token] = 1 / 4
    expected = (second @ merging @ first).mean(0).view(6, 10)
    torch.testing.assert_close(attention_rollout(attention)[0], expected, rtol=1e-12, atol=1e-14)


def whole(site, matrices):
    """The full matrix (T, T) of a site from those of its windows, entry by entry."""
    full = torch.zeros(site.tokens, site.tokens, dtype=torch.float64)
    for window, tokens in enumerate(site.windows.tolist()):
        for i, query in enumerate(tokens):
            for j, key in enumerate(tokens):
                if query >= 0 and key >= 0:
                    full[query, key] = matrices[window, i, j]
    return full
