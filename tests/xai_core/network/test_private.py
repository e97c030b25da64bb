"""Outside a session, nothing public that hangs on a handle is a module or a weight, however it was used."""

import types
from collections.abc import Iterator

import pytest
import torch
from torch import nn

import xai_core as xai
from tests.lanes import core_and_peers
from xai_core.scoring.incremental import engine_of

PLAIN = (str, bytes, int, float, complex, bool, type(None), torch.device, torch.dtype, torch.Size)


def parts(value: object) -> Iterator[tuple[str, object]]:
    """What a person can reach from an object without a leading underscore."""
    if isinstance(value, dict):
        yield from ((f"[{key!r}]", item) for key, item in value.items())
        yield from ((f" key {key!r}", key) for key in value)
    elif isinstance(value, (list, tuple, set, frozenset)):
        yield from ((f"[{number}]", item) for number, item in enumerate(value))
    elif isinstance(value, types.FunctionType):
        cells = [cell.cell_contents for cell in value.__closure__ or ()]
        yield from ((f"closure {number}", item) for number, item in enumerate(cells))
    for name in dir(value):
        if name.startswith("_"):
            continue
        try:
            yield f".{name}", getattr(value, name)
        except RuntimeError:  # the scorer exists inside a session only
            continue


def reachable(value: object) -> dict[str, object]:
    """Everything public that hangs on an object, by the path that leads to it."""
    found: dict[str, object] = {}
    seen: set[int] = set()
    kept: list[object] = []  # so that no id is used again
    waiting = [("handle", value)]
    while waiting:
        path, one = waiting.pop()
        if isinstance(one, (*PLAIN, type, types.ModuleType, types.MethodType, types.BuiltinFunctionType)):
            continue
        if id(one) in seen:
            continue
        seen.add(id(one))
        kept.append(one)
        found[path] = one
        if not isinstance(one, (nn.Module, torch.Tensor)):
            waiting += [(path + step, part) for step, part in parts(one)]
    return found


def used(key: str, image: xai.ImageInput) -> xai.ModelHandle:
    """A handle after everything was made that it makes on first use."""
    handle = xai.load_model(key, "cpu", weights="random")
    with handle.session():
        engine_of(handle.scorer, handle.blank())
    xai.predict(handle, image)
    xai.explain(handle, image, "grad_cam")
    xai.explain(handle, image, "cam" if key != "alexnet" else "occlusion")
    assert handle.seconds_per_pass > 0
    return handle


def test_the_walk_finds_what_is_hidden_deep():
    module, weight = nn.Linear(2, 2), torch.ones(3)
    box = types.SimpleNamespace(a={"b": [(weight,)]}, c=lambda: module)
    found = reachable(box).values()
    assert any(one is module for one in found)
    assert any(one is weight for one in found)


@pytest.mark.parametrize("key", core_and_peers(["resnet18", "alexnet"]))
def test_no_module_and_no_weight_is_public_after_the_scorer_was_used(key, chelsea):
    """AlexNet has no batch norm to fold, so its scorer is the network itself."""
    handle = used(key, chelsea)
    found = reachable(handle)
    assert len(found) > 20
    assert [path for path, one in found.items() if isinstance(one, (nn.Module, torch.Tensor))] == []
    changed = handle.variant(lambda net: None)
    xai.predict(changed, chelsea)
    hanging = reachable(changed).items()
    assert [path for path, one in hanging if isinstance(one, (nn.Module, torch.Tensor))] == []


def test_the_facts_about_the_folded_network(chelsea):
    handle = xai.load_model("resnet18", "cpu", weights="random")
    assert handle.folded is None
    assert handle.scorer_key is None
    xai.predict(handle, chelsea)
    assert (handle.folded.pairs, handle.folded.reason) == (20, "")
    assert 0 <= handle.folded.error < 1e-5
    assert 40 < handle.folded.megabytes < 50
    with handle.session():
        scorer = handle.scorer
    assert handle.scorer_key == id(scorer)
    changed = handle.variant(lambda net: None)
    xai.predict(changed, chelsea)
    assert changed.folded.pairs == 0, "a changed network is not folded"
    again = changed.like(scorer, changed.device)
    xai.predict(again, chelsea)
    assert again.folded.pairs == 0
