"""ResNet-18 for Places365: a checkpoint as published, and its class names."""

import pytest
import torch

import xai_core as xai
from xai_core.models import places


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XAI_WEIGHTS_DIR", str(tmp_path))
    handle = xai.load_model("resnet18_places365", device="cpu", weights="random", seed=3)
    with handle.session() as net:
        state = {f"module.{key}": value for key, value in net.state_dict().items()}
    torch.save(
        {"epoch": 90, "arch": "resnet18", "state_dict": state}, tmp_path / "resnet18_places365.pth.tar"
    )
    return tmp_path


def test_a_checkpoint_as_it_is_published(folder, chelsea):
    made = xai.load_model("resnet18_places365", device="cpu", weights="random", seed=3)
    read = xai.load_model("resnet18_places365", device="cpu")
    with made.session() as one, read.session() as other, torch.inference_mode():
        x = read.preprocess(chelsea)
        assert torch.equal(one(x), other(x))
    assert len(read.labels) == 365
    assert read.labels[7] == "scene 7"
    assert read.layer(None).key == "layer4"


def test_names_from_the_file_beside_the_weights(folder):
    lines = [f"/{'abc'[i % 3]}/kind_of_place/{i} {i}" for i in range(365)]
    (folder / places.NAMES).write_text("\n".join(lines) + "\n")
    assert xai.load_model("resnet18_places365", device="cpu").labels[364] == "kind of place, 364"


def test_real_names(shared_data):
    names = places.labels(shared_data / "concepts" / places.NAMES)
    assert len(set(names)) == 365
    assert names[:2] == ("airfield", "airplane cabin")


@pytest.mark.parametrize("text", ["", "/a/airfield 0\n", "\n".join(f"/a/x {i}" for i in range(1, 366))])
def test_a_file_of_another_kind(folder, text):
    (folder / places.NAMES).write_text(text)
    with pytest.raises(xai.InputError, match="does not name 365 classes"):
        xai.load_model("resnet18_places365", device="cpu")
