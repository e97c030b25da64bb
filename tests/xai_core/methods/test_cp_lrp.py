"""CP-LRP: worked by hand. The rules one share at a time, and conservation: test_attn_lrp.py."""

import pytest
import torch

from tests.xai_core import vits
from xai_core.methods.cp_lrp import cp_lrp
from xai_core.network.scores import Score


@pytest.mark.parametrize("pool", ["token", "avg"])
def test_by_hand(pool):
    """All relevance goes to the values: attention times content, over two blocks; the whole score."""
    net, x = vits.reading_vit(pool), vits.contents()
    facts = {}
    found = cp_lrp(vits.attention_of(net, x), Score((0,)), net(x), facts)
    e = torch.tensor(vits.SHARPNESS).double().exp()
    weights = torch.full((6,), 1.0, dtype=torch.float64)
    weights[vits.READ] = e
    weights /= e + 5 + net.num_prefix_tokens
    torch.testing.assert_close(found[0], (2 * weights * vits.CONTENT[0]).view(vits.GRID), rtol=1e-12, atol=0)
    assert int(found[0].argmax()) == vits.READ
    assert float(found.sum()) == pytest.approx(float(net(x)[0, 0]), rel=1e-12)
    assert float(facts["explained"]) == pytest.approx(1, rel=1e-12)


def test_the_other_class_has_the_negated_map():
    net, x = vits.reading_vit(), vits.contents()
    attention = vits.attention_of(net, x)
    torch.testing.assert_close(
        cp_lrp(attention, Score((1,)), net(x)), -cp_lrp(attention, Score((0,)), net(x))
    )
