"""The ZIP's own script, run as a person runs it."""

import copy
import io
import json
import os
import subprocess
import sys
import zipfile

import numpy as np
import pytest
import torch

import xai_core as xai
from tests.conftest import ROOT
from xai_core.board import board_zip
from xai_core.board.reproduce import call, compare, main

from .conftest import chart_pin


@pytest.fixture(scope="module")
def unpacked(map_pins, tmp_path_factory):
    folder = tmp_path_factory.mktemp("exported")
    with zipfile.ZipFile(io.BytesIO(board_zip([*map_pins, chart_pin()]))) as archive:
        archive.extractall(folder)
    return folder


def run(folder):
    own = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, folder / "reproduce.py"],
        capture_output=True,
        text=True,
        env=own,
        cwd=folder,
        timeout=300,
    )


@pytest.mark.peers
def test_every_map_comes_out_again(unpacked):
    done = run(unpacked)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "4 of 4 maps reproduced to 1e-05" in done.stdout


def test_an_altered_map_does_not(unpacked, capsys):
    name = json.loads((unpacked / "manifest.json").read_text())["pins"][1]["heatmap"]
    values = np.load(unpacked / name)
    most = np.abs(values).max()
    np.save(unpacked / name, values + 2e-5 * most)
    status = main(unpacked)
    np.save(unpacked / name, values)
    assert status == 1
    said = capsys.readouterr().out
    assert "3 of 4 maps" in said
    (line,) = [line for line in said.splitlines() if "DIFFERS" in line]
    assert line.startswith(name)


def test_differences_are_absolute_and_a_share(unpacked, lite0):
    for pin in json.loads((unpacked / "manifest.json").read_text())["pins"][:4]:
        difference, share = compare(unpacked, pin, lite0)
        assert difference <= 1e-5
        assert share <= 1e-5


def test_a_map_from_before_pairs_is_drawn_as_it_was(unpacked, lite0, chelsea):
    """An export of an earlier version names no `draw`: its masks were independent."""
    (pin,) = [
        one
        for one in json.loads((unpacked / "manifest.json").read_text())["pins"]
        if one.get("method") == "lime"
    ]
    given = np.load(unpacked / pin["heatmap"])
    earlier = xai.explain(
        lite0, chelsea, "lime", pin["target"], seed=pin["seed"], **pin["params"] | {"draw": "independent"}
    )
    assert not np.array_equal(earlier.heatmap, given)
    np.save(unpacked / pin["heatmap"], earlier.heatmap)
    del pin["params"]["draw"]
    difference, _ = compare(unpacked, pin, lite0)
    np.save(unpacked / pin["heatmap"], given)
    assert difference <= 1e-5


def test_other_weights_are_named(unpacked, lite0):
    pin = json.loads((unpacked / "manifest.json").read_text())["pins"][0]
    with pytest.raises(ValueError, match="weights of efficientnet_lite0 here are not"):
        compare(unpacked, pin | {"weights_sha256": "0" * 64}, lite0)
    with lite0.session() as net:
        other = lite0.like(copy.deepcopy(net), lite0.device)
    other.autocast = torch.bfloat16  # of no effect on this pin's method
    with pytest.raises(ValueError, match="has the weights of the export here, but another input grid, prec"):
        compare(unpacked, pin, other)
    del pin["identity"]  # as in exports of earlier versions
    assert compare(unpacked, pin, other)[1] <= 1e-5
    with pytest.raises(ValueError, match="not the picture"):
        compare(unpacked, pin | {"image_sha256": "0" * 64}, lite0)


def test_without_the_package_it_says_how_to_call_it(unpacked):
    done = subprocess.run(
        [sys.executable, "-S", "-E", unpacked / "reproduce.py"],  # without installed packages
        capture_output=True,
        text=True,
        cwd=unpacked,
        timeout=60,
    )
    assert done.returncode == 2
    assert "cannot be imported by" in done.stderr
    assert "PYTHONPATH=" in done.stderr
    assert "Traceback" not in done.stderr


def test_usage_and_a_folder_that_is_no_export(tmp_path, capsys):
    assert call(["--help"]) == 0
    assert "usage: python reproduce.py [FOLDER]" in capsys.readouterr().out
    assert call(["one", "two"]) == 2
    assert "usage:" in capsys.readouterr().out
    assert call([str(tmp_path)]) == 2
    assert f"no manifest.json of a pinboard in {tmp_path}" in capsys.readouterr().out
