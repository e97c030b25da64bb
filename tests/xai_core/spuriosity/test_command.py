"""The command: what it prints and writes, and its exit codes."""

import pandas as pd
import pytest
from PIL import Image

from tests.killed import killed
from xai_core import cli
from xai_core.spuriosity.command import main

from .planted import shape_pictures

SMALL = {"pictures": 5, "receivers": 10, "controls": 1, "least": 10}
FEW = ["--model", "tiny_cnn_shapes", *(f"--{name}={value}" for name, value in SMALL.items())]


@pytest.fixture
def folder(tmp_path):
    for number, (label, pixels) in enumerate(shape_pictures(12)):
        (tmp_path / "data" / label).mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(tmp_path / "data" / label / f"{number}.png")
    return tmp_path / "data"


def test_it_prints_the_finding_and_writes_its_tables(folder, tmp_path, capsys):
    out = tmp_path / "hans.parquet"
    assert cli.main(["spuriosity", str(folder), *FEW, "--class", "disc", "--out", str(out)]) == 0
    said = capsys.readouterr()
    first = said.out.splitlines()[0]
    table = pd.read_csv(tmp_path / "hans.clusters.csv")
    beaten = int(table["shortcut"].sum())
    assert first.startswith(f"The interventions beat their controls in {beaten}" if beaten else "No control")
    assert set(table["class"]) == {"disc"}
    assert len(pd.read_parquet(out)) == 24
    assert (tmp_path / "hans.trials.parquet").is_file()
    assert (tmp_path / "hans.pictures.csv").is_file()
    assert "maps: 24 of 24, 0 failed" in said.err
    (folder / "disc" / "broken.png").write_bytes(b"no picture")
    assert main([str(folder), *FEW, "--class", "disc", "--out", str(tmp_path / "other.parquet")]) == 1
    assert "Left out: disc/broken.png" in capsys.readouterr().err


def test_bad_input_is_one_sentence(tmp_path, folder, capsys):
    assert main([str(folder), *FEW, "--class", "dog", "--out", str(tmp_path / "t.parquet")]) == 2
    assert capsys.readouterr().err == ("data has no class 'dog'; it has disc, square.\n")
    assert main(["/no/such", *FEW, "--out", str(tmp_path / "t.parquet")]) == 2


@pytest.mark.peers
def test_nothing_is_lost_when_it_is_killed(folder, tmp_path):
    given = [str(folder), *FEW, "--class", "disc", "--out"]
    parts = tmp_path / "hans.parquet.parts"
    assert killed("xai_core.spuriosity", [*given, str(tmp_path / "hans.parquet")], parts, (3, 8)) == 0
    assert main([*given, str(tmp_path / "again.parquet")]) == 0
    for name in (".parquet", ".trials.parquet", ".clusters.csv"):
        assert (tmp_path / f"hans{name}").read_bytes() == (tmp_path / f"again{name}").read_bytes()
