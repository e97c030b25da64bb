"""The registry of models: complete, in order, and clear about what it does not know."""

import pytest
import torch

import xai_core as xai
from xai_core.models import SOURCES, find_model, on_this_machine
from xai_core.models.torchvision_table import TORCHVISION
from xai_core.models.torchvision_zoo import build


def test_the_embedded_models_come_first():
    keys = list(xai.MODELS)
    assert keys[:3] == ["efficientnet_lite0", "efficientnet_lite1", "efficientnet_lite2"]
    assert keys[3:5] == ["resnet18", "resnet50"]


def test_keys_are_those_of_the_entries():
    assert all(key == spec.key for key, spec in xai.MODELS.items())
    assert all(spec.source in SOURCES and spec.label for spec in xai.MODELS.values())
    assert len({spec.label for spec in xai.MODELS.values()}) == len(xai.MODELS), "two models look the same"


def test_a_key_twice_is_refused():
    from xai_core.models import _unique

    spec = xai.MODELS["resnet18"]
    with pytest.raises(ValueError, match=r"^Two models have the key 'resnet18'\.$"):
        _unique((spec, spec))


def test_every_classifier_of_torchvision_is_there():
    import torchvision

    names = set(torchvision.models.list_models(module=torchvision.models))
    keys = [spec.key for spec in TORCHVISION]
    assert len(keys) == len(set(keys))
    assert set(keys) == names | {"resnet50_v2"}
    assert {spec.architecture for spec in TORCHVISION} == names


def test_the_two_resnet50_have_their_own_weights():
    files = [SOURCES["torchvision"].weights_file(xai.MODELS[key]) for key in ("resnet50", "resnet50_v2")]
    assert [file.filename for file in files] == ["resnet50-0676ba61.pth", "resnet50-11ad3fa6.pth"]
    assert [file.sha256 for file in files] == ["0676ba61", "11ad3fa6"]


@pytest.mark.parametrize("spec", TORCHVISION, ids=lambda spec: spec.key)
def test_every_torchvision_entry_names_a_file_with_size_and_digest(spec):
    file = SOURCES["torchvision"].weights_file(spec)
    assert file.url.endswith("/" + file.filename)
    assert file.url.startswith("https://download.pytorch.org/models/")
    assert file.size_mb > 1
    assert len(file.sha256) >= 8
    assert f"-{file.sha256}." in file.filename


@pytest.mark.parametrize(
    ("key", "near"), [("resnet19", "resnet18"), ("eficientnet_lite0", "efficientnet_lite0"), ("vgg", "vgg1")]
)
def test_an_unknown_model_names_its_neighbours(key, near):
    with pytest.raises(xai.InputError, match=rf"^There is no model '{key}'; near it are [^.]*{near}"):
        xai.load_model(key)


@pytest.mark.parametrize("key", ["", None, 5, "timm/nothing_of_the_sort", "../etc/passwd"])
def test_nonsense_is_an_input_error(key):
    with pytest.raises(xai.InputError, match="There is no model"):
        xai.load_model(key)


@pytest.mark.parametrize("key", ["vit_b_16", "vit_h_14"])
def test_a_vit_is_built_for_the_pictures_that_its_weights_were_trained_on(key):
    """vit_h_14's are 518 pixels, which torchvision's builder does not know without the weights."""
    with torch.device("meta"):
        built = build(find_model(key), None)
    (height, width), patch = built.grid.size, built.net.patch_size
    assert built.net.image_size == height == width
    assert built.net.encoder.pos_embedding.shape[1] == (height // patch) ** 2 + 1


def test_timm_by_name_with_and_without_prefix():
    assert find_model("timm/test_resnet.r160_in1k") == find_model("test_resnet.r160_in1k")
    assert find_model("test_resnet.r160_in1k").source == "timm"
    handle = xai.load_model("timm/test_resnet", "cpu", weights="random")
    assert handle.key == "timm/test_resnet"
    assert handle.input_size == (160, 160)
    assert len(handle.labels) == 1000
    image = xai.load_sample("chelsea")
    assert xai.explain(handle, image, "grad_cam", target=5).heatmap.shape == (5, 5)


def test_a_timm_network_without_classes_is_refused():
    with pytest.raises(xai.InputError, match=r"^'vit_small_patch16_224.dino' of timm is no classifier"):
        xai.load_model("vit_small_patch16_224.dino", "cpu", weights="random")


@pytest.mark.parametrize("device", ["tpu", "cuda:99", "", None, 3])
def test_an_unknown_device(device):
    with pytest.raises(xai.InputError) as caught:
        xai.load_model("timm/test_resnet", device, weights="random")
    assert str(caught.value) == (
        f"The device {device!r} is not on this machine; accepted are auto, cpu, cuda and mps."
    )


def test_unknown_kind_of_weights():
    with pytest.raises(xai.InputError, match=r"^weights is 'none'; accepted are 'pretrained' and 'random'"):
        xai.load_model("resnet18", weights="none")


def test_random_weights_come_from_the_seed_and_leave_the_global_generator_alone():
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    x = torch.zeros(1, 3, 160, 160)
    logits = []
    for seed in (0, 0, 1):
        with xai.load_model("timm/test_resnet", "cpu", weights="random", seed=seed).session() as net:
            logits.append(net(x))
    assert torch.equal(logits[0], logits[1])
    assert not torch.equal(logits[0], logits[2])
    assert torch.equal(torch.rand(3), expected)


def test_what_is_on_this_machine(tmp_path, monkeypatch):
    monkeypatch.setenv("XAI_WEIGHTS_DIR", str(tmp_path / "none"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "none"))
    assert on_this_machine("efficientnet_lite0")
    assert not on_this_machine("resnet18")
    (tmp_path / "none").mkdir()
    (tmp_path / "none" / "resnet18-f37072fd.pth").touch()
    assert on_this_machine("resnet18")
