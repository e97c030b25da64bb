"""Probing sets: always the same pictures, made when asked for."""

import numpy as np
import pytest
from PIL import Image

import xai_core as xai
from xai_core.concepts import ProbingSet, embedded, folder


def test_the_embedded_set_is_several_hundred_different_pictures(monkeypatch):
    found = embedded()
    assert len(found) == 350
    assert found[0] == xai.load_sample("chelsea")
    half = next(image for image in found if image.name.startswith("Coffee, 50 % at 100, 0"))
    pixels = xai.load_sample("coffee").pixels
    h, w = (round(n / 2) for n in pixels.shape[:2])
    np.testing.assert_array_equal(half.pixels, pixels[:h, -w:])
    assert len(set(found.digests())) == 350
    assert found.digests()[7] == found[7].sha256
    assert embedded() is found, "its sha256s are found out once"
    assert len(set(found.photographs)) == 10
    assert [found.photographs.count(key) for key in set(found.photographs)] == [35] * 10
    assert found[300:302].photographs == found.photographs[300:302]
    named = {
        image.name.split(",")[0]: key for image, key in zip(found[::7], found.photographs[::7], strict=True)
    }
    assert len(named) == len(set(named.values())), "a photograph's variants bear its name"


def test_a_folder_is_read_with_the_folders_in_it_by_name(tmp_path):
    (tmp_path / "dog").mkdir()
    for number, name in enumerate(("dog/b.png", "a.png", "c.png")):
        Image.new("RGB", (9, 12), (number, 0, 0)).save(tmp_path / name)
    found = folder(tmp_path)
    assert [image.name for image in found] == ["a.png", "c.png", "b.png"]
    assert [int(image.pixels[0, 0, 0]) for image in found] == [1, 2, 0]
    assert len(folder(tmp_path, 2)) == 2
    assert len(set(found.photographs)) == 3, "each file is a photograph of its own"
    (tmp_path / "a.png").unlink()
    assert found[1].name == "c.png", "nothing is read before it is asked for"
    with pytest.raises(xai.InputError, match="There is no file"):
        found[0]


def test_digests_can_be_given_up(tmp_path):
    Image.new("RGB", (9, 12)).save(tmp_path / "a.png")

    def stop():
        raise xai.Cancelled("stop")

    found = folder(tmp_path)
    with pytest.raises(xai.Cancelled):
        found.digests(stop)
    assert found.digests() == (found[0].sha256,)


def test_what_cannot_be_read_is_left_out_with_its_reason(tmp_path):
    for number, name in enumerate(("a.png", "c.png")):
        Image.new("RGB", (9, 12), (number, 0, 0)).save(tmp_path / name)
    (tmp_path / "b.png").write_bytes(b"no picture")
    found, errors = folder(tmp_path).readable()
    assert [image.name for image in found] == ["a.png", "c.png"]
    assert found.digests() == (found[0].sha256, found[1].sha256)
    assert len(errors) == 1
    assert errors[0].startswith("b.png is not a picture")


def test_a_part_of_a_set_is_a_set(tmp_path):
    for name in ("a.png", "b.png", "c.png"):
        Image.new("RGB", (9, 12)).save(tmp_path / name)
    part = folder(tmp_path)[1:]
    assert [image.name for image in part] == ["b.png", "c.png"]
    assert part.name == tmp_path.name


def test_photographs_are_as_many_as_pictures():
    with pytest.raises(xai.InputError, match="photographs has 1 names; the set has 2 pictures"):
        ProbingSet("two", [lambda: None] * 2, ["a"])
