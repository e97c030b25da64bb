"""A ZIP brought back, and ZIPs that are refused."""

import io
import json
import zipfile

import numpy as np
import pytest

import xai_core as xai
from xai_core.board import board_zip, load, load_zip

from .conftest import chart_pin


@pytest.fixture(scope="module")
def exported(map_pins):
    return board_zip([*map_pins, chart_pin("Bars", "a note")])


def changed(data, manifest=None, files=None):
    """The same ZIP with another manifest or with other files."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = (files or {}).get(name, old.read(name))
            if name == "manifest.json" and manifest is not None:
                told = json.loads(content)
                content = json.dumps(manifest(told) or told)
            if content is not None:
                new.writestr(name, content)
    return made.getvalue()


def test_everything_comes_back_under_new_keys(exported, map_pins, chelsea):
    pins = load_zip(exported)
    assert [pin.title for pin in pins] == [*(pin.title for pin in map_pins), "Bars"]
    assert pins[-1].note == "a note"
    for pin, given in zip(pins, map_pins, strict=False):
        assert np.array_equal(pin.map.e.heatmap, given.map.e.heatmap)
        assert pin.map.image() == chelsea
        assert pin.key != given.key


def break_image(told):
    told["pins"][0]["image_sha256"] = "0" * 64


def climb(told):
    told["pins"][0]["heatmap"] = "../../etc/passwd"


def absolute(told):
    told["pins"][0]["figure"] = "/etc/passwd"


def absent(told):
    told["pins"][0]["heatmap"] = "nowhere.npy"


def many(told):
    told["pins"] *= 30


@pytest.mark.parametrize(
    ("manifest", "said"),
    [
        (break_image, "is not the one that was pinned"),
        (climb, "'../../etc/passwd', which must be a plain name"),
        (absolute, "'/etc/passwd', which must be a plain name"),
        (absent, "lacks the file 'nowhere.npy'"),
        (many, "150 pins; 100 are accepted"),
        (lambda told: told | {"version": 2}, "version 1 is accepted"),
        (lambda told: {"pins": []}, "not that of a pinboard"),
        (lambda told: [told], "not that of a pinboard"),
        (lambda told: told | {"pins": ["x"]}, "A pin is a str"),
    ],
)
def test_manifests_that_are_wrong(exported, manifest, said):
    with pytest.raises(xai.InputError) as refused:
        load_zip(changed(exported, manifest))
    assert said in str(refused.value)


@pytest.mark.parametrize("data", [b"", b"no zip", b"PK\x03\x04" + bytes(100)])
def test_what_is_no_zip(data):
    with pytest.raises(xai.InputError, match="no ZIP of a pinboard"):
        load_zip(data)


def test_a_zip_cut_short_or_damaged(exported):
    with pytest.raises(xai.InputError, match="no ZIP"):
        load_zip(exported[: len(exported) // 2])
    with zipfile.ZipFile(io.BytesIO(exported)) as archive:
        start = archive.getinfo("05_Bars.plotly.json").header_offset
    broken = bytearray(exported)
    broken[start + 60 : start + 80] = bytes(20)
    with pytest.raises(xai.InputError, match="damaged"):
        load_zip(bytes(broken))


def test_a_bomb_is_not_unpacked(exported, monkeypatch):
    bomb = changed(exported, files={"01_grad_cam_of_a_cat.npy": bytes(3_000_000)})
    assert len(bomb) < len(exported) + 10_000
    monkeypatch.setattr(load, "MAX_MB", 2)
    with pytest.raises(xai.InputError, match="more than 2 MB"):
        load_zip(bomb)


def test_a_zip_without_manifest():
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("a.txt", "x")
    with pytest.raises(xai.InputError, match=r"lacks the file 'manifest.json'"):
        load_zip(made.getvalue())
