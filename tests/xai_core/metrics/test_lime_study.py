"""The study's rows and its command, on real photographs."""

import numpy as np
import pandas as pd
import pytest

import xai_core as xai
from xai_core.metrics import agreement, lime_study


def test_a_row_by_hand(lite0, dog_cat):
    requests = lime_study.requests({"samples": 40, "segments": 10}, 243, ["grad_cam"])
    maps = xai.explain_many(lite0, dog_cat, requests)
    line = lime_study.row("dog", lite0.view(dog_cat), maps, percent=30)
    a, b = (agreement.highlighted(e.upsampled(), percent=30) for e in maps)
    assert line["iou_grad_cam"] == pytest.approx((a & b).sum() / (a | b).sum())
    assert line["class"] == "bull mastiff"
    assert line["lime_r2"] == maps[0].facts["r2"]
    assert set(line) >= {
        "image",
        "probability",
        "superpixels",
        "rank_grad_cam",
        "edges",
        "entropy",
        "regions",
    }


def test_the_command(shared_data, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(lime_study, "CAMS", ("grad_cam",))
    monkeypatch.setattr(
        lime_study, "requests", lambda lime: [xai.Request("lime", params=lime), xai.Request("grad_cam")]
    )
    for file in sorted((shared_data / "images" / "assignment4").iterdir())[:2]:
        (tmp_path / file.name).write_bytes(file.read_bytes())
    out = tmp_path / "table.csv"
    assert lime_study.main([str(tmp_path), "--samples", "20", "--out", str(out)]) == 0
    table = pd.read_csv(out)
    assert len(table) == 2
    assert np.isfinite(table["iou_grad_cam"]).all()
    assert "mean IoU  iou_grad_cam" in capsys.readouterr().out


def test_bad_folders(tmp_path, capsys):
    assert lime_study.main([str(tmp_path / "none")]) == 2
    assert "There is no folder" in capsys.readouterr().err
    assert lime_study.main([str(tmp_path)]) == 2
    assert "holds no picture" in capsys.readouterr().err
