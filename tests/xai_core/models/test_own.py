"""A person's own checkpoints: what is added loads again to the last bit, what does not fit leaves nothing."""

import io
import os

import pytest
import torch
from safetensors.torch import save

import xai_core as xai
from xai_core.models import add_model, find_model, on_this_machine, own_models, remove_model
from xai_core.models.own_settings import labels_in
from xai_core.models.own_store import models_folder

NAMES = ("wren", "robin", "crow")


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XAI_MODELS_DIR", str(tmp_path / "models"))
    return tmp_path / "models"


@pytest.fixture(scope="module")
def state():
    from torchvision.models import resnet18

    torch.manual_seed(3)
    return resnet18(num_classes=3).state_dict()


def saved(content):
    buffer = io.BytesIO()
    torch.save(content, buffer)
    return buffer.getvalue()


def weights_of(key):
    with xai.load_model(key, "cpu").session() as net:
        return {name: value.clone() for name, value in net.state_dict().items()}


FORMS = {
    "plain": saved,
    "safetensors": save,
    "wrapped": lambda state: saved({"epoch": 3, "state_dict": state}),
    "model": lambda state: saved({"model": state, "optimizer": {"lr": 0.1}}),
    "parallel": lambda state: saved({"module." + key: value for key, value in state.items()}),
    "lightning": lambda state: saved({"state_dict": {"model." + key: v for key, v in state.items()}}),
    "uncounted": lambda state: saved({k: v for k, v in state.items() if "num_batches" not in k}),
}


@pytest.mark.parametrize("form", FORMS)
def test_what_is_added_is_loaded_to_the_last_bit(form, state, folder):
    assert own_models() == ()
    key = add_model("my-birds.v2", FORMS[form](state), "resnet18", NAMES, size=64)
    assert key == "own/my-birds.v2"
    assert own_models() == (key,)
    assert on_this_machine(key)
    assert find_model(key).label == "my-birds.v2"
    loaded = weights_of(key)
    assert all(torch.equal(loaded[name], value) for name, value in state.items())
    assert sorted(path.name for path in folder.rglob("[!.]*")) == [
        "model.json",
        "my-birds.v2",
        "weights.safetensors",
    ]


def test_its_input_classes_and_activation_are_kept(state, tmp_path):
    file = tmp_path / "birds.pth"
    file.write_bytes(saved(state))
    key = add_model(
        "birds",
        file,
        "resnet18",
        3,
        mean=(0.5, 0.5, 0.5),
        std=(0.25, 0.5, 1),
        size=96,
        resize=100,
        interpolation="bicubic",
        activation="sigmoid",
    )
    handle = xai.load_model(key, "cpu")
    assert handle.labels == ("class 0", "class 1", "class 2")
    grid = handle.grid
    assert (grid.size, grid.resize, grid.interpolation) == ((96, 96), 100, "bicubic")
    assert (grid.mean, grid.std) == ((0.5, 0.5, 0.5), (0.25, 0.5, 1.0))
    score = xai.predict(handle, xai.load_sample("chelsea"), 1)[0]
    assert score.probability == pytest.approx(1 / (1 + torch.tensor(-score.logit).exp().item()), rel=1e-5)
    assert xai.explain(handle, xai.load_sample("chelsea"), "grad_cam").heatmap.shape == (3, 3)
    assert xai.load_model(key, "cpu", weights="random").labels == handle.labels


def test_the_resized_side_follows_from_the_input_side(state):
    key = add_model("birds", saved(state), "resnet18", NAMES, size=112)
    assert xai.load_model(key, "cpu").grid.resize == 128


def test_a_network_of_timm():
    import timm

    net = timm.create_model("test_resnet", num_classes=4)
    for name, architecture in (("a", "test_resnet"), ("b", "timm/test_resnet")):
        key = add_model(name, save(net.state_dict()), architecture, 4, size=64)
        assert torch.equal(weights_of(key)["fc.weight"], net.state_dict()["fc.weight"])
    assert own_models() == ("own/a", "own/b")


@pytest.mark.parametrize("auxiliary", [True, False])
def test_heads_for_training_are_found_in_the_file(auxiliary):
    from torchvision.models import googlenet

    net = googlenet(num_classes=3, aux_logits=auxiliary, init_weights=False)
    key = add_model("g", saved(net.state_dict()), "googlenet", NAMES, size=64)
    assert xai.predict(xai.load_model(key, "cpu"), xai.load_sample("chelsea"), 1)[0].label in NAMES


class Evil:
    def __reduce__(self):
        return os.mkdir, ("evil",)


def without(state, *names):
    return {key: value for key, value in state.items() if key not in names}


NOT_WEIGHTS = "The file does not hold weights alone: it is damaged, or no file of weights, or has code in it;"
REFUSED = {
    "garbage": ((b"garbage" * 99,), {}, NOT_WEIGHTS),
    "empty": ((b"",), {}, NOT_WEIGHTS),
    "code": ((saved({"conv1.weight": Evil()}),), {}, NOT_WEIGHTS),
    "a number": ((saved({"conv1.weight": 3}),), {}, NOT_WEIGHTS),
    "broken safetensors": ((save({"a": torch.zeros(9)})[:-4],), {}, NOT_WEIGHTS),
    "no tensor": ((saved({}),), {}, "The file holds no tensor;"),
    "no file": (("nowhere.pth",), {}, "There is no file 'nowhere.pth'."),
    "missing": (
        (lambda s: saved(without(s, "conv1.weight", "fc.bias")),),
        {},
        "The file does not fit resnet18: it lacks 2 tensors of resnet18, first 'conv1.weight'.",
    ),
    "unexpected": (
        (lambda s: saved(s | {"extra": torch.zeros(2)}),),
        {},
        "The file does not fit resnet18: it has 1 tensor not in resnet18, first 'extra'.",
    ),
    "another head": ((saved,), {"labels": 12}, "The file has 3 classes, 12 were given."),
    "shape": (
        (lambda s: saved(s | {"conv1.weight": torch.zeros(64, 1, 7, 7)}),),
        {},
        "The file's network takes one channel, so mean and std are one number each; they are (0.485, ",
    ),
    "not finite": (
        (lambda s: saved(s | {"fc.bias": torch.full((3,), torch.nan)}),),
        {},
        "The network answers with numbers that are not finite, so the file is damaged.",
    ),
    "architecture": (
        (saved,),
        {"architecture": "resnet81"},
        "There is no architecture 'resnet81'; near it are resnet18, ",
    ),
    "no name": ((saved,), {"name": ""}, "name is ''; up to 60 letters"),
    "path": ((saved,), {"name": "../birds"}, "name is '../birds'; up to 60 letters"),
    "no labels": ((saved,), {"labels": []}, "The list of classes has 0 names; 1 to 100,000 are accepted."),
    "one class": ((saved,), {"labels": 1}, "The file has 3 classes, 1 was given."),
    "word": ((saved,), {"labels": "abc"}, "labels is 'abc'; names, or a number"),
    "twice": ((saved,), {"labels": ["a", "b", "a"]}, "The class 'a' is named 2 times; every name once is"),
    "size": ((saved,), {"size": 8}, "size is 8; a whole number from 16 to 1024, or two of them, height"),
    "resize": ((saved,), {"resize": 100}, "resize is 100; a whole number from 224 to 2048 is accepted."),
    "mean": (
        (saved,),
        {"mean": (0, 0)},
        "mean is (0, 0); one number up to 1,000,000, or three, are accepted.",
    ),
    "std": (
        (saved,),
        {"std": (1, 0, 1)},
        "std is (1, 0, 1); one number above 0 up to 1,000,000, or three, are accepted.",
    ),
    "filter": ((saved,), {"interpolation": "box"}, "interpolation is 'box'; accepted are bilinear and"),
    "activation": ((saved,), {"activation": "tanh"}, "activation is 'tanh'; accepted are softmax, sigmoid."),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_does_not_fit_gets_one_sentence_and_leaves_nothing(case, state, folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (file,), changes, sentence = REFUSED[case]
    given = {"name": "birds", "architecture": "resnet18", "labels": NAMES} | changes
    with pytest.raises(xai.InputError) as caught:
        add_model(file=file(state) if callable(file) else file, **given)
    assert str(caught.value).startswith(sentence)
    assert str(caught.value).endswith(".")
    assert not folder.exists()
    assert not (tmp_path / "evil").exists(), "a file of weights ran code"


@pytest.mark.peers
def test_a_side_that_the_network_cannot_take():
    from torchvision.models import vit_b_16

    net = vit_b_16(num_classes=3)
    with pytest.raises(xai.InputError, match=r"^vit_b_16 cannot take pictures of 128 x 128 pixels\.$"):
        add_model("v", save(net.state_dict()), "vit_b_16", 3, size=128)


def test_a_name_is_given_once(state):
    key = add_model("birds", saved(state), "resnet18", NAMES)
    other = state | {"fc.bias": state["fc.bias"] + 1}
    with pytest.raises(
        xai.InputError, match=r"^There is an own model 'birds' already; give this one another"
    ):
        add_model("birds", saved(other), "resnet18", NAMES)
    assert torch.equal(weights_of(key)["fc.bias"], state["fc.bias"])
    remove_model(key)
    assert own_models() == ()
    assert list(models_folder().glob("[!.]*")) == []
    add_model("birds", saved(other), "resnet18", NAMES)
    assert torch.equal(weights_of(key)["fc.bias"], other["fc.bias"])


def test_a_model_that_was_not_added_here(state):
    with pytest.raises(xai.InputError) as caught:
        find_model("own/birds")
    assert str(caught.value) == (
        "There is no model 'own/birds' on this machine: a person's own model is known only where it was "
        "added (none was)."
    )
    add_model("crows", saved(state), "resnet18", NAMES)
    for use in (xai.load_model, remove_model, on_this_machine):
        with pytest.raises(xai.InputError, match=r"only where it was added \(own/crows\)\.$"):
            use("own/birds")
    with pytest.raises(xai.InputError, match=r"^There is no model 'own/\.\./crows'"):
        remove_model("own/../crows")


def test_a_damaged_description_is_named(state, folder):
    key = add_model("birds", saved(state), "resnet18", NAMES)
    (folder / "birds" / "model.json").write_text("{")
    with pytest.raises(
        xai.InputError, match=r"^The description of the model 'own/birds' is damaged; remove it"
    ):
        xai.load_model(key)


def test_adding_leaves_the_global_generator_alone(state):
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    add_model("birds", saved(state), "resnet18", NAMES)
    assert torch.equal(torch.rand(3), expected)


def test_names_from_a_text_file():
    assert labels_in("\ufeffwren\r\n  robin \n\ncrow\n".encode()) == NAMES
    with pytest.raises(xai.InputError, match="no text; one name a line"):
        labels_in(b"\xff\xfe\x00")
