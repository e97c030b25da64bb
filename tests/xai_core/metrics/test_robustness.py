"""What an attack did: shifts of maps, importance of pixels, bands, and the command."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import xai_core as xai
from xai_core.metrics import robustness
from xai_core.types import Params


def explanation(heatmap):
    heatmap = np.asarray(heatmap, np.float32)
    return xai.Explanation(heatmap, "grad_cam", 0, "cat", "l", Params(), False, 1, 1, 1, 0, heatmap.shape)


def test_shift_of_a_map():
    a = np.zeros((10, 12))
    a[2, 3], a[2, 4] = 5, 4
    b = np.zeros((10, 12))
    b[5, 7], b[2, 4] = 5, 4
    found = robustness.map_shift(explanation(a), explanation(b), percent=2)
    assert found.distance == pytest.approx(5)  # 3 down, 4 across
    assert found.iou == pytest.approx(1 / 3)
    assert found.rank == pytest.approx(stats.spearmanr(a.ravel(), b.ravel()).statistic)
    same = robustness.map_shift(explanation(a), explanation(a))
    assert (same.rank, same.iou, same.distance) == (pytest.approx(1), 1, 0)
    flat = robustness.map_shift(explanation(a), explanation(np.zeros((10, 12))))
    assert np.isnan(flat.rank)
    assert np.isnan(flat.distance)
    assert np.isnan(flat.iou)


def test_importance_of_pixels():
    e = explanation(np.arange(100).reshape(10, 10) - 50)
    found = robustness.pixel_importance(e, np.array([[0, 0], [9, 8]]))
    assert found.value == 48
    assert found.percentile == pytest.approx(98.5)
    flat = robustness.pixel_importance(explanation(np.zeros((10, 10))), np.array([[3, 3]]))
    assert (flat.value, flat.percentile) == (0, pytest.approx(50))


def test_the_command(shared_data, tmp_path, capsys):
    source = shared_data / "images" / "imagenet_sample"
    for name in ("n07742313_Granny_Smith.jpg", "n01514668_cock.jpg"):
        (tmp_path / name).write_bytes((source / name).read_bytes())
    (tmp_path / "no_photograph_of_imagenet.jpg").write_bytes((source / name).read_bytes())
    out = tmp_path / "table.csv"
    assert robustness.main([str(tmp_path), "--attack", "fgsm", "--epsilon", "8", "--out", str(out)]) == 0
    table = pd.read_csv(out)
    assert table["image"].tolist() == ["n01514668_cock.jpg", "n07742313_Granny_Smith.jpg"]
    assert (table["largest_change"] <= 8).all()
    assert f"{table['success'].sum()} of 2 answers changed" in capsys.readouterr().out


def test_the_command_says_what_is_wrong(tmp_path, capsys):
    assert robustness.main([str(tmp_path / "none")]) == 2
    assert "There is no folder" in capsys.readouterr().err


@pytest.mark.peers
def test_pgd_changes_nearly_every_answer(lite0, shared_data):
    """Ten of the hundred that the command attacks, with fewer steps."""
    files = sorted((shared_data / "images" / "imagenet_sample").iterdir())[::60]
    pictures = list(robustness.correct(lite0, map(xai.load_image, files)))
    assert len(pictures) >= 6
    found = [xai.attack(lite0, picture, "pgd", epsilon=8, steps=4) for picture in pictures]
    assert np.mean([one.success for one in found]) >= 0.9
