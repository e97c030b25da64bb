"""The layer list, held against what a hook sees in the running network."""

import numpy as np
import pytest
import torch
import torchvision

import xai_core as xai
from tests.lanes import core_and_peers
from xai_core.models.layers import find_layers

# the last layer of each stage, as the field names them
SUGGESTED = {
    "resnet18": ["relu", "layer1", "layer2", "layer3", "layer4"],
    "resnet50": ["relu", "layer1", "layer2", "layer3", "layer4"],
    "vgg16": ["features.3", "features.8", "features.15", "features.22", "features.29"],
    "alexnet": ["features.1", "features.4", "features.11"],
    "googlenet": ["conv1", "conv3", "inception3b", "inception4e", "inception5b"],
    "densenet121": ["features.relu0", *(f"features.denseblock{n}" for n in (1, 2, 3, 4))],
    "mobilenet_v3_large": [f"features.{n}" for n in (1, 3, 6, 12, 16)],
    "efficientnet_lite0": [f"blocks.{n}" for n in (0, 1, 2, 4, 6)],
    "convnext_tiny": [f"features.{n}" for n in (1, 3, 5, 7)],
    "swin_t": ["features.1", "features.3", "features.5", "permute"],
    # of the last block only its first norm: behind it the class token alone reaches the answer
    "vit_b_16": [f"encoder.layers.encoder_layer_{n}" for n in (2, 5, 8, "11.ln_1")],
}
CHANNELS_AND_SIZES = {
    "resnet18": [(64, 112), (64, 56), (128, 28), (256, 14), (512, 7)],
    "resnet50": [(64, 112), (256, 56), (512, 28), (1024, 14), (2048, 7)],
    "vgg16": [(64, 224), (128, 112), (256, 56), (512, 28), (512, 14)],
    "alexnet": [(64, 55), (192, 27), (256, 13)],
    "googlenet": [(64, 112), (192, 56), (480, 28), (832, 14), (1024, 7)],
    "densenet121": [(64, 112), (256, 56), (512, 28), (1024, 14), (1024, 7)],
    "mobilenet_v3_large": [(16, 112), (24, 56), (40, 28), (112, 14), (960, 7)],
    "efficientnet_lite0": [(16, 112), (24, 56), (40, 28), (112, 14), (320, 7)],
    "convnext_tiny": [(96, 56), (192, 28), (384, 14), (768, 7)],
    "swin_t": [(96, 56), (192, 28), (384, 14), (768, 7)],
    "vit_b_16": [(768, 14)] * 4,
}


CORE = ("resnet18", "swin_t")


@pytest.fixture(scope="module", params=core_and_peers(list(SUGGESTED), CORE))
def handle(request) -> xai.ModelHandle:
    return xai.load_model(request.param, "cpu", weights="random")


def outputs_seen(handle: xai.ModelHandle) -> dict[str, torch.Size]:
    """Key -> shape of the last output of every module that returned one 4-D or 3-D tensor last."""
    seen = {}

    def note(key):
        def hook(_module, _inputs, output):
            seen[key] = output.shape if isinstance(output, torch.Tensor) and output.ndim in (3, 4) else None

        return hook

    with handle.session() as net, torch.no_grad():
        for key, module in net.named_modules():
            module.register_forward_hook(note(key))
        net(handle.blank())
    return {key: shape for key, shape in seen.items() if shape is not None and key}


def test_suggested_layers_are_the_ends_of_the_stages(handle):
    suggested = [layer for layer in handle.layers if layer.suggested]
    assert [layer.key for layer in suggested] == SUGGESTED[handle.key]
    assert [(layer.channels, layer.size[0]) for layer in suggested] == CHANNELS_AND_SIZES[handle.key]
    assert handle.layer(None) == suggested[-1]


def test_every_layer_is_what_a_hook_sees(handle):
    seen = outputs_seen(handle)
    assert {layer.key for layer in handle.layers} == set(seen)
    assert len({layer.key for layer in handle.layers}) == len(handle.layers)
    with handle.session() as net:
        modules = dict(net.named_modules())
        for layer in handle.layers:
            shape = seen[layer.key]
            if layer.prefix is not None:
                assert shape == (1, layer.prefix + layer.size[0] * layer.size[1], layer.channels)
                continue
            order = (3, 1, 2) if layer.channels_last else (1, 2, 3)
            assert (layer.channels, *layer.size) == tuple(shape[i] for i in order), layer
            assert layer.stride == handle.input_size[0] / layer.size[0]
            assert layer.kind == type(modules[layer.key]).__name__


def test_suggested_maps_shrink_from_stage_to_stage(handle):
    heights = [layer.size[0] for layer in handle.layers if layer.suggested]
    assert heights == sorted(heights if handle.key == "vit_b_16" else set(heights), reverse=True)
    assert heights[-1] > 1


def test_channels_last_only_where_a_network_says_so(handle):
    last = {layer.key for layer in handle.layers if layer.channels_last}
    if handle.key == "swin_t":
        assert {"features.1", "features.7", "norm", "features.7.1.mlp"} <= last
        assert not {"features.0.0", "permute", "avgpool"} & last
    elif handle.key == "convnext_tiny":  # its blocks permute to channels-last and back
        assert {"features.7.2.block.1", "features.7.2.block.2", "features.7.2.block.5"} & last
        assert not {"features.7", "features.7.2", "features.7.2.block.0"} & last
    else:
        assert last == set()


def test_finding_layers_leaves_nothing_behind(handle):
    with handle.session() as net:
        before = {key: dict(module._forward_hooks) for key, module in net.named_modules()}
        found = find_layers(net, handle.blank())
        assert {key: dict(module._forward_hooks) for key, module in net.named_modules()} == before
    assert found == handle.layers


def test_a_raising_network_leaves_no_hook():
    class Broken(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = torch.nn.Conv2d(3, 4, 1)

        def forward(self, x):
            raise RuntimeError(f"broken after {self.conv(x).shape}")

    net = Broken()
    with pytest.raises(RuntimeError, match="broken after"):
        find_layers(net, torch.zeros(1, 3, 8, 8))
    assert not any(module._forward_hooks for module in net.modules())


def test_a_network_that_is_not_square():
    net = torch.nn.Sequential(
        torch.nn.Conv2d(3, 5, 3, stride=2, padding=1), torch.nn.ReLU(), torch.nn.Conv2d(5, 7, 3, 2, 1)
    )
    layers = find_layers(net, torch.zeros(1, 3, 24, 40))
    assert [(layer.key, layer.channels, layer.size, layer.stride) for layer in layers] == [
        ("0", 5, (12, 20), 2),
        ("1", 5, (12, 20), 2),
        ("2", 7, (6, 10), 4),
    ]
    assert [layer.key for layer in layers if layer.suggested] == ["1", "2"]


# --- asking a handle for a layer


@pytest.fixture(scope="module")
def vgg16() -> xai.ModelHandle:
    return xai.load_model("vgg16", "cpu", weights="random")


def test_underscores_are_read_as_dots(vgg16):
    assert vgg16.layer("features_29") is vgg16.layer("features.29")
    assert vgg16.layer("features_29").key == "features.29"


def test_an_unknown_layer_names_the_suggested_ones(vgg16):
    with pytest.raises(xai.InputError) as caught:
        vgg16.layer("features.99")
    choices = ", ".join(SUGGESTED["vgg16"])
    assert str(caught.value) == f"vgg16 has no layer 'features.99'; it has 33, for example {choices}."


@pytest.mark.parametrize("key", ["classifier", "classifier.6", "", "features_99", 7, True])
def test_what_is_no_layer_is_an_input_error(vgg16, key):
    with pytest.raises(xai.InputError):
        vgg16.layer(key)


def test_a_layer_without_a_map_says_so(vgg16):
    with pytest.raises(xai.InputError) as caught:
        vgg16.layer("classifier.6")
    choices = ", ".join(SUGGESTED["vgg16"])
    assert str(caught.value) == (
        f"Layer 'classifier.6' of vgg16 has no spatial map (height x width) in its output; try {choices}."
    )


def test_both_errors_reach_whoever_asks_for_a_map(lite0, chelsea):
    for key, says in (("blocks.9", "has no layer 'blocks.9'"), ("classifier", "has no spatial map")):
        with pytest.raises(xai.InputError, match=says):
            xai.explain(lite0, chelsea, "grad_cam", layer=key)
    assert xai.explain(lite0, chelsea, "grad_cam", layer="blocks_4").layer == "blocks.4"


def test_a_wrapped_backbone_has_its_stages():
    """A backbone that returns features, as CLIP's image encoder does, is no layer; what is inside it is."""

    class Wrapped(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.visual = torchvision.models.resnet18(num_classes=12)
            self.head = torch.nn.Linear(12, 2)

        def forward(self, x):
            return self.head(torch.nn.functional.normalize(self.visual(x)))

    net, x = Wrapped().eval(), torch.zeros(1, 3, 64, 64)
    own = [layer.key for layer in find_layers(net.visual, x) if layer.suggested]
    assert [layer.key for layer in find_layers(net, x) if layer.suggested] == [f"visual.{key}" for key in own]
    assert own == ["relu", "layer1", "layer2", "layer3", "layer4"]


def test_a_network_without_any_map_says_so():
    class Flat(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.head = torch.nn.Linear(3, 5)

        def forward(self, x):
            return self.head(x.mean((2, 3)))

    grid = xai.inputs.views.InputGrid((16, 24), 16, "bilinear", (0.0,) * 3, (1.0,) * 3)
    spec = xai.models.ModelSpec("flat", "Flat", "timm", "flat")
    labels = tuple("abcde")
    handle = xai.ModelHandle(spec, Flat(), labels, grid, torch.device("cpu"), torch.float32)
    with handle.session() as net:
        handle.layers = find_layers(net, handle.blank())
    assert handle.layers == ()
    with pytest.raises(xai.InputError, match=r"^flat has no layer with a spatial map, so class "):
        xai.explain(handle, xai.load_image(np.zeros((16, 24, 3), np.uint8)), "grad_cam")
