"""What is in the ZIP."""

import io
import json
import zipfile

import numpy as np
import pandas as pd
import torch

import xai_core as xai
from xai_core.board import Pin, board_zip, load_zip
from xai_core.figures import encode, picture_figure, table_figure

from .conftest import chart_pin


def test_a_pinned_picture_is_a_file_and_a_pinned_table_a_csv():
    file = encode(np.full((4, 6, 3), 90, np.uint8), "JPEG")
    frame = pd.DataFrame({"map": ["Grad-CAM"], "area": [0.123456789]})
    pins = [
        Pin("lime", "", "Spotlight", picture_figure(file).to_json()),
        Pin("insertion", "", "Areas", table_figure(frame, {"area": ".2f"}, "#000", "#ccc").to_json()),
    ]
    data = board_zip(pins)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        first, second = json.loads(archive.read("manifest.json"))["pins"]
        assert archive.read(first["picture"]) == file
        assert first["picture"] == "01_Spotlight.jpeg"
        pd.testing.assert_frame_equal(pd.read_csv(io.BytesIO(archive.read(second["table"]))), frame)
    assert [pin.title for pin in load_zip(data)] == ["Spotlight", "Areas"]


def test_pictures_maps_tables_and_a_manifest(map_pins, chelsea, lite0):
    with zipfile.ZipFile(io.BytesIO(board_zip([*map_pins, chart_pin("Bars & lines!")]))) as archive:
        names = archive.namelist()
        manifest = json.loads(archive.read("manifest.json"))
        first, last = manifest["pins"][0], manifest["pins"][-1]
        heatmap = np.load(io.BytesIO(archive.read(first["heatmap"])))
        picture = xai.load_image(archive.read(first["image"]))
        table = pd.read_csv(io.BytesIO(archive.read(last["table"])))
        archive.read("reproduce.py").decode().index("def main")
    assert (
        len(names) == len(set(names)) == 4 * 3 + 1 + 1 + 2 + 2
    )  # maps, superpixels, picture, chart, two more
    assert np.array_equal(heatmap, map_pins[0].map.e.heatmap)
    assert picture == chelsea
    assert table.to_dict("list") == {"series": ["bars", "bars"], "x": ["a", "b"], "y": [1.0, 2.5]}
    assert last["table"] == "05_Bars_lines.csv"
    told = {name: first[name] for name in ("model", "image_sha256", "method", "layer", "seed", "target")}
    assert told == {
        "model": "efficientnet_lite0",
        "image_sha256": chelsea.sha256,
        "method": "grad_cam",
        "layer": "blocks.4",
        "seed": 0,
        "target": 282,
    }
    assert first["params"]["relu"] is False
    assert first["weights_sha256"] == lite0.weights_sha256
    assert manifest["packages"]["torch"] == torch.__version__
