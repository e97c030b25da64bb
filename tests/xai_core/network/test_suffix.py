"""Running only what lies behind a layer gives what the whole network gives with that output replaced."""

import re
from collections.abc import Callable

import pytest
import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

import xai_core as xai
from tests.lanes import core_and_peers
from xai_core.network.suffix import suffix

LAYERS = {
    "resnet18": [
        *("bn1", "maxpool", "layer1.0.relu", "layer2.0.downsample.1", "layer3", "layer4.1.conv1"),
        *("layer4.1.relu", "layer4.1.bn2", "layer4", "avgpool"),
    ],
    "googlenet": [
        *("conv2", "maxpool2", "inception4a", "inception4e.branch1", "inception4e.branch2.0"),
        *(
            "inception4e.branch2.1",
            "inception4e.branch3",
            "inception4e.branch4.0",
            "inception5b.branch4.1.bn",
        ),
    ],
    "densenet121": [
        *("features.relu0", "features.denseblock3.denselayer5.conv1", "features.transition3"),
        *("features.denseblock4.denselayer16.conv2", "features.denseblock4", "features.norm5", "features"),
    ],
    "efficientnet_lite0": ["bn1", "blocks.1", "blocks.4", "blocks.4.1", "blocks.4.1.bn2", "bn2"],
    "convnext_tiny": ["features.3", "features.5.8.block.0", "features.7", "features.7.2.block.5"],
    "swin_t": ["features.3", "features.7.1.norm1", "features.7", "norm", "permute"],
}
CORE = ("resnet18", "efficientnet_lite0")
CASES = [(model, key) for model, keys in LAYERS.items() for key in keys]


class Made(dict):
    """What `make(name)` returns, made when it is first asked for."""

    def __init__(self, make: Callable[[str], object]):
        super().__init__()
        self._make = make

    def __missing__(self, name: str) -> object:
        self[name] = self._make(name)
        return self[name]


@pytest.fixture(scope="module")
def handles(lite0) -> Made:
    def load(name: str) -> xai.ModelHandle:
        if name == lite0.key:
            return lite0
        handle = xai.load_model(name, "cpu", weights="random")
        with handle.session() as net:
            for key, parameter in net.named_parameters():  # as they start out, no change reaches the logits
                if "layer_scale" in key:
                    parameter.fill_(0.3)
                elif name == "googlenet" and parameter.ndim == 4:
                    nn.init.kaiming_normal_(parameter, generator=torch.Generator().manual_seed(0))
        return handle

    return Made(load)


@pytest.fixture(scope="module")
def inputs(chelsea, handles) -> Made:
    return Made(lambda name: handles[name].preprocess(chelsea))


@pytest.fixture(scope="module")
def own_logits(handles, inputs) -> Made:
    def logits(name: str) -> torch.Tensor:
        with handles[name].session() as net, torch.no_grad():
            return net(inputs[name])

    return Made(logits)


class ReplaceLastCall:
    """A forward hook that changes what a module returns, in the last of its `calls` calls only."""

    def __init__(self, change, calls: int):
        self.change, self.calls, self.seen, self.raw = change, calls, 0, None

    def __call__(self, _module, _inputs, output):
        self.seen += 1
        if self.seen == self.calls:
            self.raw = output.clone()
            return self.change(output.clone())
        return output


def whole_network(net: nn.Module, x: torch.Tensor, key: str, change) -> tuple[torch.Tensor, torch.Tensor]:
    """(logits, unchanged output of the layer) of the ordinary forward with the layer's output changed."""
    shared = re.fullmatch(r"layer\d\.\d\.relu", key)  # ResNet's blocks call one ReLU twice
    hook = ReplaceLastCall(change, calls=2 if shared else 1)
    handle = net.get_submodule(key).register_forward_hook(hook)
    logits = net(x)
    handle.remove()
    assert hook.seen == hook.calls
    return logits, hook.raw


class Counted(TorchDispatchMode):
    """The names of all operators that run."""

    def __init__(self):
        super().__init__()
        self.calls: list[str] = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        self.calls.append(func.name().split(".")[0])
        return func(*args, **(kwargs or {}))


def nothing_left(net: nn.Module) -> bool:
    return not any(m._forward_hooks or m._forward_pre_hooks or "forward" in m.__dict__ for m in net.modules())


@pytest.mark.parametrize(("model", "key"), core_and_peers(CASES, [case for case in CASES if case[0] in CORE]))
def test_suffix_is_the_network_with_the_layers_output_replaced(model, key, handles, inputs, own_logits):
    handle, x, own = handles[model], inputs[model], own_logits[model]
    layer = handle.layer(key)
    noise = torch.Generator().manual_seed(0)

    def changed(a: torch.Tensor) -> torch.Tensor:
        """Channel-wise gains and a shift, the same in both memory orders."""
        channels = a.shape[-1 if layer.channels_last else 1]
        gain = torch.rand(channels, generator=noise.manual_seed(5)) * 2
        gain = gain if layer.channels_last else gain[:, None, None]
        return a * gain + 0.1

    with handle.session() as net, torch.no_grad():
        expected, raw = whole_network(net, x, key, changed)
        first = raw.movedim(-1, 1) if layer.channels_last else raw
        other = changed(raw).movedim(-1, 1) if layer.channels_last else changed(raw)
        assert first.shape[1:] == (layer.channels, *layer.size)
        with suffix(net, x, layer) as run:
            same = run(first.repeat(3, 1, 1, 1))
            mixed = run(torch.cat([first, other]))
            again = run(first.clone())
        assert nothing_left(net)
        assert torch.equal(net(x), own), "the network itself changed"
    assert same.shape == (3, 1000)
    scale = float(own.abs().max())
    close = {"rtol": 1e-4, "atol": 1e-5 * max(scale, 1)}
    torch.testing.assert_close(same, own.expand(3, -1), **close)
    torch.testing.assert_close(again, own, **close)
    torch.testing.assert_close(mixed, torch.cat([own, expected]), **close)
    shown = float((expected - own).abs().max())
    assert shown > 10 * close["atol"], "the change does not reach the logits, so the test says nothing"


def test_only_what_lies_behind_the_layer_runs(handles, inputs):
    """Behind layer4.0 of a ResNet-18 there are two convolutions and one matrix product."""
    handle = handles["resnet18"]
    layer, x = handle.layer("layer4.0"), inputs["resnet18"]
    with handle.session() as net, suffix(net, x, layer) as run, Counted() as counted:
        run(torch.rand(5, 512, 7, 7))
    assert counted.calls.count("aten::convolution") == 2
    assert sum(name in ("aten::addmm", "aten::mm") for name in counted.calls) == 1


def test_the_argument_may_be_overwritten_and_rows_do_not_mix(handles, inputs):
    handle = handles["resnet18"]
    layer = handle.layer("layer4.1.bn2")  # followed by an in-place sum and an in-place ReLU
    rows = torch.randn(4, 512, 7, 7, generator=torch.Generator().manual_seed(3))
    with handle.session() as net, suffix(net, inputs["resnet18"], layer) as run:
        together = run(rows.clone())
        alone = torch.cat([run(rows[i : i + 1].clone()) for i in range(4)])
    torch.testing.assert_close(together, alone, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("model", ["resnet18", "swin_t"])
def test_nothing_is_left_behind_after_a_failure(model, handles, inputs):
    handle, x = handles[model], inputs[model]
    with handle.session() as net:
        own = net(x)
        with pytest.raises(ZeroDivisionError), suffix(net, x, handle.layer(None)):
            raise ZeroDivisionError
        assert nothing_left(net)
        with pytest.raises(RuntimeError), suffix(net, x, handle.layer(None)) as run:
            run(torch.zeros(1, 3, 5, 5))  # the wrong number of channels for what follows
        assert nothing_left(net)
        assert torch.equal(net(x), own)


def test_a_forward_that_was_already_replaced_comes_back(handles, inputs):
    handle, x = handles["resnet18"], inputs["resnet18"]
    with handle.session() as net:
        original = net.layer1.forward

        def mine(x):
            return original(x) * 2

        net.layer1.forward = mine
        own = net(x)
        with suffix(net, x, handle.layer("layer3")) as run:
            assert run(torch.zeros(2, 256, 14, 14)).shape == (2, 1000)
        assert net.layer1.__dict__["forward"] is mine
        assert torch.equal(net(x), own)


def test_a_layer_that_does_not_run():
    class Odd(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.unused = nn.Conv2d(3, 4, 1), nn.Conv2d(3, 4, 1)

        def forward(self, x):
            return self.conv(x).mean((2, 3))

    net, spec = Odd().requires_grad_(False), xai.LayerSpec("unused", "Conv2d", 4, (6, 9), 1)
    with (
        pytest.raises(xai.InputError, match="'unused' does not run"),
        suffix(net, torch.zeros(1, 3, 6, 9), spec),
    ):
        pass
    assert nothing_left(net)


def test_a_map_that_is_not_square_by_hand():
    """logits = mean of 2 * activation + 1: known without running anything."""

    class Tiny(nn.Module):
        def __init__(self):
            super().__init__()
            self.body, self.tail = nn.Conv2d(3, 2, 1), nn.Conv2d(2, 2, 1, groups=2)
            self.tail.weight.data.fill_(2)
            self.tail.bias.data.fill_(1)

        def forward(self, x):
            return self.tail(self.body(x)).mean((2, 3))

    net = Tiny().requires_grad_(False)
    rows = torch.arange(3 * 2 * 4 * 6, dtype=torch.float32).view(3, 2, 4, 6)
    with suffix(net, torch.zeros(1, 3, 4, 6), xai.LayerSpec("body", "Conv2d", 2, (4, 6), 1)) as run:
        torch.testing.assert_close(run(rows.clone()), 2 * rows.mean((2, 3)) + 1)
