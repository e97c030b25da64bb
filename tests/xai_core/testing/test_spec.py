"""Specifications: what is read, and one sentence for what is not accepted."""

import pytest

import xai_core as xai
from xai_core.testing import check_of, read_spec

GOOD = """
model = "tiny_cnn_shapes"
data = "shapes"
method = "layer_cam"
limit = 20

[[check]]
kind = "looks_at"
share = 0.5

[[check]]
kind = "ignores"
name = "no watermark"
region = [0.7, 0.7, 1, 1]
method = "occlusion"
params = { window = 16 }
"""


def written(tmp_path, text):
    file = tmp_path / "spec.toml"
    file.write_text(text)
    return file


def test_a_field_of_a_check_counts_before_one_that_stands_above(tmp_path):
    spec = read_spec(written(tmp_path, GOOD))
    first, second = spec.checks
    assert (spec.model, spec.data, spec.class_map) == ("tiny_cnn_shapes", "shapes", None)
    assert (first.name, first.method, first.limit, first.settings["share"]) == (
        "looks_at",
        "layer_cam",
        20,
        0.5,
    )
    assert (second.name, second.method, second.region) == ("no watermark", "occlusion", "0.7 0.7 1 1")
    assert second.params["window"] == 16
    assert (first.explain, second.explain) == ("true", "predicted")


def test_folders_count_from_the_files_own(tmp_path):
    (tmp_path / "photos").mkdir()
    spec = read_spec(written(tmp_path, GOOD.replace('"shapes"', '"photos"')))
    assert spec.data == str(tmp_path / "photos")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("share = 0.5", "share = 1.5"), "share of looks_at is 1.5; accepted is a number from 0.01 to 0.99"),
        (("share = 0.5", "shape = 0.5"), "The check looks_at has no 'shape'"),
        (('"looks_at"', '"looks"'), "There is no check 'looks'; the checks are looks_at"),
        (("limit = 20", "limit = 0"), "limit is 0; a whole number"),
        (("limit = 20", "confidence = 1.0"), "confidence is 1.0"),
        (("limit = 20", 'about = "all"'), "about is 'all'; accepted are like and these"),
        (("limit = 20", "limits = 20"), "has 'limits'; accepted are model"),
        (("region = [0.7, 0.7, 1, 1]", ""), "has no region"),
        (("region = [0.7, 0.7, 1, 1]", 'region = "middle"'), "accepted are top_left"),
        (("window = 16", "windows = 16"), "windows"),
        (('"layer_cam"', '"layercam"'), "There is no method 'layercam'"),
        (('name = "no watermark"', 'name = "../x"'), "named '../x'"),
        (('name = "no watermark"', 'name = "looks_at"'), "two checks named 'looks_at'"),
        (('model = "tiny_cnn_shapes"', ""), "model = None"),
        (("share = 0.5", "region = 'border'"), "has no 'region'"),
        (("limit = 20", "limit = "), "cannot be read as TOML"),
        (('name = "no watermark"', 'stamp = "none.png"'), "where there is no file"),
    ],
)
def test_what_is_not_accepted_is_one_sentence(tmp_path, change, words):
    with pytest.raises(xai.InputError, match=words) as error:
        read_spec(written(tmp_path, GOOD.replace(*change)))
    assert "\n" not in str(error.value).strip()


def test_a_file_without_a_check_is_refused(tmp_path):
    with pytest.raises(xai.InputError, match="has no"):
        read_spec(written(tmp_path, 'model = "a"\ndata = "b"\n'))


def test_every_check_can_be_made_of_its_plain_values():
    check = check_of({"kind": "robust", "radius": 2})
    assert check.settings["radius"] == 2.0
    assert check.plain()["settings"] == {"alike": 0.8, "radius": 2.0}
