"""Every registered method leaves the network as it found it, whatever happens.

A fine run, a class that does not exist, a module that raises during the shared pass or during the method's
own passes, and a cancelled run. Afterwards hooks, gradients, modes, `requires_grad`, replaced forwards and
weights are the same to the last bit, in the network and in the folded network, and so is the next map.
"""

import pytest
import torch

import xai_core as xai
from xai_core.scoring import perturbations

from . import affordable

TARGET = 282
SITUATIONS = ("fine", "bad target", "raises at once", "raises later", "cancelled")
OWN_PASSES = [
    key for key, method in xai.METHODS.items() if method.long or method.passes(None, {}, (224, 224)) > 1
]
SHORT = ("fine", "raises at once")  # what can go wrong in a method of one pass
PARAMS = affordable.PARAMS | {"occlusion": {"window": 16, "stride": 16}}


def explain(handle, image, method, target=TARGET, **options):
    layer = None if method in affordable.ATTENTION else affordable.LAYERS.get(method, "blocks.4")
    request = xai.Request(method, target, layer, PARAMS.get(method, {}))
    return xai.explain_many(handle, image, [request], **options)[0]


def state(net):
    """Everything about a network that a method could leave behind, tensors copied."""
    modules = [
        (
            id(module),
            module.training,
            "forward" in vars(module),
            {name: list(value) for name, value in vars(module).items() if name.endswith("hooks") and value},
        )
        for module in net.modules()
    ]
    parameters = [(p.requires_grad, p.grad is None) for p in net.parameters()]
    tensors = [tensor.clone() for tensor in net.state_dict(keep_vars=False).values()]
    return modules, parameters, tensors


def assert_unchanged(before, after):
    assert before[0] == after[0]
    assert before[1] == after[1]
    assert all(torch.equal(a, b) for a, b in zip(before[2], after[2], strict=True))


class Broken(Exception):
    pass


def raising(call):
    """A hook that raises in the module's `call`-th run."""
    runs = []

    def hook(_module, _inputs, _output):
        runs.append(None)
        if len(runs) == call:
            raise Broken

    return hook


def upset(handle, image, method, situation):
    """Bring the situation about; the network's state is looked at by the caller."""
    if situation == "fine":
        explain(handle, image, method)
    elif situation == "bad target":
        with pytest.raises(xai.InputError, match="5000"):
            explain(handle, image, method, target=5000)
    elif situation == "cancelled":
        asked, last = [], 4 if xai.METHODS[method].long else 2  # between two batches, or before the map
        with pytest.raises(xai.Cancelled):
            explain(handle, image, method, cancelled=lambda: asked.append(None) or len(asked) == last)
    else:
        call = 1 if situation == "raises at once" else 2
        with handle.session() as net:
            hook, networks = raising(call), {net, handle.scorer}
            # behind every layer of the table, and run again by every method that has passes of its own
            handles = [network.get_classifier().register_forward_hook(hook) for network in networks]
            inside = [state(network) for network in networks]
            try:
                with pytest.raises(Broken):
                    explain(handle, image, method)
                for network, before in zip(networks, inside, strict=True):
                    assert_unchanged(before, state(network))  # before the outer session could have tidied up
            finally:
                for handle_ in handles:
                    handle_.remove()


@pytest.mark.parametrize("method", xai.METHODS)
def test_leaves_nothing_behind(lite0_small, tiny_vit, chelsea, method, monkeypatch):
    monkeypatch.setattr(perturbations, "FEWEST", 1_000_000)  # compiled, the layer that raises would not run
    handle = tiny_vit if method in affordable.ATTENTION else lite0_small
    with handle.session() as net:
        networks = (net, handle.scorer)
        first = explain(handle, chelsea, method)
        before = [state(network) for network in networks]
        assert not any(module[3] for network in before for module in network[0])
        assert not any(module[1] for network in before for module in network[0])
        assert all(parameter == (False, True) for network in before for parameter in network[1])
    for situation in SITUATIONS if method in OWN_PASSES else SHORT:
        upset(handle, chelsea, method, situation)
        with handle.session():
            for network, was in zip(networks, before, strict=True):
                assert_unchanged(was, state(network))
        assert explain(handle, chelsea, method).heatmap.tobytes() == first.heatmap.tobytes(), situation
