"""Watching a network: what is called, in which order, with what, and that nothing stays behind."""

import pytest
import torch
from torch import nn

from xai_core.network.observe import hooked, observe


class Nested(nn.Module):
    """Doubles, then adds one twice with one and the same module; `unused` never runs."""

    def __init__(self):
        super().__init__()
        self.twice = nn.Sequential(Times(2))
        self.add = Plus(1)
        self.unused = Plus(5)

    def forward(self, x):
        return self.add(self.add(self.twice(x)))


class Times(nn.Module):
    def __init__(self, factor):
        super().__init__()
        self.factor = nn.Parameter(torch.tensor(float(factor)))

    def forward(self, x):
        return x * self.factor


class Plus(nn.Module):
    def __init__(self, term):
        super().__init__()
        self.term = term

    def forward(self, x):
        if x.sum() < 0:
            raise ZeroDivisionError
        return x + self.term


def hooks_of(net):
    return [len(m._forward_hooks) + len(m._forward_pre_hooks) for m in net.modules()]


def test_every_call_with_its_input_and_output_in_order():
    net, seen = Nested(), []
    result = observe(
        net,
        torch.tensor([3.0]),
        dict(net.named_modules()),
        enter=lambda key, module, inputs: seen.append(("enter", key, inputs[0].item())),
        leave=lambda key, module, inputs, output: seen.append(
            ("leave", key, inputs[0].item(), output.item(), module is net.get_submodule(key))
        ),
    )
    assert seen == [
        ("enter", "", 3),
        ("enter", "twice", 3),
        ("enter", "twice.0", 3),
        ("leave", "twice.0", 3, 6, True),
        ("leave", "twice", 3, 6, True),
        ("enter", "add", 6),
        ("leave", "add", 6, 7, True),
        ("enter", "add", 7),
        ("leave", "add", 7, 8, True),
        ("leave", "", 3, 8, True),
    ]
    assert result.item() == 8
    assert not result.requires_grad
    assert hooks_of(net) == [0] * 5


def test_only_what_is_asked_for():
    net, seen = Nested(), []
    observe(net, torch.tensor([3.0]), ["unused", "add"], leave=lambda key, *_: seen.append(key))
    assert seen == ["add", "add"]


def test_what_the_watcher_returns_changes_nothing():
    """A hook that returns a value replaces what the network computes; here it does not."""
    net, other = Nested(), torch.tensor([100.0])
    result = observe(net, torch.tensor([3.0]), ["add"], lambda *_: (other,), lambda *_: other)
    assert result.item() == 8


@pytest.mark.parametrize("which", ["enter", "leave"])
def test_hooks_are_gone_when_the_watcher_or_the_network_raises(which):
    net = Nested()

    def fail(*_):
        raise LookupError

    with pytest.raises(LookupError):
        observe(net, torch.tensor([3.0]), ["twice", "add"], **{which: fail})
    assert hooks_of(net) == [0] * 5
    with pytest.raises(ZeroDivisionError):
        observe(net, torch.tensor([-3.0]), ["twice", "add"], **{which: lambda *_: None})
    assert hooks_of(net) == [0] * 5


def test_hooks_are_gone_after_an_unknown_key():
    net = Nested()
    with pytest.raises(AttributeError, match="nowhere"):
        observe(net, torch.tensor([3.0]), ["add", "nowhere"], leave=lambda *_: None)
    assert hooks_of(net) == [0] * 5


def test_hooked_removes_only_its_own():
    net = Nested()
    mine = net.add.register_forward_hook(lambda *_: None)

    def fail_inside() -> None:
        nothing = {"add": lambda *_: None, "twice": lambda *_: None}
        with hooked(net, nothing, nothing):
            assert len(net.add._forward_hooks) == 2
            assert len(net.twice._forward_pre_hooks) == 1
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_inside()
    assert list(net.add._forward_hooks) == [mine.id]
    assert sum(hooks_of(net)) == 1


def test_hooked_may_replace_what_a_module_is_given_and_returns():
    """capture() goes on with a copy of each output; here the input becomes 10 and the output 40."""
    net = Nested()
    with hooked(net, {"twice": lambda m, i, o: 2 * o}, {"twice": lambda m, i: (torch.tensor([10.0]),)}):
        assert net(torch.tensor([3.0])).item() == 42
    assert net(torch.tensor([3.0])).item() == 8
