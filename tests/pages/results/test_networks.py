"""Networks are kept by memory and told apart by their weights."""

import io

import pytest
import torch
from torch import nn
from torchvision.models import squeezenet1_1

import xai_core as xai
from pages._ui.results import answers, maps, networks
from pages._ui.results.memory import Memory
from xai_core.models import add_model


@pytest.fixture
def counted(monkeypatch):
    """How often each model was loaded, from an empty memory."""
    loaded, real = [], xai.load_model

    def load(key, *given, **named):
        loaded.append(key)
        return real(key, *given, **named)

    monkeypatch.setattr(xai, "load_model", load)
    monkeypatch.setattr(networks, "NETWORKS", Memory(networks.budget(), networks.weight_bytes))
    return loaded


def test_a_studys_two_and_the_sidebars_stay(counted):
    """Three networks in turn, as a page of a study asks for them at each rerun."""
    keys = ["efficientnet_lite0", "efficientnet_lite1", "efficientnet_lite2"]
    first = [networks.handle(key) for key in keys]
    assert [networks.handle(key) for key in keys] == first
    assert counted == keys


def test_the_budget_is_bytes(counted, monkeypatch):
    one = networks.weight_bytes(networks.handle("efficientnet_lite0"))
    monkeypatch.setattr(networks, "NETWORKS", Memory(int(1.5 * one), networks.weight_bytes))
    for key in ("efficientnet_lite0", "efficientnet_lite1", "efficientnet_lite0"):
        networks.handle(key)
    assert counted == ["efficientnet_lite0"] * 2 + ["efficientnet_lite1", "efficientnet_lite0"]


def test_a_weight_is_counted_with_its_folded_copy(lite0):
    with lite0.session() as net:
        own = sum(t.numel() * t.element_size() for t in (*net.parameters(), *net.buffers()))
        kernels = sum(m.weight.numel() * 4 for m in net.modules() if isinstance(m, nn.Conv2d))
    assert networks.weight_bytes(lite0) == own + kernels


@pytest.mark.parametrize(("named", "found"), [("300", 300_000_000), ("", None), ("many", None)])
def test_the_budget_can_be_named(monkeypatch, named, found):
    monkeypatch.setenv("XAI_NETWORKS_MB", named)
    assert networks.budget() == found if found else networks.budget() >= networks.LEAST_MB * 1_000_000


def checkpoint(seed):
    torch.manual_seed(seed)
    buffer = io.BytesIO()
    torch.save(squeezenet1_1(num_classes=3).state_dict(), buffer)
    return buffer.getvalue()


def test_an_own_model_under_an_old_name_is_another_one(tmp_path, monkeypatch, chelsea):
    """It was removed and another one added: no answer and no map of the first may be shown for it, and
    nothing of other models is forgotten."""
    monkeypatch.setenv("XAI_MODELS_DIR", str(tmp_path / "models"))
    (kept,) = maps.explain("efficientnet_lite0", chelsea, [xai.Request("grad_cam", 282)])
    shown = []
    for seed in (1, 2):
        key = add_model("birds", checkpoint(seed), "squeezenet1_1", ("wren", "robin", "crow"), size=64)
        (e,) = maps.explain(key, chelsea, [xai.Request("gradient", 1)])
        shown.append((answers.classes(key, chelsea), e.heatmap.tobytes(), networks.handle(key).identity))
        for file in (tmp_path / "models" / "birds").iterdir():
            file.unlink()
        (tmp_path / "models" / "birds").rmdir()
    assert all(first != second for first, second in zip(*shown, strict=True))
    again = maps.known("efficientnet_lite0", chelsea, xai.Request("grad_cam", 282))
    assert again.heatmap.tobytes() == kept.heatmap.tobytes()
