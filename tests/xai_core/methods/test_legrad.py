"""LeGrad: worked by hand, and against a loop over blocks with the head on each of them."""

import pytest
import torch

from tests.xai_core import vits
from xai_core.methods.legrad import legrad
from xai_core.network.scores import Score
from xai_core.types import InputError

from . import vit_by_hand


@pytest.mark.parametrize("pool", ["token", "avg"])
def test_by_hand(pool):
    """ds_b / dA_ij is the content of j: in the row of the class token, or 1/6 of it in all six rows; the
    mean over T queries leaves content / T."""
    net, x = vits.reading_vit(pool), vits.contents()
    found = legrad(vits.attention_of(net, x), Score((0,)))
    tokens = 6 + net.num_prefix_tokens
    torch.testing.assert_close(found[0], (vits.CONTENT[0] / tokens).view(vits.GRID), rtol=1e-12, atol=0)
    assert int(found[0].argmax()) == vits.READ


@pytest.mark.parametrize("pool", ["token", "avg"])
def test_against_a_loop_over_blocks(pool):
    net, x = vits.random_vit(pool=pool), vits.pictures(2)
    facts = {}
    found = legrad(vits.attention_of(net, x), Score((1, 1)), facts)
    assert facts["blocks"].tolist() == [3, 3]
    for number, picture in enumerate(x):
        tokens, front = vit_by_hand.embed(net, picture), net.num_prefix_tokens
        maps = []
        for block in net.blocks:
            zeros = torch.zeros_like(vit_by_hand.attention(block, tokens)[0])

            def score(added, block=block, tokens=tokens):
                return vit_by_hand.head(net, vit_by_hand.through(block, tokens, added)[0])[1]

            jacobian = torch.autograd.functional.jacobian(score, zeros)
            maps.append(jacobian.clamp(min=0).mean((0, 1))[front:])
            tokens = vit_by_hand.through(block, tokens)[0]
        expected = torch.stack(maps).mean(0).view(vits.GRID)
        torch.testing.assert_close(found[number], expected, rtol=1e-9, atol=1e-12)


def test_blocks_of_another_width_are_left_out():
    """Swin's head reads the width of the last stage: its two blocks count. A derivative in each window."""
    net, x = vits.random_swin(), vits.pictures(1, (24, 40))
    attention, facts = vits.attention_of(net, x), {}
    found = legrad(attention, Score((0,)), facts)
    assert found.shape == (1, 3, 5)
    assert facts["blocks"].tolist() == [2]
    stage = net.layers[1]
    tokens = stage.downsample(net.layers[0](net.patch_embed(x)))
    expected = torch.zeros(15, dtype=torch.float64)
    for number, block in enumerate(stage.blocks):
        site, weights = attention.sites.blocks[2 + number], attention.weights[2 + number].detach()
        leaf = weights.clone().requires_grad_()
        windows = block.attn.forward
        block.attn.forward = lambda given, mask=None, attn=block.attn, leaf=leaf: applied(attn, given, leaf)
        after = block(tokens)
        net.head(net.norm(after)).__getitem__((0, 0)).backward()
        block.attn.forward = windows
        gained = leaf.grad.clamp(min=0).mean(1).sum(1)  # (windows, keys)
        for window, places in enumerate(site.windows.tolist()):
            for place, token in enumerate(places):
                if token >= 0:
                    expected[token] += gained[window, place] / 15 / 2
        tokens = after.detach()
    torch.testing.assert_close(found[0], expected.view(3, 5), rtol=1e-9, atol=1e-12)


def applied(attn, given, weights):
    """A window attention module's output for given weights."""
    windows, tokens, _ = given.shape
    values = attn.qkv(given).reshape(windows, tokens, 3, attn.num_heads, -1)[:, :, 2].transpose(1, 2)
    return attn.proj((weights @ values).transpose(1, 2).reshape(windows, tokens, -1))


def test_a_head_that_reads_more_than_the_last_block_is_refused():
    class Both(torch.nn.Module):
        """Adds the mean of the first block's tokens to the logits."""

        def __init__(self, net):
            super().__init__()
            self.net = net

        def forward(self, x):
            kept = []
            handle = self.net.blocks[0].register_forward_hook(lambda _m, _i, output: kept.append(output))
            logits = self.net(x)
            handle.remove()
            return logits + kept[0].mean((1, 2))[:, None]

    with pytest.raises(InputError, match="gives other logits than the network"):
        legrad(vits.attention_of(Both(vits.random_vit()), vits.pictures(1)), Score((0,)))
