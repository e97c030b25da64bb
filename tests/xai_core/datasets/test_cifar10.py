"""CIFAR-10 as torchvision keeps it, from small files of the same form."""

import hashlib
import pickle
import tarfile

import numpy as np
import pytest
from torchvision.datasets import CIFAR10

import xai_core as xai
from xai_core.datasets import cifar10, open_dataset
from xai_core.models.cifar import LABELS

COUNT = 6


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Six pictures, with torchvision's own digests put in place of the published ones."""
    pixels = np.random.default_rng(0).integers(0, 256, (COUNT, 3 * 32 * 32), dtype=np.uint8)
    inside = tmp_path / "data" / cifar10.FOLDER
    inside.mkdir(parents=True)
    held = {
        "test_batch": {"data": pixels, "labels": [3, 5, 0, 9, 3, 1]},
        "batches.meta": {"label_names": list(LABELS)},
    }
    digests = {}
    for name, content in held.items():
        (inside / name).write_bytes(pickle.dumps(content))
        digests[name] = hashlib.md5((inside / name).read_bytes()).hexdigest()
    monkeypatch.setattr(CIFAR10, "test_list", [["test_batch", digests["test_batch"]]])
    monkeypatch.setattr(CIFAR10, "meta", {**CIFAR10.meta, "md5": digests["batches.meta"]})
    return tmp_path / "data", pixels.reshape(COUNT, 3, 32, 32).transpose(0, 2, 3, 1)


def test_the_test_batch(folder):
    path, pixels = folder
    for place in (path, path / cifar10.FOLDER):
        found = open_dataset(place, LABELS)
        assert [e.target for e in found.examples] == [3, 5, 0, 9, 3, 1]
        assert found.examples[1].name == "00001 dog"
        assert found.examples[1].source.endswith("cifar-10-batches-py/test_batch#1")
        for example, expected in zip(found.examples, pixels, strict=True):
            np.testing.assert_array_equal(example.image().pixels, expected)
    cats = open_dataset(path, ("tabby", *LABELS), "cat=0")
    assert [e.target for e in cats.examples] == [0, 6, 1, 10, 0, 2]
    with pytest.raises(xai.InputError, match="'airplane' is no class of the model"):
        open_dataset(path, ("tabby",))


def test_the_archive_is_unpacked_once(folder, tmp_path, monkeypatch):
    path, pixels = folder
    other = tmp_path / "other"
    other.mkdir()
    with tarfile.open(other / cifar10.ARCHIVE, "w:gz") as tar:
        tar.add(path / cifar10.FOLDER, cifar10.FOLDER)
    with pytest.raises(xai.InputError, match=r"cifar-10-python\.tar\.gz, is missing or damaged"):
        open_dataset(other, LABELS)
    assert not (other / cifar10.FOLDER).exists()
    digest = hashlib.md5((other / cifar10.ARCHIVE).read_bytes()).hexdigest()
    monkeypatch.setattr(CIFAR10, "tgz_md5", digest)
    np.testing.assert_array_equal(open_dataset(other, LABELS).examples[2].image().pixels, pixels[2])


def test_a_file_that_was_changed_is_not_unpickled(folder):
    path, _ = folder
    (path / cifar10.FOLDER / "test_batch").write_bytes(b"cos\nsystem\n(S'false'\ntR.")
    with pytest.raises(xai.InputError, match="does not hold CIFAR-10 as published"):
        open_dataset(path, LABELS)


def test_by_name_it_is_where_the_data_folder_is(folder, monkeypatch):
    monkeypatch.setenv("XAI_DATA_DIR", str(folder[0]))
    assert len(open_dataset("cifar10", LABELS).examples) == COUNT


def test_without_a_network_one_sentence_says_what_to_put_where(tmp_path, monkeypatch):
    def refused(*args, **kwargs):
        raise ConnectionError("no network")

    monkeypatch.setenv("XAI_DATA_DIR", str(tmp_path))
    monkeypatch.setattr("pooch.retrieve", refused)
    with pytest.raises(xai.InputError) as caught:
        open_dataset("cifar10", LABELS)
    for part in ("cifar-10-python.tar.gz", "170 MB", CIFAR10.url, str(tmp_path)):
        assert part in str(caught.value)
