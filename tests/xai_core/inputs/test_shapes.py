"""Drawn pictures: the same for the same number, their masks true at every resolution, and nothing outside the
filled shape that tells its class."""

import numpy as np
import pytest

import xai_core as xai
from xai_core.inputs import shapes
from xai_core.inputs.samples import load_sample


def test_a_number_gives_one_picture():
    first, again, other = shapes.draw(17), shapes.draw(17), shapes.draw(18)
    assert np.array_equal(first.pixels, again.pixels)
    assert first.labels == again.labels
    assert not np.array_equal(first.pixels, other.pixels)


@pytest.mark.parametrize("objects", [1, 2])
def test_filled_shapes_lie_apart_in_the_picture_with_tight_boxes(objects):
    for number in range(12):
        drawn = shapes.draw(number, objects)
        assert len(set(drawn.labels)) == len(drawn.masks) == objects
        assert np.sum(drawn.masks, axis=0).max() == 1, "they overlap"
        for label, mask, box in zip(drawn.labels, drawn.masks, drawn.boxes, strict=True):
            rows, columns = np.nonzero(mask)
            assert box == xai.Box(label, columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
            assert not mask[[0, -1]].any()
            assert not mask[:, [0, -1]].any(), "it is cut off by the edge"


def test_the_mask_is_where_the_colour_of_the_shape_is():
    """Read from the pixels alone: inside its mask the picture has one colour, around it that colour is
    absent."""
    for number in range(8):
        drawn = shapes.draw(number)
        inside = drawn.masks[0].copy()
        for _ in range(2):  # without the two pixels of the edge
            inside[1:-1, 1:-1] &= inside[2:, 1:-1] & inside[:-2, 1:-1] & inside[1:-1, 2:] & inside[1:-1, :-2]
        colour = drawn.pixels[inside]
        assert (colour == colour[0]).all()
        same = (drawn.pixels == colour[0]).all(2)
        assert (same & ~drawn.masks[0]).sum() <= 0.02 * same.sum()


def test_the_side_changes_the_resolution_alone():
    for number in range(4):
        large, small = shapes.draw(number, 2), shapes.draw(number, 2, side=64)
        assert large.labels == small.labels
        for fine, coarse in zip(large.masks, small.masks, strict=True):
            share = fine.reshape(64, 4, 64, 4).mean((1, 3))
            assert (coarse[share == 1]).all()
            assert not coarse[share == 0].any()


def test_the_disc_and_the_square_have_the_areas_of_geometry():
    place = (np.arange(400) + 0.5) / 200 - 1
    area = {name: (form(place[None], place[:, None]) >= 0).mean() * 4 for name, form in shapes.FORMS.items()}
    assert area["disc"] == pytest.approx(np.pi * 0.85**2, rel=0.01)
    assert area["square"] == pytest.approx(1.4**2, rel=0.01)
    assert area["triangle"] == pytest.approx(3 * 3**0.5 * 0.45**2, rel=0.01)
    assert area["star"] == pytest.approx(5 * 0.42 * np.sin(np.pi / 5), rel=0.01)


def test_the_outlines_tell_nothing_about_the_class():
    """The form of an outline is that of the filled shape in one picture of eight, as chance has it."""
    same, count = 0, 0
    for number in range(1500):
        found = shapes._scene(number, 1).shapes
        same += sum(shape.form == found[0].form for shape in found[1:])
        count += len(found) - 1
    assert abs(same / count - 1 / 8) < 4 * (1 / 8 * 7 / 8 / count) ** 0.5
    classes = [shapes._scene(number, 1).shapes[0].form for number in range(1500)]
    shares = np.array([classes.count(name) for name in shapes.LABELS]) / 1500
    assert np.abs(shares - 1 / 8).max() < 4 * (1 / 8 * 7 / 8 / 1500) ** 0.5


def test_a_key_is_a_sample_with_boxes():
    image = load_sample("shapes-2-6", "pad")
    drawn = shapes.draw(6, 2)
    assert np.array_equal(image.pixels, drawn.pixels)
    assert image.fit == "pad"
    assert image.boxes == drawn.boxes == shapes.boxes_in("shapes-2-6")
    assert image.name == f"Shapes 6: {drawn.labels[0]} and {drawn.labels[1]}"
    assert shapes.next_key("shapes-2-6") == "shapes-2-7"
    assert shapes.next_key("shapes-1-999999") == "shapes-1-0"


@pytest.mark.parametrize("key", ["shapes-3-1", "shapes-1-", "shapes-1-1000000", "shapes-1-x", "shapes"])
def test_another_key_is_refused(key):
    assert not shapes.is_key(key)
    with pytest.raises(
        xai.InputError, match=f"^There is no drawn picture '{key}'; accepted are keys such as"
    ):
        shapes.drawing(key)


def test_a_number_that_served_for_training_is_not_offered():
    with pytest.raises(xai.InputError, match="numbers from 0 to 999,999"):
        shapes.key_of(shapes.FRESH)
