"""AttnLRP: worked by hand, against the paper's rules applied one share at a time, and its conservation."""

import pytest
import torch

from tests.xai_core import vits
from xai_core.methods.attn_lrp import attn_lrp
from xai_core.methods.cp_lrp import cp_lrp
from xai_core.network.scores import Score
from xai_core.types import InputError

from .lrp_by_hand import relevance

POOLS = ("token", "avg")


@pytest.mark.parametrize("pool", POOLS)
def test_by_hand(pool):
    """Values hold half of the relevance; the other half goes to queries and keys, which are biases and
    position here, and so stay outside the map."""
    net, x = vits.reading_vit(pool), vits.contents()
    attention, facts = vits.attention_of(net, x), {}
    found = attn_lrp(attention, Score((0,)), net(x), facts)
    e = torch.tensor(vits.SHARPNESS).double().exp()
    weights = torch.full((6,), 1.0, dtype=torch.float64)
    weights[vits.READ] = e
    weights /= e + 5 + net.num_prefix_tokens
    expected = (weights * vits.CONTENT[0]).view(vits.GRID)  # two blocks, half of each
    torch.testing.assert_close(found[0], expected, rtol=1e-12, atol=0)
    assert int(found[0].argmax()) == vits.READ
    torch.testing.assert_close(facts["explained"], torch.tensor([0.5]).double(), rtol=1e-12, atol=0)


@pytest.mark.parametrize("pool", POOLS)
@pytest.mark.parametrize(("method", "through"), [(attn_lrp, True), (cp_lrp, False)])
def test_against_the_rules_one_share_at_a_time(pool, method, through):
    net, x = vits.random_vit(pool=pool, depth=2), vits.pictures(2)
    found = method(vits.attention_of(net, x), Score((1, 1)), net(x))
    for number, picture in enumerate(x):
        expected, logit, lost = relevance(net, picture, 1, through)
        torch.testing.assert_close(found[number], expected, rtol=1e-8, atol=1e-8)
        assert float(found[number].sum()) + sum(lost.values()) == pytest.approx(logit, abs=1e-9)
        assert abs(lost["bias"]) > 1e-3  # the test sees what it accounts for
        assert ("softmax" in lost) == through


def bias_free(net):
    for name, parameter in net.named_parameters():
        if name.endswith("bias") or name in ("pos_embed", "cls_token"):
            torch.nn.init.zeros_(parameter)
    return net


def test_conservation_without_biases():
    """With nothing that adds a constant, CP-LRP adds up to the logit; AttnLRP does up to softmax's rest."""
    net, x = bias_free(vits.random_vit(pool="avg")), vits.pictures(1)
    attention, facts = vits.attention_of(net, x), {}
    total = float(cp_lrp(attention, Score((2,)), net(x), facts).sum())
    assert total == pytest.approx(float(net(x)[0, 2]), abs=1e-6)
    assert float(facts["explained"]) == pytest.approx(1, abs=1e-6)
    found = attn_lrp(attention, Score((2,)), net(x))
    _, logit, lost = relevance(net, x[0], 2, True)
    assert float(found.sum()) + lost["softmax"] == pytest.approx(logit, abs=1e-6)
    assert abs(lost["softmax"]) > 1e-3


def test_a_contrast_is_the_difference_of_two_maps():
    net, x = vits.random_vit(), vits.pictures(1)
    attention = vits.attention_of(net, x)
    both = attn_lrp(attention, Score((0,), contrast=3), net(x))
    apart = attn_lrp(attention, Score((0,)), net(x)) - attn_lrp(attention, Score((3,)), net(x))
    torch.testing.assert_close(both, apart, rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("activation", [torch.sigmoid, lambda v: v**2], ids=["sigmoid", "pow"])
def test_a_function_without_a_rule_is_named(activation):
    class Own(torch.nn.Module):
        def forward(self, values):
            return activation(values)

    net, x = vits.random_vit(), vits.pictures(1)
    net.blocks[1].mlp.act = Own()
    with pytest.raises(InputError, match=r"no rule for the function '(sigmoid|pow)'"):
        attn_lrp(vits.attention_of(net, x), Score((0,)), net(x))


def test_a_picture_that_passes_the_patches_by_is_refused():
    class Around(torch.nn.Module):
        def __init__(self, net):
            super().__init__()
            self.net = net

        def forward(self, values):
            return self.net(values) + values.mean((1, 2, 3))[:, None]

    net, x = Around(vits.random_vit()), vits.pictures(1)
    with pytest.raises(InputError, match=r"around 'net\.patch_embed\.proj'"):
        attn_lrp(vits.attention_of(net, x), Score((0,)), net(x))
