"""What is here, what stands in for it, and that a person is told which file to put where."""

import dataclasses
import shutil

import pytest
from PIL import Image

from xai_core.models.cifar import LABELS
from xai_core.studies import find_study
from xai_core.studies._recipe import Ask, Needs, StandIn
from xai_core.studies.needs import settle
from xai_core.studies.sets import SETS, find_set
from xai_core.types import InputError


@pytest.fixture(autouse=True)
def nothing_here(tmp_path, monkeypatch):
    """A machine without weights and data of its own."""
    for name in ("XAI_WEIGHTS_DIR", "XAI_DATA_DIR", "XAI_SAMPLES_DIR", "TORCH_HOME", "HF_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))


def test_a_fresh_machine_has_a_stand_in_for_everything(tmp_path):
    for key in ("csep590b", "layers", "cifar10"):
        for task in find_study(key).tasks:
            setup = settle(task)
            assert setup.model == "efficientnet_lite0"
            assert setup.examples
            assert len(setup.missing) == 2
    (model, pictures) = settle(find_study("layers").task("4")).missing
    assert str(model).startswith("ResNet-50: not on this machine. Put resnet50-")
    assert "MB) into " in str(model)
    assert str(model).endswith("Stand-in until then: EfficientNet-Lite0.")
    assert f"Put n07742313_Granny_Smith.jpg (0.1 MB) into {tmp_path / 'xai_data_dir'}." in str(pictures)
    assert str(tmp_path) not in pictures.short


def test_the_re_examination_has_a_stand_in_for_everything():
    found = {task.key: settle(task) for task in find_study("dd2412").tasks}
    assert all(len(setup.missing) == 2 for setup in found.values())
    assert {key for key, setup in found.items() if setup.model != "efficientnet_lite0"} == {"6b"}
    assert found["4"].parameters["rival"] == "efficientnet_lite2"
    assert "Put the folder ILSVRC with Data/CLS-LOC/val" in str(found["1"].missing[1])
    assert "Put BBox_List_2017.csv and beside it the folder images" in str(found["5"].missing[1])


def test_a_picture_in_the_folder_takes_the_stand_ins_place(tmp_path):
    (tmp_path / "inside").mkdir()
    Image.new("RGB", (40, 30)).save(tmp_path / "inside" / "dog_cat.png")
    setup = settle(find_study("layers").task("1"), tmp_path)
    assert [one.label for one in setup.missing] == ["ResNet-50"]
    assert setup.parameters["classes"] == (243, 282)
    assert setup.parameters["layers"] == ("blocks.5", "blocks.6")  # those of the stand-in's network


def test_the_ten_photographs_are_taken_together(tmp_path, shared_data):
    task = find_study("csep590b").task("4d")
    whole = tmp_path / "ten"
    shutil.copytree(shared_data / "images" / "assignment4", whole)
    setup = settle(task, tmp_path)
    assert (setup.pictures, len(setup.examples)) == ("ten", 10)
    next(whole.glob("*goldfish*")).unlink()
    assert settle(task, tmp_path).pictures == "shipped"


def test_limits_take_the_first_pictures(tmp_path):
    task = find_study("csep590b").task("2a")
    assert len(settle(task).examples) == 2
    assert len(settle(task, limit=1).examples) == 1


def test_a_stand_in_that_belongs_together_takes_both_places(tmp_path):
    """A network with other classes than the pictures' own has no use for them."""
    task = find_study("layers").task("1")
    both = dataclasses.replace(task, stand_in=dataclasses.replace(task.stand_in, together=True))
    Image.new("RGB", (40, 30)).save(tmp_path / "dog_cat.png")
    setup = settle(both, tmp_path)
    assert (setup.model, setup.pictures) == ("efficientnet_lite0", "coffee_and_cat")
    (missing,) = setup.missing
    assert missing.stand_in == "EfficientNet-Lite0 with a mosaic of a cup of coffee and a cat"
    assert setup.parameters["classes"] == (967, 282)


def test_cifar10_is_found_as_folders_whose_first_pictures_show_every_class(tmp_path):
    assert find_set("cifar10").find(tmp_path) is None
    for name in LABELS:
        (tmp_path / "cifar10" / "test" / name).mkdir(parents=True)
        for number in range(2):
            Image.new("RGB", (32, 32)).save(tmp_path / "cifar10" / "test" / name / f"{number}.png")
    found = find_set("cifar10").find(tmp_path)
    assert len(found) == 20
    assert [one.target for one in found[:10]] == list(range(10))
    assert [one.name for one in found[9:11]] == ["truck/0.png", "airplane/1.png"]


def test_corrupted_pictures_come_by_turns():
    found = find_set("corrupted").find(None)
    count = len({one.label for one in found})
    assert [one.corruption for one in found[:count]] == [""] * count
    assert len({one.label for one in found[-count:]}) == count


def test_what_has_no_stand_in_either_is_said(tmp_path):
    task = find_study("csep590b").task("2a")
    needs = Needs(Ask("efficientnet_lite0"), Ask("dog_cat"))
    bare = dataclasses.replace(task, asks=needs, stand_in=StandIn(needs.model, Ask("granny_smith")))
    with pytest.raises(InputError, match="Neither the pictures of the task 'Occlusion' nor its stand-in"):
        settle(bare, tmp_path)


def test_sets_are_found_by_name():
    assert all(key == one.key for key, one in SETS.items())
    with pytest.raises(InputError, match="no set of pictures 'cats'; there are shipped, "):
        find_set("cats")
