"""The only way to the network, and that nothing done on the way stays."""

import copy
import pickle
import threading
import types

import numpy as np
import pytest
import torch
from torch import nn

import xai_core as xai
from xai_core.inputs.views import InputGrid
from xai_core.models.layers import find_layers
from xai_core.models.spec import ModelSpec
from xai_core.network.handle import ModelHandle


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.norm, self.drop = nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Dropout(0.5)
        self.head = nn.Linear(4, 3)

    def forward(self, x):
        return self.head(self.drop(self.norm(self.conv(x)).relu()).mean((2, 3)))


@pytest.fixture
def handle() -> ModelHandle:
    torch.manual_seed(0)
    grid = InputGrid((12, 20), 14, "bilinear", (0.5, 0.25, 0.0), (0.5, 1.0, 2.0))
    made = ModelHandle(
        ModelSpec("net", "Net", "timm", "net"),
        Net(),
        ("a", "b", "c"),
        grid,
        torch.device("cpu"),
        torch.float32,
    )
    with made.session() as net:
        made.layers = find_layers(net, made.blank())
    return made


def state(net: nn.Module) -> dict:
    """All that must be the same afterwards."""
    hooks = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")
    return {
        "modules": {key: id(module) for key, module in net.named_modules()},
        "modes": [module.training for module in net.modules()],
        "hooks": [dict(getattr(module, name)) for module in net.modules() for name in hooks],
        "forwards": [module.__dict__.get("forward") for module in net.modules()],
        "frozen": [p.requires_grad for p in net.parameters()],
        "grads": [p.grad for p in net.parameters()],
    }


def disturb(net: nn.Module) -> None:
    """Everything that a careless caller could leave behind."""
    net.train()
    for parameter in net.parameters():
        parameter.requires_grad_(True)
    net.conv.register_forward_hook(lambda *_: None)
    net.conv.register_forward_pre_hook(lambda *_: None)
    net.norm.register_full_backward_hook(lambda *_: None)
    net.norm.register_full_backward_pre_hook(lambda *_: None)
    net.drop.forward = lambda x: x * 0
    net.eval()
    net(torch.rand(2, 3, 12, 20)).sum().backward()
    assert net.conv.weight.grad is not None
    net.head = nn.Identity()
    net.extra = nn.ReLU()
    net.train()


def test_the_network_comes_frozen_and_in_eval_mode(handle):
    with handle.session() as net:
        assert not any(module.training for module in net.modules())
        assert not any(p.requires_grad for p in net.parameters())


def test_everything_is_undone(handle):
    x = handle.blank()
    with handle.session() as net:
        before, logits = state(net), net(x)
        weights = copy.deepcopy(net.state_dict())
    with handle.session() as net:
        disturb(net)
    with handle.session() as net:
        assert state(net) == before
        assert torch.equal(net(x), logits)
        assert all(torch.equal(value, weights[key]) for key, value in net.state_dict().items())


def test_everything_is_undone_after_an_exception(handle):
    with handle.session() as net:
        before = state(net)

    def fail() -> None:
        with handle.session() as net:
            disturb(net)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with handle.session() as net:
        assert state(net) == before


def test_what_was_there_before_the_session_stays(handle):
    """Hooks and a replaced forward of an outer session survive an inner one."""
    with handle.session() as net:
        kept = net.conv.register_forward_hook(lambda *_: None)
        net.drop.forward = types.MethodType(lambda self, x: x, net.drop)
        inside = state(net)
        with handle.session() as again:
            assert again is net
            net.conv.register_forward_hook(lambda *_: None)
            kept.remove()
            del net.drop.forward
        assert state(net) == inside
    with handle.session() as net:
        assert not net.conv._forward_hooks
        assert "forward" not in net.drop.__dict__


def test_one_thread_at_a_time(handle):
    inside, order = threading.Event(), []

    def other() -> None:
        with handle.session():
            order.append("other")

    with handle.session():
        thread = threading.Thread(target=other)
        thread.start()
        inside.wait(0.05)
        order.append("first")
    thread.join()
    assert order == ["first", "other"]


def test_the_lock_is_free_again_after_an_exception(handle):
    with pytest.raises(ZeroDivisionError), handle.session():
        raise ZeroDivisionError
    done = []
    thread = threading.Thread(target=lambda: done.append(handle.session().__enter__() is not None))
    thread.start()
    thread.join(5)
    assert done == [True]


@pytest.mark.parametrize("key", ["resnet18", "alexnet"])
def test_the_scorer_is_to_be_had_inside_a_session_only(key):
    """AlexNet has no batch norm to fold, so its scorer is the network itself."""
    handle = xai.load_model(key, "cpu", weights="random")
    with pytest.raises(RuntimeError, match="inside a session only"):
        _ = handle.scorer
    with handle.session() as net, torch.no_grad():
        x = handle.blank(2)
        assert (handle.scorer is net) == (key == "alexnet")
        assert handle.scorer is handle.scorer
        torch.testing.assert_close(handle.scorer(x), net(x), rtol=1e-4, atol=1e-5)
    with pytest.raises(RuntimeError, match="inside a session only"):
        _ = handle.scorer


def test_gradients_pass_through_what_was_made_in_inference_mode(chelsea):
    with torch.inference_mode():
        handle = xai.load_model("efficientnet_lite0", "cpu")
        with handle.session():
            scorer = handle.scorer
        changed = handle.variant(lambda net: None)
    for one in (handle, changed):
        assert xai.explain(one, chelsea, "smooth_grad", samples=2).heatmap.any()
        assert xai.explain(one, chelsea, "grad_cam").heatmap.any()
    with handle.session():
        assert handle.scorer is scorer


def test_preprocess_by_hand(handle):
    """A picture of the grid's own size under squash: only (p / 255 - mean) / std is left."""
    pixels = np.random.default_rng(0).integers(0, 256, (12, 20, 3), dtype=np.uint8)
    x = handle.preprocess(xai.load_image(pixels, fit="squash"))
    assert x.shape == (1, 3, 12, 20)
    assert x.dtype == torch.float32
    assert x.device == handle.device == torch.device("cpu")
    for channel, (mean, std) in enumerate([(0.5, 0.5), (0.25, 1.0), (0.0, 2.0)]):
        expected = (pixels[..., channel].astype(np.float64) / 255 - mean) / std
        np.testing.assert_allclose(x[0, channel].numpy(), expected, atol=1e-6)


def test_double_precision_reaches_network_and_input(chelsea):
    handle = xai.load_model("timm/test_resnet", "cpu", weights="random", dtype=torch.float64)
    assert handle.preprocess(chelsea).dtype == handle.blank().dtype == torch.float64
    with handle.session() as net:
        assert net(handle.preprocess(chelsea)).dtype == torch.float64


def test_blank_is_the_same_every_time(handle):
    assert torch.equal(handle.blank(3), handle.blank(3))
    assert handle.blank(3).shape == (3, 3, 12, 20)


def test_seconds_per_pass_is_measured_once(handle):
    first = handle.seconds_per_pass
    assert 0 < first < 5
    assert handle.seconds_per_pass == first


@pytest.mark.parametrize("target", [0, 2, np.int64(1), np.uint8(2)])
def test_a_good_target(handle, target):
    found = handle.check_target(target)
    assert found == target
    assert type(found) is int


@pytest.mark.parametrize("target", [-1, 3, 5000, 1.0, "1", None, True, [1], float("nan")])
def test_a_bad_target_names_the_value_and_the_range(handle, target):
    with pytest.raises(xai.InputError) as caught:
        handle.check_target(target)
    assert str(caught.value) == f"target is {target!r}; net accepts a whole number from 0 to 2."
    with pytest.raises(xai.InputError, match=r"^contrast is "):
        handle.check_target(target, "contrast")


def test_repr_says_what_it_is(handle):
    assert repr(handle) == "ModelHandle('net', 3 classes, 3 layers, cpu)"


def test_a_handle_travels_to_another_process(lite0, chelsea):
    own = lite0.variant(lambda net: None)
    own.activation = "sigmoid"
    other = pickle.loads(pickle.dumps(own))
    assert (other.key, other.labels, other.grid) == (own.key, own.labels, own.grid)
    assert (other.layers, other.activation, other.dtype) == (own.layers, "sigmoid", own.dtype)
    with own.session() as net, other.session() as copied, torch.no_grad():
        assert torch.equal(net(own.preprocess(chelsea)), copied(other.preprocess(chelsea)))
    assert own.like(net, own.device).activation == "sigmoid"
