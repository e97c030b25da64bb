"""CIFAR-10's binary version, from small files of the same form."""

import io
import pickle
import tarfile

import numpy as np
import pytest

import xai_core as xai
from xai_core.datasets import cifar10, open_dataset
from xai_core.models.cifar import LABELS

COUNT = 6
TARGETS = [3, 5, 0, 9, 3, 1]


@pytest.fixture
def folder(tmp_path):
    """Six pictures, (N, 32, 32, 3), each a byte for its class and then its red, green and blue."""
    pixels = np.random.default_rng(0).integers(0, 256, (COUNT, 32, 32, 3), dtype=np.uint8)
    inside = tmp_path / "data" / cifar10.FOLDER
    inside.mkdir(parents=True)
    records = [
        bytes([target]) + b"".join(picture[..., channel].tobytes() for channel in range(3))
        for target, picture in zip(TARGETS, pixels, strict=True)
    ]
    (inside / "test_batch.bin").write_bytes(b"".join(records))
    (inside / "batches.meta.txt").write_text("\n".join(LABELS) + "\n\n")
    cifar10.test_batch.cache_clear()
    return tmp_path / "data", pixels


def test_the_test_batch(folder):
    path, pixels = folder
    for place in (path, path / cifar10.FOLDER):
        found = open_dataset(place, LABELS)
        assert [e.target for e in found.examples] == TARGETS
        assert found.examples[1].name == "00001 dog"
        assert found.examples[1].source.endswith("cifar-10-batches-bin/test_batch.bin#1")
        for example, expected in zip(found.examples, pixels, strict=True):
            np.testing.assert_array_equal(example.image().pixels, expected)
    cats = open_dataset(path, ("tabby", *LABELS), "cat=0")
    assert [e.target for e in cats.examples] == [0, 6, 1, 10, 0, 2]
    with pytest.raises(xai.InputError, match="'airplane' is no class of the model"):
        open_dataset(path, ("tabby",))


def test_the_archive_is_read_where_it_lies(folder, tmp_path):
    path, pixels = folder
    other = tmp_path / "other"
    other.mkdir()
    with tarfile.open(other / cifar10.ARCHIVE, "w:gz") as tar:
        tar.add(path / cifar10.FOLDER, cifar10.FOLDER)
    np.testing.assert_array_equal(open_dataset(other, LABELS).examples[2].image().pixels, pixels[2])
    assert [file.name for file in other.iterdir()] == [cifar10.ARCHIVE]


@pytest.mark.parametrize("damage", [b"", b"x" * 3073, bytes(3072), bytes(10_001 * 3073)])
def test_damaged_files_are_refused(folder, damage):
    path, _ = folder
    (path / cifar10.FOLDER / cifar10.BATCH).write_bytes(damage)
    with pytest.raises(xai.InputError, match="does not hold CIFAR-10 as published"):
        open_dataset(path, LABELS)


def test_an_archive_of_another_kind_is_refused(tmp_path):
    cifar10.test_batch.cache_clear()
    (tmp_path / cifar10.ARCHIVE).write_bytes(b"no archive")
    with pytest.raises(xai.InputError, match=r"cifar-10-binary\.tar\.gz, is missing or damaged"):
        open_dataset(tmp_path, LABELS)


@pytest.mark.parametrize("packed", [False, True])
def test_the_python_version_is_not_opened(tmp_path, packed):
    class Evil:
        def __reduce__(self):
            return exec, ("raise SystemExit('a pickle was opened')",)

    cifar10.test_batch.cache_clear()
    data = pickle.dumps(Evil())
    if packed:
        with tarfile.open(tmp_path / "cifar-10-python.tar.gz", "w:gz") as tar:
            member = tarfile.TarInfo("cifar-10-batches-py/test_batch")
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    else:
        (tmp_path / "cifar-10-batches-py").mkdir()
        (tmp_path / "cifar-10-batches-py" / "test_batch").write_bytes(data)
    with pytest.raises(xai.InputError, match=r"a pickle, which is not opened.*put cifar-10-binary\.tar\.gz"):
        open_dataset(tmp_path, LABELS)


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
    for part in ("cifar-10-binary.tar.gz", "170 MB", cifar10.URL, str(tmp_path)):
        assert part in str(caught.value)
