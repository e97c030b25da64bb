"""guided_ig, blur_ig and xrai on whole networks in float64, beside PAIR's definitions written out one value,
one step and one mask at a time: the embedded network, a ResNet and a vision transformer.

The derivations run the network itself, the methods the folded one. XRAI's Integrated Gradients are summed by
Gauss and Legendre on both sides, where the library has another sum (see the method)."""

import copy

import numpy as np
import pytest
import torch

import xai_core as xai
from xai_core.engine.arguments import Arguments
from xai_core.inputs.overlapping import overlapping_regions
from xai_core.inputs.views import InputGrid, view_pixels

from .test_blur_ig import step_by_step
from .test_guided_ig import by_hand
from .test_xrai import mask_by_mask

pytestmark = pytest.mark.peers
SIZE, TARGET = (32, 48), 282


def of_lite0(lite0):
    with lite0.session() as net:
        return copy.deepcopy(net)


def of_resnet(_lite0):
    from torchvision.models import resnet18

    return resnet18(num_classes=1000)


def of_vit(_lite0):
    from timm.models.vision_transformer import VisionTransformer

    return VisionTransformer(img_size=SIZE, patch_size=8, embed_dim=48, depth=3, num_heads=3)


@pytest.fixture(scope="module", params=[of_lite0, of_resnet, of_vit], ids=["lite0", "resnet18", "vit"])
def handle(request, lite0):
    torch.manual_seed(0)
    net = request.param(lite0).double().eval()
    grid = InputGrid(SIZE, 36, "bicubic", lite0.grid.mean, lite0.grid.std)
    return xai.ModelHandle(lite0.spec, net, lite0.labels, grid, torch.device("cpu"), torch.float64)


def close(e, expected):
    """To a millionth of the largest value: maps are float32."""
    wanted = np.asarray(expected, np.float64)
    assert np.abs(wanted).max() > 0
    np.testing.assert_allclose(e.heatmap, wanted, rtol=0, atol=1e-6 * np.abs(wanted).max())


def test_guided_ig_is_the_path_value_by_value(handle, chelsea):
    """From the blurred picture: in a black one max-pooling sees equal values, which rounding tells apart."""
    options = {"steps": 4, "max_dist": 0.3, "aggregate": "signed", "baseline": "blur"}
    e = xai.explain(handle, chelsea, "guided_ig", TARGET, **options)
    x = handle.preprocess(chelsea)
    with handle.session() as net:
        start = Arguments.of_input(handle, net, chelsea, x).baseline(e.params, 0)
        close(e, by_hand(net, x, start, TARGET, 4, 0.25, 0.3)[0].sum(0))


def test_blur_ig_is_the_sum_step_by_step(handle, chelsea):
    options = {"steps": 5, "max_sigma": 6.0, "rule": "sharp_end", "aggregate": "signed"}
    e = xai.explain(handle, chelsea, "blur_ig", TARGET, **options)
    with handle.session() as net:
        close(e, step_by_step(net, handle.preprocess(chelsea), TARGET, 5, 6.0).sum(0))


def test_xrai_ranks_mask_by_mask(handle, chelsea):
    e = xai.explain(handle, chelsea, "xrai", TARGET, steps=3)
    x, total = handle.preprocess(chelsea), 0.0
    with handle.session() as net:
        for colour in (0.0, 255.0):
            way = x - handle.grid.normalise(torch.full_like(x, colour))
            for place, weight in zip(*np.polynomial.legendre.leggauss(3), strict=True):
                slope = torch.func.grad(lambda v: net(v)[0, TARGET])(x - way * (1 - place) / 2)
                total += slope * way * weight / 4  # weights add up to 2, and there are two baselines
    regions = overlapping_regions(view_pixels(chelsea, handle.grid) / 255)
    close(e, mask_by_mask(total[0].amax(0).numpy(), regions, False))
    assert e.facts["regions"] > 3
