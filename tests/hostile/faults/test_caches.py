"""Files that are empty, cut short or garbage: made anew, or refused in one sentence on the page."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from torchvision.models import resnet18

import xai_core as xai
from xai_core.concepts import store as concepts
from xai_core.inputs.samples import samples
from xai_core.models import add_model, add_prompts, own_models, own_store, remove_model
from xai_core.models.own import _network
from xai_core.models.weights import check_of, find_weights
from xai_core.trust_study import KeptPictures, open_store

from .test_evaluations import BAD
from .works import described

pytestmark = pytest.mark.hostile


@pytest.mark.parametrize("how", BAD)
def test_results_of_long_passes_are_made_anew(folders, how):
    concepts.write("record", "x", {"a": np.arange(1000)})
    file = concepts.folder() / "record" / "x.npz"
    file.write_bytes(BAD[how](file.read_bytes()))
    assert concepts.read("record", "x") is None
    concepts.write("record", "x", {"a": np.arange(3)})
    assert concepts.read("record", "x")["a"].tolist() == [0, 1, 2]


@pytest.mark.parametrize("how", BAD)
def test_downloaded_weights_are_refused_in_a_sentence(shop, folders, disk, how, monkeypatch):
    """By the library and on the page, which names no path and goes back to the default."""
    weights = disk / "weights"
    weights.mkdir()
    file = xai.models.weights_file(xai.models.find_model("resnet18"))
    torch.save(resnet18(weights=None).state_dict(), weights / file.filename)
    whole = (weights / file.filename).read_bytes()
    (weights / file.filename).write_bytes(BAD[how](whole))
    (weights / f"{file.filename}.sha256").write_bytes(BAD[how](b"0" * 64 + b" 1 2\n"))
    monkeypatch.setenv("XAI_WEIGHTS_DIR", str(weights))
    assert find_weights(file) == weights / file.filename
    assert check_of(file) == "not checked against a digest"
    with pytest.raises(xai.InputError, match=r"does not hold the weights of resnet18: it is damaged"):
        xai.load_model("resnet18", "cpu")
    shown = shop.does(
        "page", {**folders, "XAI_WEIGHTS_DIR": str(weights)}, "overview", {"model": "resnet18"}, []
    )
    assert shown["exception"] == []
    assert "cannot be loaded" in shown["said"]
    assert str(disk) not in shown["said"]


@pytest.mark.parametrize("how", BAD)
@pytest.mark.parametrize("part", ["model.json", "weights.safetensors"])
def test_a_damaged_model_is_a_sentence_and_can_be_removed(shop, folders, disk, part, how):
    """Also where it is listed for everybody: nobody else's page minds."""
    own_store.write("birds", described("wren"), {"a": torch.zeros(5000)})
    file = disk / "models" / "birds" / part
    file.write_bytes(BAD[how](file.read_bytes()))
    shared = {**folders, "XAI_SHARED_MODELS": "1"}
    shown = shop.does("page", shared, "overview", {"model": "own/birds", "image": "chelsea"}, [])
    assert shown["exception"] == []
    assert "damaged" in shown["said"]
    assert str(disk) not in shown["said"]
    if part == "model.json" and how == "empty":
        other = shop.does("page", shared, "overview", {"image": "chelsea"}, [])
        assert other["exception"] == []
        assert other["pictures"] >= 3
    remove_model("own/birds")
    assert own_models() == ()


@pytest.mark.parametrize("told", ["{}", "[]", "7", '{"architecture": 7}', "null", '{"grid": []}'])
def test_a_description_of_another_kind_is_a_sentence(folders, disk, told):
    own_store.write("birds", described("wren"), {"a": torch.zeros(5)})
    (disk / "models" / "birds" / "model.json").write_text(told)
    with pytest.raises(
        xai.InputError, match=r"^The description of the model 'own/birds' is damaged; remove it"
    ):
        xai.load_model("own/birds")


@pytest.mark.parametrize("how", BAD)
def test_a_damaged_list_of_prompts_is_a_sentence(folders, disk, how):
    key = add_prompts("pets", ["a cat", "a dog"])
    file = disk / "models" / "pets.prompts.json"
    for broken in (BAD[how](file.read_bytes()), b'{"prompts": "ab", "architecture": "x", "tag": "y"}', b"[]"):
        file.write_bytes(broken)
        with pytest.raises(
            xai.InputError, match=r"^The list of prompts 'prompts/pets' is damaged; remove it"
        ):
            xai.models.find_model(key)


@pytest.mark.parametrize("how", BAD)
def test_a_damaged_photograph_is_a_sentence(shop, folders, disk, how):
    key, sample = next((key, sample) for key, sample in samples().items() if not sample.package)
    (disk / sample.file).write_bytes(BAD[how](b"\xff\xd8\xff\xe0" + bytes(500)))
    shown = shop.does("page", {**folders, "XAI_SAMPLES_DIR": str(disk)}, "overview", {"image": key}, [])
    assert shown["exception"] == []
    assert "This picture is not here" in shown["said"]
    assert str(disk) not in shown["said"]


def test_a_damaged_kept_picture_is_a_sentence(shop, folders):
    store = open_store()
    link = KeptPictures(store.engine).keep(xai.to_png(xai.load_sample("chelsea")), "cat.png")
    with store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE kept_files SET file = substr(file, 1, 100)")
    store.close()
    shown = shop.does("page", folders, "overview", {"image": f"kept:{link.key}"}, [])
    assert shown["exception"] == []
    assert "The kept picture is damaged." in shown["said"]


def test_the_descriptions_of_these_tests_are_those_of_the_library(folders, tmp_path):
    torch.save(_network("test_vit", 3, False, (64, 64)).state_dict(), tmp_path / "net.pth")
    added = add_model("birds", tmp_path / "net.pth", "timm/test_vit", 3, size=64)
    told, ours = json.loads((own_store.home_of(added) / "model.json").read_text()), described("wren")
    assert set(ours) == set(told) - {"channels"}
    assert set(ours["grid"]) == set(told["grid"])
