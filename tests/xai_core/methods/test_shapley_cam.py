"""ShapleyCAM: by hand, against the full Hessian, and Grad-CAM where the score does not bend."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.testing import assert_close

import xai_core as xai
from tests.lanes import core_and_peers
from xai_core.methods.shapley_cam import UTILITIES, rest, shapley_cam
from xai_core.network.capture import capture
from xai_core.network.scores import Score
from xai_core.types import LayerSpec

LAYER = LayerSpec("0", "Identity", 3, (2, 3), 1.0)


class _Bent(nn.Module):
    """logit_0 = sum over places of A_0 A_1, logit_1 = sum A_2^2, logit_2 = sum A_2."""

    def __init__(self):
        super().__init__()
        self.add_module("0", nn.Identity())

    def forward(self, x):
        a = self.get_submodule("0")(x)
        values = a[:, 0] * a[:, 1], a[:, 2] ** 2, a[:, 2]
        return torch.stack([value.sum((1, 2)) for value in values], 1)


def run(net, x, score, layer=LAYER, **options):
    return shapley_cam(net, x, score, layer, capture(net, x, [layer]).activations[layer.key], **options)


def test_by_hand():
    """Of a product, g = (A_1, A_0) and H A = (A_1, A_0): half of the gradient is left. Of a square, g = 2 A
    and H A = 2 A: half again. Of a sum, H = 0."""
    x = torch.randn(1, 3, 2, 3, dtype=torch.float64)
    a, mean = x[0], x[0].mean((1, 2))
    assert_close(run(_Bent(), x, Score((0,)), utility="logit")[0], mean[1] / 2 * a[0] + mean[0] / 2 * a[1])
    assert_close(run(_Bent(), x, Score((1,)), utility="logit")[0], mean[2] * a[2])
    assert_close(run(_Bent(), x, Score((2,)), utility="logit")[0], a[2])


def test_rest():
    logits = torch.tensor([[1.0, 2.0, -1.0]], dtype=torch.float64)
    assert_close(rest(logits), logits + logits.softmax(1).log())
    assert_close(rest(logits, "sigmoid"), logits + logits.sigmoid().log())


def net():
    torch.manual_seed(0)
    made = nn.Sequential(
        nn.Conv2d(3, 3, 1), nn.GELU(), nn.Conv2d(3, 4, 2), nn.Tanh(), nn.Flatten(), nn.Linear(4 * 1 * 2, 3)
    )
    return made.double().eval().requires_grad_(False)


@pytest.mark.parametrize("utility", UTILITIES)
@pytest.mark.parametrize("score", [Score((1,)), Score((2,), contrast=0), Score((1,), negate=True)])
def test_against_the_whole_hessian(utility, score):
    """All second derivatives (18, 18), from torch.func on the part behind the layer."""
    model, x = net(), torch.randn(1, 3, 2, 3, dtype=torch.float64)
    a = model[0](x)

    def value(flat):
        logits = model[1:](flat.view(1, 3, 2, 3))
        return score(rest(logits) if utility == "rest" else logits)[0]

    gradient = torch.func.grad(value)(a.flatten())
    hessian = torch.func.hessian(value)(a.flatten())
    weights = (gradient - hessian @ a.flatten() / 2).view(3, 6).mean(1)
    expected = (weights[:, None, None] * a[0]).sum(0)
    assert_close(run(model, x, score, utility=utility)[0], expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("layer", core_and_peers(["blocks.6", "blocks.4"]))
def test_where_the_logit_is_linear_it_is_grad_cam(lite0_small, chelsea, layer):
    """The embedded network is ReLU6 and averages. The paper's own utility bends."""
    plain = xai.explain(lite0_small, chelsea, "grad_cam", 282, layer, relu=False).heatmap
    found = xai.explain(lite0_small, chelsea, "shapley_cam", 282, layer, relu=False, utility="logit").heatmap
    np.testing.assert_allclose(found, plain, atol=1e-3 * np.abs(plain).max())
    bent = xai.explain(lite0_small, chelsea, "shapley_cam", 282, layer, relu=False)
    assert np.corrcoef(bent.heatmap.ravel(), plain.ravel())[0, 1] < 0.9999
    assert bent.forwards == 1 + 1


def test_a_transformer_with_fused_attention(tiny_vit, chelsea):
    """Its fused attention has no second derivative; step by step it has."""
    e = xai.explain(tiny_vit, chelsea, "shapley_cam", 3, "blocks.1", relu=False)
    plain = xai.explain(tiny_vit, chelsea, "grad_cam", 3, "blocks.1", relu=False)
    assert np.isfinite(e.heatmap).all()
    assert np.abs(e.heatmap - plain.heatmap).max() > 1e-3 * np.abs(plain.heatmap).max()


class _Fused(_Bent):
    """Attention called past the name under which it is taken apart; it has no second derivative."""

    def forward(self, x):
        a = self.get_submodule("0")(x)
        return torch.ops.aten._scaled_dot_product_flash_attention_for_cpu(a, a, a)[0].sum((2, 3))


def test_a_network_without_second_derivatives():
    with pytest.raises(xai.InputError, match="needs second derivatives"):
        run(_Fused(), torch.randn(1, 3, 2, 3), Score((0,)))
