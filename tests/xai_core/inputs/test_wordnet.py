"""WordNet ids to ImageNet's classes."""

import pytest

import xai_core as xai
from xai_core.inputs.wordnet import class_of, name_of


@pytest.mark.parametrize(
    ("name", "index"),
    [
        ("n01440764_tench.jpg", 0),
        ("n07742313_Granny_Smith.jpg", 948),
        ("n15075141.JPEG", 999),
        ("n02123045_281.png", 281),
        ("chelsea.png", None),
        ("n0144076_tench.jpg", None),
        ("n99999999_nothing.jpg", None),
        ("n014407641.jpg", None),
    ],
)
def test_class_of_a_file(name, index):
    assert class_of(name) == index


def test_the_network_agrees_with_the_names(lite0, shared_data):
    """lite0 names 88 % of these photographs right; a shifted list would name none."""
    files = sorted((shared_data / "images" / "imagenet_sample").iterdir())[::40]
    right = [class_of(f.name) == xai.predict(lite0, xai.load_image(f), 1)[0].index for f in files]
    assert sum(right) >= 0.7 * len(right)


def test_names_of_classes_are_those_of_the_labels(lite0):
    assert [name_of(index) for index in range(1000)] == list(lite0.labels)
