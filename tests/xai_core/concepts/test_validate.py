"""The command and its numbers."""

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import xai_core as xai
from xai_core.concepts import folder
from xai_core.concepts.__main__ import main
from xai_core.concepts.validate import answers, output_layer, study


@pytest.fixture
def few(tmp_path):
    rng = np.random.default_rng(0)
    home = tmp_path / "few"
    home.mkdir()
    for number, key in enumerate(("chelsea", "coffee", "motorcycle")):
        Image.fromarray(xai.load_sample(key).pixels).resize((200, 150)).save(home / f"{number}.png")
    Image.fromarray(rng.integers(0, 256, (60, 80, 3), dtype=np.uint8)).save(home / "noise.png")
    return home


def test_a_study_counts_what_is_above_the_threshold():
    table = pd.DataFrame(
        {
            "layer": ["a", "a", "a", "b"],
            "unit": [0, 1, 2, 0],
            "description": ["cat", "cat", "dog", "car"],
            "similarity": [0.5, 0.4, 0.1, np.nan],
        }
    )
    table.attrs = {"thresholds": {"a": 0.3, "b": 0.0}, "measure": "cosine"}
    assert study(table).to_dict("records") == [
        {"layer": "a", "units": 3, "interpretable": 2, "concepts": 1, "threshold": 0.3},
        {"layer": "b", "units": 1, "interpretable": 0, "concepts": 0, "threshold": 0.0},
    ]


class Perfect:
    """A back end whose words answer exactly as the classes do."""

    name = "perfect"

    def __init__(self, handle):
        from xai_core.concepts import Conse

        self.handle, self._conse = handle, Conse(device="cpu")

    def words(self):
        return [label.lower() for label in self.handle.labels]

    def shares(self, handle):
        return True

    def images(self, arrays):
        return arrays["output"]

    def texts(self, words):
        return np.eye(len(words), dtype=np.float32)


def test_right_names_score_one(lite0, few):
    (row,) = output_layer(lite0, folder(few), Perfect(lite0), ["cosine"]).to_dict("records")
    assert row["exact"] == pytest.approx(1, abs=0.02), "a few classes may answer alike to four pictures"
    assert row["cosine"] == pytest.approx(1, abs=0.02)
    assert (row["exact_seen"], row["units"], row["seen"]) == (1, 1000, len(answers(lite0, folder(few))))


def test_answers_are_the_predicted_classes(lite0, few):
    expected = {xai.predict(lite0, image, 1)[0].index for image in folder(few)}
    assert set(answers(lite0, folder(few)).tolist()) == expected


def test_the_command_prints_and_writes_its_table(few, tmp_path, capsys):
    out = tmp_path / "table.csv"
    assert main([str(few), "--layers", "blocks.6", "--out", str(out), "--similarity", "cosine"]) == 0
    printed = capsys.readouterr().out
    assert "interpretable" in printed
    assert "4 pictures, " in printed
    table = pd.read_csv(out)
    assert list(table.columns) == [
        "layer",
        "unit",
        "description",
        "similarity",
        "category",
        "runner_ups",
        "backend",
    ]
    assert len(table) == 320
    assert main([str(few / "none")]) == 2
    assert "There is no folder" in capsys.readouterr().err
