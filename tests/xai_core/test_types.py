"""Requests and results: cache keys that tell things apart, arrays nobody can change, maps on the grid."""

import pickle

import numpy as np
import pytest
import torch
from torch.nn import functional as F

import xai_core as xai
from xai_core.arrays import bilinear
from xai_core.types import Params

RNG = np.random.default_rng(0)


def picture(height: int = 12, width: int = 20) -> np.ndarray:
    return RNG.integers(0, 256, (height, width, 3), dtype=np.uint8)


def explanation(heatmap: np.ndarray, **changes) -> xai.Explanation:
    fields = {"method": "grad_cam", "target": 3, "label": "x", "layer": "a", "params": Params()}
    fields |= {"signed": True, "logit": 1.0, "probability": 0.5, "forwards": 1, "seconds": 0.1}
    return xai.Explanation(heatmap=heatmap, **(fields | {"view_size": (33, 50)} | changes))


def test_params_do_not_depend_on_order():
    one, other = Params({"b": 2, "a": 1}), Params({"a": 1, "b": 2})
    assert one == other
    assert hash(one) == hash(other)
    assert list(one) == ["a", "b"]
    assert dict(one) == {"a": 1, "b": 2}
    assert len(one) == 2
    assert one["b"] == 2


def test_params_differ_by_name_and_value():
    assert len({Params({"a": 1}), Params({"a": 2}), Params({"b": 1}), Params()}) == 4


def test_params_of_an_unknown_name_raise_key_error():
    with pytest.raises(KeyError, match="gone"):
        Params({"a": 1})["gone"]


def test_params_cannot_be_changed():
    with pytest.raises(TypeError):
        Params({"a": 1})["a"] = 2


def test_params_and_request_survive_pickling():
    params = Params({"relu": False, "contrast": 7})
    request = xai.Request("grad_cam", 282, "blocks.6", params, 5)
    again = pickle.loads(pickle.dumps(request))
    assert again == request
    assert hash(again) == hash(request)
    assert pickle.loads(pickle.dumps(params)) == params


def test_request_takes_a_plain_dict_and_is_a_dictionary_key():
    one = xai.Request("cam", 1, "a", {"relu": True, "contrast": None})
    same = xai.Request("cam", 1, "a", {"contrast": None, "relu": True})
    assert one == same
    assert {one: "found"}[same] == "found"


@pytest.mark.parametrize(
    "changes",
    [
        {"method": "b"},
        {"target": 2},
        {"target": None},
        {"layer": "b"},
        {"params": {"relu": False}},
        {"seed": 1},
    ],
)
def test_every_field_of_a_request_counts(changes):
    request = xai.Request("a", 1, "a", {"relu": True})
    other = request.replace(**changes)
    assert other != request
    assert len({request, other}) == 2


@pytest.mark.parametrize("size", [(33, 50), (7, 9), (3, 90), (5, 8)])
def test_upsampled_is_torch_bilinear_with_half_pixel_centres(size):
    heatmap = RNG.normal(size=(5, 8)).astype(np.float32)
    expected = F.interpolate(
        torch.from_numpy(heatmap)[None, None], size=size, mode="bilinear", align_corners=False
    )
    found = explanation(heatmap, view_size=size).upsampled()
    assert found.shape == size
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected[0, 0].numpy(), atol=1e-6)


def test_upsampled_by_hand():
    # centres of 4 pixels lie at -0.25, 0.25, 0.75, 1.25 of the source; the outer two are clamped
    found = explanation(np.array([[0.0, 4.0]], np.float32), view_size=(2, 4)).upsampled()
    assert found.tolist() == [[0, 1, 3, 4], [0, 1, 3, 4]]


def test_upsampled_to_another_size_and_of_one_cell():
    assert explanation(np.full((1, 1), -2.5, np.float32)).upsampled((3, 4)).tolist() == [[-2.5] * 4] * 3


def test_bilinear_of_the_same_size_changes_nothing():
    heatmap = RNG.normal(size=(5, 8)).astype(np.float32)
    np.testing.assert_array_equal(bilinear(heatmap, (5, 8)), heatmap)


def test_rectified_is_the_positive_part_and_says_so():
    heatmap = np.array([[-1.0, 2.0], [0.0, -3.0], [4.0, 5.0]], np.float32)
    signed = explanation(heatmap, params=Params({"relu": False, "contrast": 3}), notes=("kept",))
    positive = signed.rectified()
    assert positive.heatmap.tolist() == [[0, 2], [0, 0], [4, 5]]
    assert positive.signed is False
    assert dict(positive.params) == {"relu": True, "contrast": 3}
    assert positive.notes == ("kept",)
    assert signed.heatmap[0, 0] == -1, "the original must stay as it was"


def test_rectified_leaves_alone_what_is_rectified_or_has_no_relu():
    for params in (Params({"relu": True}), Params()):
        e = explanation(np.ones((2, 3), np.float32), params=params)
        assert e.rectified() is e


@pytest.mark.parametrize(
    ("heatmap", "relu", "why"),
    [
        (np.zeros((1, 1)), True, "one cell"),
        (np.zeros((2, 3)), True, "all negative"),
        (np.zeros((2, 3)), False, "all zero"),
        (np.eye(3), True, None),
        (-np.eye(3), False, None),
    ],
)
def test_emptiness(heatmap, relu, why):
    assert explanation(heatmap.astype(np.float32), params=Params({"relu": relu})).emptiness == why


def test_sha256_covers_every_pixel_the_shape_and_the_fit():
    pixels = picture()
    base = xai.ImageInput(pixels)
    assert xai.ImageInput(pixels.copy()) == base
    changed = pixels.copy()
    changed[11, 19, 2] ^= 1
    others = [
        xai.ImageInput(changed),
        xai.ImageInput(pixels, "squash"),
        xai.ImageInput(pixels, "pad"),
        xai.ImageInput(pixels.reshape(20, 12, 3)),
    ]
    assert len({image.sha256 for image in [base, *others]}) == 5
    assert len({base, *others}) == 5
    assert all(image != base for image in others)


def test_sha256_of_a_big_picture_sees_one_pixel():
    pixels = np.zeros((1000, 1500, 3), np.uint8)
    changed = pixels.copy()
    changed[777, 1234, 1] = 1
    assert xai.ImageInput(pixels) != xai.ImageInput(changed)


def test_name_and_notes_do_not_change_what_the_network_sees():
    pixels = picture()
    assert xai.ImageInput(pixels, name="a", notes=("b",)) == xai.ImageInput(pixels)


def test_pixels_are_read_only_and_not_the_callers():
    pixels = picture()
    image = xai.ImageInput(pixels)
    before = image.pixels.copy()
    with pytest.raises(ValueError, match="read-only"):
        image.pixels[0, 0] = 0
    pixels[:] = 0
    np.testing.assert_array_equal(image.pixels, before)
    assert pixels.flags.writeable, "the caller's own array must stay writeable"


def test_pixels_of_a_view_are_not_the_callers():
    pixels = picture(20, 30)
    image = xai.ImageInput(pixels[::2, ::3])
    before = image.pixels.copy()
    pixels[:] = 0
    np.testing.assert_array_equal(image.pixels, before)


def test_image_survives_pickling():
    image = xai.ImageInput(picture(), "pad", "name", ("note",), (xai.Box("a", 0, 0, 3, 4),))
    again = pickle.loads(pickle.dumps(image))
    assert again == image
    assert (again.fit, again.name, again.notes, again.boxes) == (image.fit, "name", ("note",), image.boxes)


def test_an_unpickled_picture_is_read_only():
    image = pickle.loads(pickle.dumps(xai.ImageInput(picture())))
    assert not image.pixels.flags.writeable


def test_a_map_is_read_only_and_not_the_callers():
    heatmap = np.ones((2, 3), np.float32)
    e = explanation(heatmap)
    heatmap[:] = 0
    for values in (e.heatmap, pickle.loads(pickle.dumps(e)).heatmap):
        np.testing.assert_array_equal(values, np.ones((2, 3)))
        assert values.dtype == np.float32
        with pytest.raises(ValueError, match="read-only"):
            values[0, 0] = 0


def test_a_read_only_view_of_the_callers_array_is_copied():
    pixels = picture()
    view = pixels[:]
    view.flags.writeable = False
    image = xai.ImageInput(view)
    before = image.pixels.copy()
    pixels[:] = 0
    np.testing.assert_array_equal(image.pixels, before)


def test_with_fit():
    image = xai.ImageInput(picture(), boxes=(xai.Box("a", 0, 0, 3, 4),))
    assert image.with_fit("crop") is image
    padded = image.with_fit("pad")
    assert (padded.fit, padded.boxes) == ("pad", image.boxes)
    assert padded.sha256 == xai.ImageInput(image.pixels, "pad").sha256
    with pytest.raises(xai.InputError, match=r"^fit is 'stretch'; accepted are crop, squash, pad\.$"):
        image.with_fit("stretch")


def test_weights_missing_survives_pickling():
    error = xai.WeightsMissing("m", "f.pth", 44.7, "/folder", "https://host/f.pth", "no network")
    again = pickle.loads(pickle.dumps(error))
    assert str(again) == str(error)
    assert (again.model, again.filename, again.size_mb, again.folder) == ("m", "f.pth", 44.7, "/folder")
    assert isinstance(again, xai.InputError)
    assert isinstance(again, ValueError)
