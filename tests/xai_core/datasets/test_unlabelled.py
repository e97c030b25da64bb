"""Pictures without labels."""

import pytest
from PIL import Image

import xai_core as xai
from xai_core.datasets.unlabelled import unlabelled


def test_a_folder_with_its_subfolders(tmp_path):
    (tmp_path / "more").mkdir()
    for place in ("b.png", "a.png", "more/a.png"):
        Image.new("RGB", (20, 20)).save(tmp_path / place)
    (tmp_path / "notes.txt").write_text("no picture")
    found = unlabelled(tmp_path)
    assert [e.name for e in found.examples] == ["a.png", "b.png", "more/a.png"]
    assert all(e.targets == () for e in found.examples)
    assert found.examples[2].image().pixels.shape == (20, 20, 3)


def test_the_samples_that_are_here():
    found = unlabelled("samples").examples
    assert len(found) >= 10
    assert found[0].photographs == ("chelsea",)


def test_what_is_no_folder(tmp_path):
    with pytest.raises(xai.InputError, match="There is no folder"):
        unlabelled(tmp_path / "nowhere")
    with pytest.raises(xai.InputError, match="holds no picture"):
        unlabelled(tmp_path)
