"""SmoothGrad, its square and VarGrad beside Captum's NoiseTunnel, in float64 and with the same draws."""

import copy

import numpy as np
import pytest
import torch
from torch.testing import assert_close

import xai_core as xai
from tests.lanes import core_and_peers
from xai_core.methods.smooth_grad import smooth_grad
from xai_core.methods.smooth_grad_squared import smooth_grad_squared
from xai_core.methods.var_grad import var_grad
from xai_core.network.batches import Progress
from xai_core.network.scores import Score

from .noise_by_hand import drawn

captum = pytest.importorskip("captum.attr")

SAMPLES, SIGMA, TARGET = 5, 0.25, 3  # a quarter is exact in float32, in which Captum keeps it


def resnet():
    from torchvision.models import resnet18

    torch.manual_seed(0)
    return resnet18(num_classes=10)


def vit():
    import timm

    torch.manual_seed(0)
    return timm.create_model("vit_tiny_patch16_224", img_size=(32, 48), num_classes=10)


def lite0():
    handle = xai.load_model("efficientnet_lite0", device="cpu")
    with handle.session() as net:
        return net


NETS = {"resnet18": resnet, "vit_tiny": vit, "lite0": lite0}
KINDS = {
    ("smoothgrad", "gradient"): lambda *given: smooth_grad(*given, SAMPLES, SIGMA, aggregate="signed"),
    ("smoothgrad_sq", "gradient"): lambda *given: smooth_grad_squared(*given, SAMPLES, SIGMA),
    ("smoothgrad_sq", "input_x_gradient"): lambda *given: smooth_grad_squared(
        *given, SAMPLES, SIGMA, "input_x_gradient"
    ),
    ("vargrad", "gradient"): lambda *given: var_grad(*given, SAMPLES, SIGMA),
    ("vargrad", "input_x_gradient"): lambda *given: var_grad(*given, SAMPLES, SIGMA, "input_x_gradient"),
}
CASES = [(net, *kind) for net in NETS for kind in KINDS]


@pytest.mark.parametrize(("net", "kind", "of"), core_and_peers(CASES, CASES[:5]))
def test_the_same_as_captum(net, kind, of, monkeypatch):
    model = copy.deepcopy(NETS[net]()).double().eval().requires_grad_(False)
    x = torch.randn(1, 3, 32, 48, dtype=torch.float64, generator=torch.Generator().manual_seed(5))
    monkeypatch.setattr(torch, "normal", lambda mean, std: std * drawn(x, SAMPLES, 7))
    base = captum.Saliency(model) if of == "gradient" else captum.InputXGradient(model)
    extra = {"abs": False} if of == "gradient" else {}
    theirs = captum.NoiseTunnel(base).attribute(
        x.clone().requires_grad_(), nt_type=kind, nt_samples=SAMPLES, stdevs=SIGMA, target=TARGET, **extra
    )
    given = (model, x, Score((TARGET,)), torch.Generator().manual_seed(7), Progress(), {})
    ours = KINDS[kind, of](*given)
    expected = theirs.detach().sum(1)
    assert np.abs(expected.numpy()).max() > 0
    assert_close(ours, expected, rtol=0, atol=1e-9 * float(expected.abs().max()))
