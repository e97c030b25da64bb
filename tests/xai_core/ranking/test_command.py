"""The command on pictures and a network: files, exit codes, a kill at any moment, Ray."""

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from tests.killed import killed
from xai_core import evaluate as ev
from xai_core.datasets import Dataset, mosaics
from xai_core.datasets.unlabelled import unlabelled
from xai_core.ranking import command
from xai_core.ranking.command import main
from xai_core.ranking.plan import Ranked
from xai_core.ranking.running import rank


@pytest.fixture
def loaded(lite0_small, monkeypatch):
    """The command's network is one that is loaded already, on a small grid."""
    monkeypatch.setattr(command, "load_model", lambda *_: lite0_small)


@pytest.fixture
def photos(tmp_path, chelsea):
    """Three crops of a photograph, one of them in a subfolder, and a file that is no picture."""
    folder = tmp_path / "photos"
    (folder / "more").mkdir(parents=True)
    for n, place in enumerate(("a.png", "b.png", "more/a.png")):
        Image.fromarray(chelsea.pixels[10 * n : 200 + 10 * n]).save(folder / place)
    (folder / "notes.txt").write_text("no picture")
    return folder


def test_a_folder_of_pictures_without_labels(photos, tmp_path, capsys, loaded):
    out = tmp_path / "board.html"
    given = [str(photos), "--methods", "grad_cam,grad_cam", "--metrics", "fidelity", "--out", str(out)]
    assert main(given) == 0
    said = capsys.readouterr().out
    assert said.startswith("No method is shown to beat the random map on Fidelity.")
    assert "Not decided with 3 pictures, all that may be drawn." in said
    assert "No two methods are told apart" in said
    table = pd.read_csv(tmp_path / "board.csv").set_index("method")
    assert table.loc["grad_cam", "mean"] == table.loc["grad_cam (2)", "mean"]
    assert list(table["pictures"]) == [3, 3, 3]
    scores = pd.read_parquet(tmp_path / "board.parquet")
    assert set(scores["image"]) == {"a.png", "b.png", "more/a.png"}
    assert set(scores["method"]) == {"grad_cam", "chance"}
    assert len(pd.read_csv(tmp_path / "board.pairs.csv")) == 3
    first = out.read_bytes()
    assert main(given) == 0
    assert out.read_bytes() == first


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"--out": "board.txt"}, "a file that ends in .html is accepted"),
        ({"--metrics": "edge"}, "The metric 'edge' does not say which of two maps is better"),
        ({"--class-map": "a=1"}, "--class-map is given without --labels"),
        ({"folder": "nowhere"}, "There is no folder"),
    ],
)
def test_what_is_refused(changed, said, tmp_path, capsys, monkeypatch, loaded):
    monkeypatch.chdir(tmp_path)
    options = {"--methods": "grad_cam", "--metrics": "deletion", "--out": "board.html"} | changed
    folder = options.pop("folder", "samples")
    assert main([folder, *(part for pair in options.items() for part in pair)]) == 2
    message = capsys.readouterr().err
    assert said in message
    assert message.count("\n") == 1


@pytest.mark.peers
def test_nothing_is_lost_when_it_is_killed(photos, tmp_path, chelsea):
    for n in range(6):
        Image.fromarray(chelsea.pixels[n : 200 + n, n:]).save(photos / f"c{n:02d}.png")
    out = tmp_path / "board.html"
    given = [str(photos), "--methods", "grad_cam", "--metrics", "fidelity", "--out", str(out)]
    parts = tmp_path / "board.scores" / "0000.parquet.parts"
    assert killed("xai_core.ranking", given, parts, (2, 3)) == 0
    again = tmp_path / "again.html"
    assert main([*given[:-1], str(again)]) == 0
    assert again.read_bytes() == out.read_bytes()


@pytest.mark.peers
def test_ray_gives_the_same_ranking(lite0, photos, tmp_path):
    pytest.importorskip("ray")
    plan = Ranked(("grad_cam", "gradient"), ("fidelity",))
    here = rank(lite0, unlabelled(photos), plan, tmp_path / "here")
    there = rank(lite0, unlabelled(photos), plan, tmp_path / "there", engine=ev.engine_named("ray", 2))
    # a worker has one thread: its sums round otherwise, and places of nearly equal weight may change places
    np.testing.assert_allclose(here.standings[0].means, there.standings[0].means, atol=2e-3)
    np.testing.assert_array_equal(here.standings[0].better, there.standings[0].better)


@pytest.mark.peers
def test_labels_are_explained_where_that_is_asked(lite0, tmp_path):
    few = Dataset("mosaics", mosaics().examples[:3])
    found = rank(lite0, few, Ranked(("grad_cam",), ("energy",), predicted=False), tmp_path / "s")
    assert found.photographs == 1
    assert not found.standings[0].better.any()
