"""Which pictures are looked at: in an order of their own, each photograph once where others are meant."""

import dataclasses

import pytest
from PIL import Image

import xai_core as xai
from xai_core.datasets import Dataset, Example, mosaics
from xai_core.testing.units import open_pictures, units_of
from xai_core.types import Box

from .conftest import a_check


def test_the_order_of_the_data_changes_nothing(drawn):
    backwards = Dataset(drawn.name, drawn.examples[::-1])
    check = a_check()
    assert units_of(drawn, check).examples == units_of(backwards, check).examples
    assert units_of(drawn, check).examples != units_of(drawn, a_check(seed=1)).examples


def test_no_photograph_speaks_twice_where_the_verdict_is_about_others():
    data = mosaics()
    alike, these = units_of(data, a_check()), units_of(data, a_check(about="these"))
    seen = [photograph for example in alike.examples for photograph in example.photographs]
    assert len(seen) == len(set(seen))
    assert alike.shared == len(data.examples) - len(alike.examples)
    assert alike.total is None
    assert (these.shared, these.total, len(these.examples)) == (0, 20, 20)


def test_a_limit_takes_the_first_and_is_all_that_the_verdict_is_about(drawn):
    limited = units_of(drawn, a_check(about="these", limit=7))
    assert limited.examples == units_of(drawn, a_check()).examples[:7]
    assert limited.total == 7


def test_pictures_without_a_box_are_counted_and_boxes_can_be_given(drawn):
    bare = [dataclasses.replace(example, boxes=()) for example in drawn.examples[:4]]
    data = Dataset("mixed", (*bare, *drawn.examples[4:10]))
    assert units_of(data, a_check()).unboxed == 4
    with pytest.raises(xai.InputError, match="has no picture with a box"):
        units_of(Dataset("bare", tuple(bare)), a_check())
    named = {bare[0].name: (Box("", 0, 0, 5, 5),)}
    (only,) = units_of(Dataset("bare", tuple(bare)), a_check(boxes=named)).examples
    assert (only.name, only.boxes) == (bare[0].name, named[bare[0].name])


def test_without_classes_any_folder_and_the_samples_will_do(tmp_path):
    (tmp_path / "deep").mkdir()
    for name in ("b.png", "deep/a.png"):
        Image.new("RGB", (20, 30)).save(tmp_path / name)
    check = a_check("robust")
    found = open_pictures(tmp_path, ("x",), None, [check])
    assert [example.name for example in found.examples] == ["b.png", "deep/a.png"]
    assert len(open_pictures("samples", ("x",), None, [check]).examples) == 10
    with pytest.raises(xai.InputError, match="no class of the model"):
        open_pictures(tmp_path, ("x",), None, [check, a_check()])
    with pytest.raises(xai.InputError, match="There is no folder"):
        open_pictures(tmp_path / "none", ("x",), None, [check])


def test_an_example_is_told_apart_by_its_name():
    one = Example("a", "chelsea", "cat", (281,))
    assert units_of(Dataset("one", (one,)), a_check("robust")).examples == (one,)
