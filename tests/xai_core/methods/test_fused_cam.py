"""fused_cam: two stages by hand, pytorch-grad-cam's mean on the same grid, and the layers it is given."""

import dataclasses

import numpy as np
import pytest
import torch
from torch.nn import functional as F
from torch.testing import assert_close

import xai_core as xai
from xai_core.methods import METHODS
from xai_core.methods.fused_cam import CAMS, fused_cam


def stage(values):
    """One channel with these activations and a gradient of one, so that its LayerCAM is `values`."""
    activations = torch.tensor(values, dtype=torch.float64)[None, None]
    return activations, torch.ones_like(activations)


FINE, COARSE = [[1.0, 3.0, -5.0, 1.0]], [[40.0, 20.0]]  # ReLU and stretching: 1/3, 1, 0, 1/3 and 1, 0


def test_the_mean_by_hand():
    # two places enlarged to four, with half-pixel centres: 1, 3/4, 1/4, 0
    found = fused_cam((stage(FINE), stage(COARSE)))
    assert_close(found, torch.tensor([[[4 / 6, 7 / 8, 1 / 8, 1 / 6]]], dtype=torch.float64))


def test_the_maximum_by_hand():
    found = fused_cam((stage(FINE), stage(COARSE)), fuse="max")
    fine, coarse = np.tanh([2 / 3, 2, 0, 2 / 3]), np.tanh(2) * np.array([1, 3 / 4, 1 / 4, 0])
    assert_close(found, torch.from_numpy(np.maximum(fine, coarse))[None, None])


def test_units_of_a_stage_do_not_count_and_a_stage_without_evidence_adds_nothing():
    tiny = stage((np.array(FINE) * 1e-12).tolist())
    assert_close(fused_cam((tiny, stage(COARSE))), fused_cam((stage(FINE), stage(COARSE))))
    nothing = stage([[-1.0, -2.0]])
    assert_close(fused_cam((stage(FINE), nothing)), fused_cam((stage(FINE),)) / 2)


def test_the_finest_stage_gives_the_grid_wherever_it_stands():
    wide, flat = torch.rand(2, 5, 3, 7), torch.rand(2, 5, 2, 3)
    assert fused_cam(((flat, flat), (wide, wide))).shape == (2, 3, 7)
    assert fused_cam(((wide, wide), (flat, flat))).shape == (2, 3, 7)


@pytest.mark.parametrize("cam", CAMS)
def test_through_the_engine(lite0_small, chelsea, cam):
    e = xai.explain(lite0_small, chelsea, "fused_cam", 282, cam=cam, stages=2)
    assert (e.layer, e.signed, e.forwards) == (None, False, 1)
    stages = [layer for layer in lite0_small.layers if layer.suggested][-2:]
    maps = []
    for layer in stages:
        own = torch.from_numpy(xai.explain(lite0_small, chelsea, cam, 282, layer.key).heatmap.copy()).double()
        own = (own - own.min()) / (own.max() - own.min())
        maps.append(F.interpolate(own[None, None], stages[0].size, mode="bilinear")[0, 0])
    assert e.heatmap.shape == stages[0].size
    np.testing.assert_allclose(e.heatmap, (sum(maps) / 2).numpy(), atol=2e-5)


def test_one_capture_serves_it_with_others_and_changes_no_bit(lite0_small, chelsea):
    requests = [xai.Request("fused_cam", 282), xai.Request("grad_cam", 282), xai.Request("fused_cam", 281)]
    together = xai.explain_many(lite0_small, chelsea, requests)
    for request, e in zip(requests, together, strict=True):
        alone = xai.explain(lite0_small, chelsea, request.method, request.target)
        assert alone.heatmap.tobytes() == e.heatmap.tobytes()


def test_the_counterfactual_is_another_map(lite0_small, chelsea):
    plain = xai.explain(lite0_small, chelsea, "fused_cam", 282, cam="grad_cam")
    against = xai.explain(lite0_small, chelsea, "fused_cam", 282, cam="grad_cam", counterfactual=True)
    assert plain.heatmap.min() >= 0
    assert np.corrcoef(plain.heatmap.ravel(), against.heatmap.ravel())[0, 1] < 0.3


def test_a_method_with_layers_of_its_own_must_use_them():
    with pytest.raises(ValueError, match="fused_cam must both name own_layers and use them, or neither"):
        dataclasses.replace(METHODS["fused_cam"], own_layers=None)


@pytest.mark.peers
@pytest.mark.parametrize("name", ["lite0_64_small", "resnet18_64"])
@pytest.mark.parametrize("cam", ["grad_cam", "layer_cam"])
def test_pytorch_grad_cam(request, chelsea, name, cam):
    """Its mean, enlarged to our grid instead of the picture's and scaled like its own at the end."""
    peer = pytest.importorskip("pytorch_grad_cam")
    from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

    handle = request.getfixturevalue(name)
    stages = [layer for layer in handle.layers if layer.suggested][-3:]
    e = xai.explain(handle, chelsea, "fused_cam", 282, cam=cam)
    finest = max((layer.size for layer in stages), key=lambda size: size[0] * size[1])
    with handle.session() as net:
        x = handle.preprocess(chelsea)
        kind = {"grad_cam": peer.GradCAM, "layer_cam": peer.LayerCAM}[cam]
        with kind(net, [net.get_submodule(layer.key) for layer in stages]) as theirs:
            theirs.get_target_width_height = lambda _input: finest[::-1]
            found = theirs(x.requires_grad_(), [ClassifierOutputTarget(282)])[0]
    own = e.heatmap.astype(np.float64)
    own = (own - own.min()) / (own.max() - own.min())
    assert own.shape == found.shape == finest
    np.testing.assert_allclose(own, found, atol=2e-5)
