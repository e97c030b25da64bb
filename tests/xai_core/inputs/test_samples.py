"""The sample gallery: every file is the pinned one, mosaics have the boxes they claim, absence is
explained.
"""

import hashlib
import json

import numpy as np
import pytest

import xai_core as xai
from tests.conftest import ROOT
from xai_core.inputs.samples import MANIFEST, MOSAIC_SIDE, sample_path, square

ROWS = json.loads((ROOT / "xai_core" / "data" / "samples.json").read_text())
PACKAGED = [row["key"] for row in ROWS if row["package"]]
FETCHED = [row["key"] for row in ROWS if not row["package"]]


@pytest.fixture
def nothing_cached(tmp_path, monkeypatch):
    """A home without any cache."""
    for name in ("XDG_CACHE_HOME", "HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    monkeypatch.delenv("XAI_SAMPLES_DIR", raising=False)
    # no test may depend on a network, so the one address that answers is this machine's closed port
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_the_manifest_is_the_gallery():
    assert MANIFEST == ROOT / "xai_core" / "data" / "samples.json"
    assert list(xai.samples()) == [row["key"] for row in ROWS]
    assert len(xai.samples()) == len(ROWS), "two samples share a key"
    assert len(FETCHED) == 10
    assert list(xai.samples()) == PACKAGED + FETCHED, "those shipped with packages come first"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["key"])
def test_a_sample_says_where_it_comes_from(row):
    assert row["label"]
    assert row["licence"]
    assert row["source"]
    assert len(row["sha256"]) == 64
    assert bool(row["package"]) != bool(row["url"])
    assert all(0 <= index < 1000 for index in row["classes"])


@pytest.mark.parametrize("key", PACKAGED)
def test_packaged_samples_are_the_pinned_files(key):
    sample = xai.samples()[key]
    data = sample_path(key).read_bytes()
    assert hashlib.sha256(data).hexdigest() == sample.sha256
    image = xai.load_sample(key)
    assert image.name == sample.label
    assert image.fit == "crop"
    assert min(image.pixels.shape[:2]) >= 224
    assert image == xai.load_image(data)


@pytest.mark.parametrize("key", FETCHED)
def test_imagenet_photographs_are_the_pinned_files(key, shared_data, monkeypatch):
    folder = shared_data / "images" / "assignment4"
    monkeypatch.setenv("XAI_SAMPLES_DIR", str(folder))
    path = sample_path(key, fetch=False)
    assert path.parent == folder
    assert hashlib.sha256(path.read_bytes()).hexdigest() == xai.samples()[key].sha256
    assert xai.load_sample(key, "pad").fit == "pad"
    assert xai.samples()[key].url.endswith("/" + path.name)


def test_a_photograph_is_taken_from_the_cache_if_it_is_the_pinned_one(shared_data, nothing_cached):
    import pooch

    sample = xai.samples()["imagenet_orange"]
    cache = nothing_cached / "home" / "saliency-lab" / "samples"
    assert cache.is_relative_to(pooch.os_cache("saliency-lab"))
    cache.mkdir(parents=True)
    data = (shared_data / "images" / "assignment4" / sample.file).read_bytes()
    (cache / sample.file).write_bytes(data)
    assert sample_path("imagenet_orange", fetch=False) == cache / sample.file
    (cache / sample.file).write_bytes(data[:-1])
    assert sample_path("imagenet_orange", fetch=False) is None


def test_without_network_and_cache_a_photograph_is_explained(nothing_cached, monkeypatch):
    assert sample_path("imagenet_kite", fetch=False) is None
    with pytest.raises(xai.InputError) as caught:
        xai.load_sample("imagenet_kite")
    message = str(caught.value)
    assert message.startswith("The photograph 'Kite' is not on this machine and could not be fetched")
    assert "n01608432_kite.JPEG" in message
    assert str(nothing_cached / "home") in message
    assert message.count(". ") == 0
    monkeypatch.setenv("XAI_SAMPLES_DIR", str(nothing_cached / "mine"))
    with pytest.raises(xai.InputError, match=str(nothing_cached / "mine")):
        xai.load_sample("imagenet_kite")


def test_an_unknown_sample_names_the_samples():
    with pytest.raises(
        xai.InputError, match=r"^There is no sample 'chelsa'; the samples are chelsea, coffee, "
    ):
        xai.load_sample("chelsa")


def test_mosaic_of_two_stands_side_by_side():
    image = xai.mosaic(["chelsea", "coffee"])
    half = MOSAIC_SIDE // 2
    assert image.pixels.shape == (MOSAIC_SIDE, MOSAIC_SIDE, 3)
    assert image.boxes == (
        xai.Box("Chelsea the cat", 0, 0, half, MOSAIC_SIDE),
        xai.Box("Coffee", half, 0, MOSAIC_SIDE, MOSAIC_SIDE),
    )
    assert image.name == "Mosaic of chelsea the cat, coffee"


def test_mosaic_of_four_stands_in_a_square_with_each_picture_in_its_box():
    keys = ["chelsea", "coffee", "rocket", "camera"]
    image = xai.mosaic(keys, "squash")
    half = MOSAIC_SIDE // 2
    corners = [(0, 0), (half, 0), (0, half), (half, half)]
    assert image.fit == "squash"
    assert image.boxes == tuple(
        xai.Box(xai.samples()[key].label, x, y, x + half, y + half)
        for key, (x, y) in zip(keys, corners, strict=True)
    )
    for key, (x, y) in zip(keys, corners, strict=True):
        tile = image.pixels[y : y + half, x : x + half]
        np.testing.assert_array_equal(tile, square(xai.load_sample(key).pixels, half))


@pytest.mark.parametrize("shape", [(60, 100), (100, 60)])
def test_square_takes_the_centre(shape):
    pixels = np.zeros((*shape, 3), np.uint8)
    rows, columns = shape
    centre = pixels[(rows - 60) // 2 : (rows + 60) // 2, (columns - 60) // 2 : (columns + 60) // 2]
    centre[:] = np.random.default_rng(0).integers(0, 256, (60, 60, 3))
    np.testing.assert_array_equal(square(pixels, 60), centre)


def test_the_same_mosaic_has_the_same_sha256_and_order_counts():
    assert xai.mosaic(["chelsea", "coffee"]) == xai.mosaic(("chelsea", "coffee"))
    assert xai.mosaic(["chelsea", "coffee"]) != xai.mosaic(["coffee", "chelsea"])


@pytest.mark.parametrize("keys", [[], ["chelsea"], ["chelsea"] * 3, ["chelsea"] * 5])
def test_a_mosaic_has_two_or_four_pictures(keys):
    expected = rf"^A mosaic has {len(keys)} pictures; 2 or 4 are accepted\.$"
    with pytest.raises(xai.InputError, match=expected):
        xai.mosaic(keys)


def test_a_mosaic_of_an_unknown_sample():
    with pytest.raises(xai.InputError, match="no sample 'nobody'"):
        xai.mosaic(["chelsea", "nobody"])
