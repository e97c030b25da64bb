"""CIFAR ResNets: published weights, their accuracy on real pictures, and checkpoints that do not fit."""

import pytest
import torch

import xai_core as xai
from tests.lanes import core_and_peers
from xai_core.datasets import open_dataset
from xai_core.evaluation.predictions import predictions
from xai_core.models.cifar import LABELS


@pytest.fixture
def weights(shared_data, monkeypatch):
    monkeypatch.setenv("XAI_WEIGHTS_DIR", str(shared_data / "cifar10"))


@pytest.mark.parametrize(
    ("key", "expected"), core_and_peers([("resnet20_cifar10", 80.4), ("resnet56_cifar10", 82.5)])
)
def test_accuracy_on_the_thousand_test_pictures(weights, shared_data, key, expected):
    handle = xai.load_model(key, device="cpu")
    assert handle.input_size == (32, 32)
    assert [layer.key for layer in handle.layers if layer.suggested][-1] == "layer3"
    found = predictions(handle, open_dataset(shared_data / "cifar10" / "test", handle.labels))
    assert len(found.table) == 1000
    assert found.errors.empty
    assert 100 * found.table["correct"].mean() == pytest.approx(expected, abs=0.2)
    assert found.table["label"].value_counts().to_dict() == dict.fromkeys(LABELS, 100)


def test_a_map_of_a_small_picture(weights, shared_data):
    handle = xai.load_model("resnet20_cifar10", device="cpu")
    file = sorted((shared_data / "cifar10" / "test" / "horse").iterdir())[0]
    e = xai.explain(handle, xai.load_image(file), "grad_cam", target=7)
    assert e.heatmap.shape == (8, 8)
    assert e.upsampled().shape == (32, 32)
    assert e.label == "horse"


def test_resnet18_is_built_and_its_file_is_named(tmp_path, monkeypatch):
    handle = xai.load_model("resnet18_cifar10", device="cpu", weights="random")
    assert len(handle.labels) == 10
    assert handle.layer("layer4").size == (4, 4)
    monkeypatch.setenv("XAI_WEIGHTS_DIR", str(tmp_path))
    file = tmp_path / "resnet18_cifar10.bin"
    with handle.session() as net:
        torch.save({f"module.{key}": value for key, value in net.state_dict().items()}, file)
    again = xai.load_model("resnet18_cifar10", device="cpu")
    x = handle.blank(2)
    with handle.session() as one, again.session() as other, torch.inference_mode():
        assert torch.equal(one(x), other(x))
    torch.save({"state_dict": {"conv1.weight": torch.zeros(1)}}, file)
    with pytest.raises(xai.InputError, match="weights of resnet18_cifar10: it belongs to another network"):
        xai.load_model("resnet18_cifar10", device="cpu")
