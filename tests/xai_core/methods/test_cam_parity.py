"""The younger CAMs beside pytorch-grad-cam in float64: the embedded network, a ResNet and a transformer.

Raw maps are compared, before the library's ReLU, resize and scaling. Where a name means something else there
(FEM), the difference is stated and held."""

import copy

import numpy as np
import pytest
import torch

import xai_core as xai
from tests.lanes import core_and_peers
from xai_core.inputs.views import InputGrid
from xai_core.models.layers import find_layers

peer = pytest.importorskip("pytorch_grad_cam")
from pytorch_grad_cam.utils.model_targets import ClassifierOutputReST, FinerWeightedTarget  # noqa: E402

from ..token_nets import handle_to  # noqa: E402

TARGET = 1


def lite0():
    whole = xai.load_model("efficientnet_lite0", device="cpu", dtype=torch.float64)
    with whole.session() as net:
        own = copy.deepcopy(net)
    grid = InputGrid((64, 96), 73, "bicubic", whole.grid.mean, whole.grid.std)
    handle = xai.ModelHandle(whole.spec, own, whole.labels, grid, torch.device("cpu"), torch.float64)
    handle.layers = find_layers(own, handle.blank())
    return handle


def resnet18():
    from torchvision.models import resnet18

    torch.manual_seed(0)
    return handle_to(resnet18(num_classes=3).double(), (64, 96))


def vit_tiny():
    import timm

    torch.manual_seed(0)
    net = timm.create_model("vit_tiny_patch16_224", num_classes=3, img_size=(64, 96), depth=4)
    torch.nn.init.normal_(net.head.weight, std=0.1)
    return handle_to(net.double(), (64, 96))


NETS = {"lite0": lite0, "resnet18": resnet18, "vit_tiny": vit_tiny}


@pytest.fixture(scope="module", params=core_and_peers(list(NETS)))
def handle(request):
    return NETS[request.param]()


def layers(handle):
    """The default layer, and the last but one of a stage that is not too large for a matrix of its places."""
    suggested = [layer for layer in handle.layers if layer.suggested and layer.reached]
    return [handle.layer(None), *suggested[-2:-1]]


def reshape(layer):
    def transform(values):
        return values[:, layer.prefix :].reshape(len(values), *layer.size, -1).permute(0, 3, 1, 2)

    return transform if layer.prefix is not None else None


def raw(cls, handle, layer, x, target, **options):
    """The library's map (h, w) before ReLU, resize and scaling."""
    from torch.nn.attention import SDPBackend, sdpa_kernel

    with handle.session() as net, sdpa_kernel(SDPBackend.MATH):  # the fused one has no second derivative
        cam = cls(net, [net.get_submodule(layer.key)], reshape_transform=reshape(layer), **options)
        kept, make = [], cam.get_cam_image
        cam.get_cam_image = lambda *given: kept.append(make(*given)) or kept[-1]
        try:
            cam(x.clone().requires_grad_(), [target])
        finally:
            cam.activations_and_grads.release()
    return np.asarray(kept[0])[0]


def close(ours, theirs, exact=1e-6):
    assert np.abs(theirs).max() > 0
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=exact * np.abs(theirs).max())


def test_elementwise(handle, chelsea):
    for layer in layers(handle):
        e = xai.explain(handle, chelsea, "grad_cam_elementwise", TARGET, layer.key)
        target = peer.utils.model_targets.ClassifierOutputTarget(TARGET)
        close(e.heatmap, raw(peer.GradCAMElementWise, handle, layer, handle.preprocess(chelsea), target))


def test_shapley_cam(handle, chelsea):
    """On tokens the library fails: it weighs what its reshape transform has not turned."""
    for layer in layers(handle):
        e = xai.explain(handle, chelsea, "shapley_cam", TARGET, layer.key, relu=False)
        x = handle.preprocess(chelsea)
        if layer.prefix is None:
            theirs = raw(peer.ShapleyCAM, handle, layer, x, ClassifierOutputReST(TARGET))
            close(e.heatmap, theirs)
        else:
            close(e.heatmap, by_differences(handle, layer, x), 1e-5)


def by_differences(handle, layer, x, step=1e-4):
    """ShapleyCAM with H A from two gradients, at (1 + step) A and (1 - step) A, put in place of the layer's
    output."""

    def gradient(net, factor):
        leaves = []

        def hook(_module, _inputs, output):
            leaves.append((output.detach() * factor).requires_grad_())
            return leaves[0]

        removal = net.get_submodule(layer.key).register_forward_hook(hook)
        try:
            with torch.enable_grad():
                logits = net(x)
                value = logits[0, TARGET] + logits.log_softmax(1)[0, TARGET]
                return leaves[0].detach(), torch.autograd.grad(value, leaves[0])[0]
        finally:
            removal.remove()

    with handle.session() as net:
        output, slope = gradient(net, 1.0)
        bend = (gradient(net, 1 + step)[1] - gradient(net, 1 - step)[1]) / (2 * step)
    turned = reshape(layer)
    weights = turned(slope - bend / 2).mean((2, 3))
    return (weights[:, :, None, None] * turned(output)).sum(1)[0].numpy()


@pytest.mark.parametrize("strength", core_and_peers([0.6, 1.0]))
def test_finer_cam_is_the_peers_by_probability(handle, chelsea, strength):
    """The library is given our classes: on its own it takes those nearest to the largest logit."""
    logits = [
        c.logit for c in sorted(xai.predict(handle, chelsea, len(handle.labels)), key=lambda c: c.index)
    ]
    gaps = {index: abs(value - logits[TARGET]) for index, value in enumerate(logits) if index != TARGET}
    nearest = sorted(gaps, key=gaps.get)[:2]
    for layer in layers(handle):
        e = xai.explain(
            handle,
            chelsea,
            "finer_cam",
            TARGET,
            layer.key,
            relu=False,
            weighting="probability",
            classes=2,
            strength=strength,
        )
        target = FinerWeightedTarget(TARGET, nearest, strength)
        close(e.heatmap, raw(peer.GradCAM, handle, layer, handle.preprocess(chelsea), target))


def test_kpca_cam(handle, chelsea):
    """A component's sign is arbitrary: ours is the stated one, the library's whatever it found."""
    pytest.importorskip("sklearn")
    for layer in layers(handle):
        for kernel in ("sigmoid", "rbf"):
            e = xai.explain(handle, chelsea, "kpca_cam", None, layer.key, relu=False, kernel=kernel)
            x, none = handle.preprocess(chelsea), lambda output: output.sum()
            theirs = raw(peer.KPCA_CAM, handle, layer, x, none, kernel=kernel)
            close(e.heatmap, theirs if (theirs * e.heatmap).sum() > 0 else -theirs)


def test_fem_is_not_the_peers(handle, chelsea):
    """The paper adds up binary maps times the channel's mean; the library activations times the share of
    places that stand out. Ours equals the paper's sum, written out here, and not the library's."""
    for layer in layers(handle):
        e = xai.explain(handle, chelsea, "fem", None, layer.key, relu=False, sigmas=1)
        x = handle.preprocess(chelsea)
        with handle.session():
            values = handle.capture(x, [layer]).activations[layer.key][0].numpy()
        mean, spread = values.mean((1, 2), keepdims=True), values.std((1, 2), keepdims=True)
        close(e.heatmap, (mean * (values >= mean + spread)).sum(0))
        theirs = raw(peer.FEM, handle, layer, x, lambda output: output.sum(), k=1)
        assert np.abs(e.heatmap - theirs).max() > 0.01 * np.abs(theirs).max()
