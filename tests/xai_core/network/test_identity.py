"""What makes a network another one, and what does not."""

import dataclasses
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from torch import nn

from tests.conftest import ROOT
from xai_core.concepts.evidence import without
from xai_core.inputs.views import InputGrid
from xai_core.metrics.sanity import randomised
from xai_core.models.spec import ModelSpec
from xai_core.network.handle import ModelHandle


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.norm, self.act = nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU()
        self.head = nn.Linear(4, 3)

    def forward(self, x):
        return self.head(self.act(self.norm(self.conv(x))).mean((2, 3)))


class Halve:
    """A hook that can be pickled."""

    def __init__(self, channel):
        self.channel = channel

    def __call__(self, _module, _inputs, output):
        return output / 2


PARTS = {
    "spec": ModelSpec("net", "Net", "timm", "net"),
    "labels": ("a", "b", "c"),
    "grid": InputGrid((12, 20), 14, "bilinear", (0.5, 0.25, 0.0), (0.5, 1.0, 2.0)),
    "device": torch.device("cpu"),
    "dtype": torch.float32,
    "activation": "softmax",
    "autocast": None,
}


def made(**changes):
    torch.manual_seed(0)
    return ModelHandle(net=Net(), **PARTS | changes)


OTHER = {
    "key": {"spec": dataclasses.replace(PARTS["spec"], key="own/net")},
    "architecture": {"spec": dataclasses.replace(PARTS["spec"], architecture="net2")},
    "class names": {"labels": ("a", "b", "d")},
    "class count": {"labels": ("a", "b")},
    "size": {"grid": dataclasses.replace(PARTS["grid"], size=(20, 12))},
    "resize": {"grid": dataclasses.replace(PARTS["grid"], resize=15)},
    "interpolation": {"grid": dataclasses.replace(PARTS["grid"], interpolation="bicubic")},
    "mean": {"grid": dataclasses.replace(PARTS["grid"], mean=(0.5, 0.25, 0.01))},
    "std": {"grid": dataclasses.replace(PARTS["grid"], std=(0.5, 1.0, 2.5))},
    "dtype": {"dtype": torch.float64},
    "activation": {"activation": "sigmoid"},
    "autocast": {"autocast": torch.bfloat16},
}


def test_the_same_network_has_the_same_identity():
    one, other = made(), made()
    assert len(one.identity) == 64
    assert one.identity == other.identity == one.identity
    assert pickle.loads(pickle.dumps(one)).identity == one.identity
    with one.session() as net:
        assert one.like(net, one.device).identity == one.identity


@pytest.mark.parametrize("name", OTHER)
def test_whatever_changes_a_map_changes_the_identity(name):
    assert made(**OTHER[name]).identity != made().identity


def test_an_attribute_that_is_set_later_counts():
    handle, before = made(), made().identity
    assert handle.identity == before
    handle.autocast = torch.bfloat16
    assert handle.identity == made(autocast=torch.bfloat16).identity != before


def nudge(net):
    net.head.bias[0] += 1e-6


def count(net):
    net.norm.num_batches_tracked += 1


def silu(net):
    net.act = nn.SiLU()


def eps(net):
    net.norm.eps = 0.1


def hook(channel):
    def change(net):
        net.conv.register_forward_hook(Halve(channel))

    return change


def forward(net):
    net.act.forward = torch.sigmoid


CHANGES = {
    "nothing": lambda net: None,
    "weight": nudge,
    "counter": count,
    "module": silu,
    "setting": eps,
    "hook": hook(0),
    "other hook": hook(1),
    "forward": forward,
}


def test_every_change_makes_another_network():
    handle = made()
    found = {name: handle.variant(change).identity for name, change in CHANGES.items()}
    assert len({*found.values(), handle.identity}) == 1 + len(CHANGES)
    again = {name: made().variant(change).identity for name, change in CHANGES.items()}
    assert again == found, "the same change of the same network"
    changed = handle.variant(silu)
    assert pickle.loads(pickle.dumps(changed)).identity == changed.identity


def test_a_function_that_cannot_be_compared_equals_no_other():
    def change(net):
        net.conv.register_forward_hook(lambda *_: None)

    handle = made()
    one, other = handle.variant(change), handle.variant(change)
    assert one.identity == one.identity != other.identity


def test_weights_are_named_by_name_type_shape_and_value():
    handle = made()
    assert len(handle.weights_sha256) == 64
    assert handle.variant(silu).weights_sha256 == handle.weights_sha256
    changed = [handle.variant(change).weights_sha256 for change in (nudge, count)]
    assert len({handle.weights_sha256, *changed}) == 3


def test_the_weights_of_the_embedded_model_are_named_as_ever(lite0):
    """Pinned maps hold this digest, so it may never change."""
    known = "e7907e3dd414801462ac86698e664f6009f9a406ce8ccf5f988a87016b4414d4"
    assert lite0.weights_sha256 == known


def test_controls_and_ablations_are_networks_of_their_own(lite0_small):
    handles = [randomised(lite0_small, seed) for seed in (0, 1)]
    handles += [without(lite0_small, "bn2", units) for units in ([1], [2], [1, 2])]
    found = {handle.identity for handle in [lite0_small, *handles]}
    assert len(found) == 6
    assert randomised(lite0_small, 1).identity in found
    assert without(lite0_small, "bn2", [2]).identity in found


@pytest.mark.peers
def test_another_process_finds_the_same_identity(lite0):
    script = (
        "import xai_core as xai\n"
        "from xai_core.concepts.evidence import without\n"
        "handle = xai.load_model('efficientnet_lite0', device='cpu')\n"
        "print(handle.identity, without(handle, 'bn2', [3]).identity)"
    )
    command = [sys.executable, "-c", script]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.split() == [lite0.identity, without(lite0, "bn2", [3]).identity]


def test_reading_the_identity_waits_for_nobody(lite0_small):
    """A long computation holds the network; results are looked up meanwhile."""
    other = lite0_small.variant(lambda net: None)
    with other.session(), ThreadPoolExecutor(1) as pool:
        assert len(pool.submit(lambda: other.identity).result(timeout=60)) == 64
