"""Whole transformers of timm and torchvision, with random weights and small inputs: the CAM family beside
pytorch-grad-cam with its reshape transform, and every method that claims to apply."""

from importlib import import_module
from types import SimpleNamespace

import numpy as np
import pytest
import pytorch_grad_cam as peer
import timm
import torch
import torchvision
from pytorch_grad_cam.ablation_layer import AblationLayerVit
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from torch import nn

import xai_core as xai
from tests.xai_core.affordable import PARAMS
from tests.xai_core.token_nets import handle_to

pytestmark = pytest.mark.networks
ablation_module = import_module("pytorch_grad_cam.ablation_cam")
CLASSES, TARGET, SIDE = 3, 1, 64
PEERS = {"grad_cam": peer.GradCAM, "hires_cam": peer.HiResCAM, "eigen_cam": peer.EigenCAM}


def of_timm(name, **options):
    return timm.create_model(name, num_classes=CLASSES, **options)


def with_a_head(net):
    """The network with a head drawn at random, where its library starts with zeros."""
    nn.init.normal_([m for m in net.modules() if isinstance(m, nn.Linear)][-1].weight, std=0.1)
    return net


def small_vit_b_16():
    return with_a_head(torchvision.models.VisionTransformer(SIDE, 16, 4, 4, 64, 128, num_classes=CLASSES))


NETS = {
    "vit_tiny": lambda: of_timm("vit_tiny_patch16_224", img_size=(64, 96), depth=4),
    "deit_tiny": lambda: of_timm("deit_tiny_distilled_patch16_224", img_size=SIDE, depth=4),
    "dinov2_reg4": lambda: of_timm(
        "vit_small_patch14_reg4_dinov2", img_size=56, depth=4, embed_dim=96, num_heads=3
    ),
    "vit_b_16": small_vit_b_16,
    "swin_t": lambda: torchvision.models.swin_t(num_classes=CLASSES),
}
SIZES = {"vit_tiny": (64, 96), "dinov2_reg4": (56, 56), "convnext_atto": (64, 96)}
NARROW = {"embed_dim": 24, "depths": (2, 2, 2, 2), "num_heads": (1, 2, 4, 8)}
MATRIX = NETS | {
    "swin_t": lambda: torchvision.models.SwinTransformer(
        [4, 4], 24, [2, 2, 2, 2], [1, 2, 4, 8], [4, 4], num_classes=CLASSES
    ),
    "swin_tiny": lambda: of_timm("swin_tiny_patch4_window7_224", img_size=SIDE, window_size=4, **NARROW),
    "convnext_atto": lambda: of_timm("convnext_atto", depths=(1, 1, 2, 1), dims=(8, 16, 32, 64)),
    "cait_xxs24": lambda: of_timm("cait_xxs24_224", img_size=SIDE, depth=4),
    "pvt_v2_b0": lambda: of_timm("pvt_v2_b0", depths=(1, 1, 2, 1), embed_dims=(8, 16, 40, 64)),
    "mixer_s32": lambda: with_a_head(
        timm.models.MlpMixer(CLASSES, img_size=SIDE, patch_size=32, num_blocks=3, embed_dim=96)
    ),
    "mobilevit_xxs": lambda: of_timm("mobilevit_xxs"),
    "resnet18": lambda: of_timm("resnet18"),
}


def made(name, nets=NETS):
    torch.manual_seed(0)
    net = nets[name]()
    return handle_to(net.double(), SIZES.get(name, (SIDE, SIDE)))


@pytest.fixture(scope="module", params=list(NETS))
def handle(request):
    return made(request.param)


def reshape(layer):
    """pytorch-grad-cam's transform: what the module returns -> (N, C, h, w)."""

    def transform(values):
        if layer.prefix is not None:
            return values[:, layer.prefix :].reshape(len(values), *layer.size, -1).permute(0, 3, 1, 2)
        return values.permute(0, 3, 1, 2) if layer.channels_last else values

    return transform


class Zero(AblationLayerVit):
    """Sets the channel to zero, as the paper says; the library's own takes 1e7 away from it."""

    def __call__(self, x):
        for row, channel in enumerate(self.indices[: len(self.activations)]):
            self.activations[row, ..., channel] = 0
        return self.activations


def peer_map(cls, handle, layer, x, **options):
    """The library's map before ReLU, resize and scaling."""
    with handle.session() as net:
        cam = cls(net, [net.get_submodule(layer.key)], reshape_transform=reshape(layer), **options)
        kept, make = [], cam.get_cam_image
        cam.get_cam_image = lambda *given: kept.append(make(*given)) or kept[-1]
        try:
            cam(x.clone().requires_grad_(), [ClassifierOutputTarget(TARGET)])
        finally:
            cam.activations_and_grads.release()
    return np.asarray(kept[0])[0]


@pytest.mark.parametrize("method", PEERS)
def test_gradient_cams_are_the_peers(handle, chelsea, method):
    for key in (None, next(layer.key for layer in handle.layers if layer.suggested)):
        layer = handle.layer(key)
        e = xai.explain(handle, chelsea, method, TARGET, layer.key, relu=False)
        theirs = peer_map(PEERS[method], handle, layer, handle.preprocess(chelsea))
        if method == "eigen_cam" and (theirs * e.heatmap).sum() < 0:
            theirs = -theirs  # a component has no sign of its own
        assert np.abs(theirs).max() > 0
        np.testing.assert_allclose(e.heatmap, theirs, rtol=0, atol=1e-6 * np.abs(theirs).max())


@pytest.mark.parametrize("name", ["vit_tiny", "deit_tiny", "dinov2_reg4", "vit_b_16"])
def test_ablation_cam_is_the_peers(name, chelsea, monkeypatch):
    """The library rounds scores to float32, which their differences show; here it keeps them in float64."""
    precise = SimpleNamespace(argsort=np.argsort, int32=np.int32, float32=np.float64, ndarray=np.ndarray)
    monkeypatch.setattr(ablation_module, "np", precise)
    handle = made(name)
    layer = handle.layer(None)
    e = xai.explain(handle, chelsea, "ablation_cam", TARGET, relu=False)
    x = handle.preprocess(chelsea)
    theirs = peer_map(peer.AblationCAM, handle, layer, x, ablation_layer=Zero(), batch_size=32)
    np.testing.assert_allclose(e.heatmap, theirs, rtol=0, atol=1e-6 * np.abs(theirs).max())


def state(net):
    """What a call must leave as it was."""
    return {
        key: (module.training, len(module._forward_hooks), len(module._forward_pre_hooks), type(module))
        for key, module in net.named_modules()
    }, [(parameter.requires_grad, parameter.grad is None) for parameter in net.parameters()]


@pytest.mark.parametrize("name", MATRIX)
def test_every_method_that_claims_to_apply_gives_a_map(name, chelsea):
    """A finite map of the right shape that is not constant, or one sentence; the network is untouched."""
    handle = made(name, MATRIX)
    with handle.session() as net:
        before = state(net)
    sizes = {layer.key: layer.size for layer in handle.layers}
    for key, spec in xai.METHODS.items():
        params = PARAMS.get(key, {}) | ({"window": 16, "stride": 16} if key == "occlusion" else {})
        params |= {"relu": False} if any(param.name == "relu" for param in spec.params) else {}
        refused = xai.why_not(handle, key)
        request = xai.Request(key, TARGET, params=params)
        (e,) = xai.explain_each(handle, chelsea, [request])
        if isinstance(e, xai.InputError):
            assert str(e).endswith("."), (key, e)
            assert refused in ("", str(e)), (key, refused)
        else:
            assert not refused, key
            assert np.isfinite(e.heatmap).all(), key
            assert np.ptp(e.heatmap) > 0, (key, e.layer, e.notes)
            if spec.takes_layer:
                assert e.heatmap.shape in (sizes[e.layer], handle.input_size), key
        with handle.session() as net:
            assert state(net) == before, key
