"""What is in the ZIP."""

import io
import json
import zipfile

import numpy as np
import pandas as pd
import torch

import xai_core as xai
from xai_core.board import board_zip

from .conftest import chart_pin


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
    assert told == {"model": "efficientnet_lite0", "image_sha256": chelsea.sha256, "method": "grad_cam",
                    "layer": "blocks.4", "seed": 0, "target": 282}  # fmt: skip
    assert first["params"]["relu"] is False
    assert first["weights_sha256"] == lite0.digest
    assert manifest["packages"]["torch"] == torch.__version__
