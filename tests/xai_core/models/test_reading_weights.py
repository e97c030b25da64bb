"""Reading a file of weights: the right one is loaded to the last bit, any other is refused in a sentence."""

import os

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

import xai_core as xai
from xai_core.models.checkpoints import load_state

RESNET18 = "resnet18-f37072fd.pth"


@pytest.fixture(scope="module")
def resnet18_state() -> dict[str, torch.Tensor]:
    from torchvision.models import resnet18

    torch.manual_seed(7)
    return resnet18(weights=None).state_dict()


@pytest.mark.parametrize("place", ["mine", "torch"])
def test_a_state_dict_put_down_by_hand_is_loaded(place, folders, resnet18_state):
    torch.save(resnet18_state, folders[place] / RESNET18)
    with xai.load_model("resnet18", "cpu").session() as net:
        loaded = net.state_dict()
    assert loaded.keys() == resnet18_state.keys()
    assert all(torch.equal(loaded[key], value) for key, value in resnet18_state.items())


class Evil:
    def __reduce__(self):
        return os.mkdir, ("evil",)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"garbage" * 100, "it is damaged, or holds more than tensors"),
        (b"", "it is damaged, or holds more than tensors"),
        ("half", "it is damaged, or holds more than tensors"),
        ([1, 2], "it is damaged, or holds more than tensors"),
        ({"a": Evil()}, "it is damaged, or holds more than tensors"),
        ({"conv1.weight": torch.zeros(3)}, "it belongs to another network"),
        ({}, "it belongs to another network"),
    ],
    ids=["garbage", "empty", "half", "list", "code", "wrong shape", "no tensors"],
)
def test_a_wrong_file_gives_one_sentence(content, why, folders, resnet18_state, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = folders["mine"] / RESNET18
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content == "half":
        torch.save(resnet18_state, path)
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    else:
        torch.save(content, path)
    with pytest.raises(xai.InputError) as caught:
        xai.load_model("resnet18", "cpu")
    assert str(caught.value) == f"The file {path.name} does not hold the weights of resnet18: {why}."
    assert not (tmp_path / "evil").exists(), "a file of weights ran code"


def test_weights_of_another_architecture(folders):
    from torchvision.models import resnet34

    torch.save(resnet34(weights=None).state_dict(), folders["mine"] / RESNET18)
    with pytest.raises(xai.InputError, match=r"weights of resnet18: it belongs to another network\.$"):
        xai.load_model("resnet18", "cpu")


def test_load_state_of_a_tiny_net(tmp_path):
    net, other = nn.Linear(2, 3), nn.Linear(2, 3)
    torch.save(other.state_dict(), tmp_path / "w.pth")
    load_state(net, tmp_path / "w.pth", "tiny")
    assert torch.equal(net.weight, other.weight)
    with pytest.raises(xai.InputError, match="tiny: it belongs to another network"):
        load_state(nn.Linear(3, 3), tmp_path / "w.pth", "tiny")


def test_timm_weights_put_down_by_hand(folders):
    import timm

    key, name = "timm/test_resnet.r160_in1k", "test_resnet.r160_in1k.safetensors"
    torch.manual_seed(3)
    state = timm.create_model("test_resnet").state_dict()
    save_file(state, folders["mine"] / name)
    with xai.load_model(key, "cpu").session() as net:
        assert all(torch.equal(net.state_dict()[k], value) for k, value in state.items())
    save_file({"a": torch.zeros(3)}, folders["mine"] / name)
    with pytest.raises(xai.InputError, match=rf"{name} does not hold .*: it belongs to another network\.$"):
        xai.load_model(key, "cpu")
    (folders["mine"] / name).write_bytes(b"garbage" * 100)
    with pytest.raises(xai.InputError, match=rf"{name} does not hold .*: it is damaged, or holds more than "):
        xai.load_model(key, "cpu")
