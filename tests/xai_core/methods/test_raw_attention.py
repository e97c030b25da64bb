"""Raw attention: worked by hand, and against a literal derivation, in one block and head."""

import pytest
import torch

from tests.xai_core import vits
from xai_core.methods.raw_attention import raw_attention
from xai_core.types import InputError

from . import vit_by_hand


@pytest.mark.parametrize("pool", ["token", "avg"])
def test_by_hand(pool):
    net = vits.reading_vit(pool)
    found = raw_attention(vits.attention_of(net, vits.contents()), block=1, head=1)
    e = torch.tensor(vits.SHARPNESS).double().exp()
    expected = torch.full((6,), 1.0, dtype=torch.float64)
    expected[vits.READ] = e
    expected /= e + 5 + net.num_prefix_tokens
    torch.testing.assert_close(found[0], expected.view(vits.GRID), rtol=1e-12, atol=0)


@pytest.mark.parametrize("pool", ["token", "avg"])
@pytest.mark.parametrize(("block", "head"), [(1, 1), (2, 2), (3, 0), (0, 0)])
def test_against_a_literal_derivation(pool, block, head):
    net, x = vits.random_vit(pool=pool), vits.pictures(2)
    found = raw_attention(vits.attention_of(net, x), block, head)
    for number, picture in enumerate(x):
        weights = vit_by_hand.run(net, picture)[1][block - 1]
        matrix = weights.mean(0) if head == 0 else weights[head - 1]
        torch.testing.assert_close(found[number], vit_by_hand.row(net, matrix), rtol=1e-10, atol=1e-12)


def test_several_tokens_that_are_read_count_equally():
    """DeiT: the mean of the rows of the class token and the distillation token."""
    from timm.models.deit import VisionTransformerDistilled

    torch.manual_seed(0)
    net = VisionTransformerDistilled(
        img_size=vits.SIZE, patch_size=8, embed_dim=12, depth=2, num_heads=2, num_classes=3
    )
    net = net.double().eval().requires_grad_(False)
    attention = vits.attention_of(net, vits.pictures(1))
    found = raw_attention(attention)
    expected = attention.weights[-1].detach()[0].mean(0)[:2].mean(0)[2:].view(vits.GRID)
    torch.testing.assert_close(found[0], expected)


@pytest.mark.parametrize(
    ("asked", "sentence"), [({"block": 4}, "has 3 blocks"), ({"head": 3}, "has 2 heads")]
)
def test_what_the_network_does_not_have(asked, sentence):
    attention = vits.attention_of(vits.random_vit(), vits.pictures(1))
    with pytest.raises(InputError, match=sentence):
        raw_attention(attention, **asked)
