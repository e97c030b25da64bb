"""Arrays on disk: whole or not there."""

import numpy as np
import pytest

from xai_core.concepts import store


def test_what_is_written_is_read(own_cache):
    arrays = {"blocks.6": np.arange(6, dtype=np.float32).reshape(2, 3), "output": np.zeros((2, 0))}
    store.write("units", "a", arrays)
    found = store.read("units", "a")
    assert set(found) == set(arrays)
    for key, values in arrays.items():
        np.testing.assert_array_equal(found[key], values)
        assert found[key].dtype == values.dtype
    assert store.read("units", "b") is None
    assert [file.name for file in (own_cache / "units").iterdir()] == ["a.npz"]


def test_a_write_that_breaks_off_leaves_what_was_there(own_cache, monkeypatch):
    store.write("units", "a", {"x": np.ones(3)})

    def full(file, **arrays):
        file.write(b"half")
        raise OSError("no space left on device")

    monkeypatch.setattr(store.np, "savez", full)
    store.write("units", "a", {"x": np.zeros(3)})
    np.testing.assert_array_equal(store.read("units", "a")["x"], np.ones(3))
    assert len(list((own_cache / "units").iterdir())) == 1


def test_names_depend_on_every_part():
    names = {store.digest("a", 1), store.digest("a", 2), store.digest("b", 1), store.digest(["a", 1])}
    assert len(names) == 4
    assert store.digest("a", 1) == store.digest("a", 1)


def test_the_folder_is_the_users_unless_named(monkeypatch, tmp_path):
    monkeypatch.setenv("XAI_CACHE_DIR", str(tmp_path))
    assert store.folder() == tmp_path
    monkeypatch.delenv("XAI_CACHE_DIR")
    assert store.folder().name == "saliency-lab"


def test_pickled_objects_are_not_read(own_cache):
    home = own_cache / "units"
    home.mkdir(parents=True)
    np.savez(home / "a.npz", x=np.array([{"a": 1}], dtype=object))
    assert store.read("units", "a") is None
    with pytest.raises(ValueError):
        np.load(home / "a.npz")["x"]
