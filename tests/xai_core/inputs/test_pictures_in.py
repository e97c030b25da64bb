"""The picture files of a folder."""

import pytest
from PIL import Image

import xai_core as xai
from xai_core.inputs.images import pictures_in


def test_pictures_are_found_by_name_and_in_folders_only_when_asked(tmp_path):
    (tmp_path / "a").mkdir()
    for name in ("c.PNG", "b.jpg", "a/d.webp"):
        Image.new("RGB", (9, 9)).save(tmp_path / name)
    (tmp_path / "notes.txt").write_text("no picture")
    assert [p.name for p in pictures_in(tmp_path)] == ["b.jpg", "c.PNG"]
    assert [p.name for p in pictures_in(tmp_path, nested=True)] == ["d.webp", "b.jpg", "c.PNG"]


def test_a_folder_without_pictures_and_no_folder_are_refused(tmp_path):
    with pytest.raises(xai.InputError, match="holds no picture"):
        pictures_in(tmp_path)
    with pytest.raises(xai.InputError, match="There is no folder"):
        pictures_in(tmp_path / "none")
