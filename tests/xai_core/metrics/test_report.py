"""The report over a set: its rows, its summary, its command."""

import pandas as pd
import pytest

import xai_core as xai
from xai_core.metrics import report


@pytest.fixture
def coarse(monkeypatch):
    """Occlusion in 16 windows instead of 64."""
    monkeypatch.setitem(report.PARAMS, "occlusion", {"window": 56, "stride": 56})


def test_the_summary_by_hand():
    table = pd.DataFrame(
        {
            "image": ["a", "b", "a", "b"],
            "method": ["good", "good", "chance", "chance"],
            "insertion_auc": [0.8, 0.6, 0.5, 0.4],
            "deletion_auc": [0.1, 0.2, 0.3, 0.3],
        }
    )
    good, by_chance = report.summary(table).to_dict("records")
    assert good["insertion_auc"] == pytest.approx(0.7)
    assert good["insertion_auc_se"] == pytest.approx(0.1)
    assert good["insertion_auc_gap"] == pytest.approx(0.25)
    assert good["deletion_auc_gap"] == pytest.approx(-0.15)
    assert good["deletion_auc_gap_low"] < -0.15 < good["deletion_auc_gap_high"]
    assert good["sound"]
    assert not by_chance["sound"]


@pytest.mark.peers
def test_the_command(coarse, shared_data, tmp_path, capsys):
    source = shared_data / "images" / "imagenet_sample"
    for name in ("n07742313_Granny_Smith.jpg", "n01514668_cock.jpg"):
        (tmp_path / name).write_bytes((source / name).read_bytes())
    out = tmp_path / "rows.csv"
    arguments = [
        str(tmp_path),
        "--methods",
        "grad_cam,guided_backprop",
        "--superpixel",
        "56",
        "--out",
        str(out),
    ]
    assert report.main(arguments) == 0
    rows = pd.read_csv(out)
    assert rows["method"].tolist() == ["grad_cam", "guided_backprop", "chance"] * 2
    assert rows["contrastivity"].between(0, 1).all()
    assert rows["rank_occlusion"].between(-1, 1).all()
    said = capsys.readouterr().out
    assert "Not better than random on both curves:" in said
    assert report.main([str(tmp_path), "--methods", "gradcam"]) == 2
    assert "There is no method 'gradcam'" in capsys.readouterr().err


def test_rows_are_those_of_single_calls(coarse, lite0, chelsea):
    lines = report.rows(lite0, chelsea, ["grad_cam"], 56, "black")
    e = xai.explain(lite0, chelsea, "grad_cam")
    found = xai.curves(lite0, chelsea, e, superpixel=56)
    assert lines[0]["insertion_auc"] == pytest.approx(found.insertion_auc)
    assert [line["method"] for line in lines] == ["grad_cam", "chance"]
