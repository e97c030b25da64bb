"""Badges over a set: rows against single calls, the summary by hand, the command."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

import xai_core as xai
from xai_core.metrics import badges, sanity


@pytest.mark.parametrize("all_weights", [False, True])
def test_rows_are_those_of_single_calls(lite0, chelsea, all_weights):
    (rows,) = badges.over(lite0, [chelsea], ["gradient", "grad_cam"], all_weights, seed=3)
    modules = None if all_weights else sanity.stages(lite0)["head"]
    other = sanity.randomised(lite0, 3, modules)
    target = xai.predict(lite0, chelsea, 1)[0].index
    for row, method in zip(rows, ("gradient", "grad_cam"), strict=True):
        maps = [xai.explain(own, chelsea, method, target=target).upsampled() for own in (lite0, other)]
        assert (row["image"], row["method"]) == (chelsea.name, method)
        assert row["rank"] == pytest.approx(spearmanr(*(m.ravel() for m in maps)).statistic, abs=1e-6)


def test_the_summary_by_hand():
    ranks = {"a": [0.9, 0.5], "b": [-0.2, np.nan]}
    table = pd.DataFrame(
        [{"image": i, "method": m, "rank": ranks[m][i], "ssim": 0.5 + i / 2} for i in (0, 1) for m in "ab"]
    )
    first, second = badges.summary(table).to_dict("records")
    assert first == {
        "method": "a",
        "pictures": 2,
        "rank": pytest.approx(0.7),
        "ssim": pytest.approx(0.75),
        "lowest": 0.5,
        "highest": 0.9,
        "flat": 0,
        "verdict": "hardly changes",
    }
    assert (second["rank"], second["flat"], second["verdict"]) == (-0.2, 1, "changes")


def test_the_command(shared_data, tmp_path, capsys):
    name = "n07742313_Granny_Smith.jpg"
    (tmp_path / name).write_bytes((shared_data / "images" / "imagenet_sample" / name).read_bytes())
    assert badges.main([str(tmp_path), "--methods", "guided_backprop"]) == 0
    header, line = capsys.readouterr().out.splitlines()
    assert header.split() == ["method", "pictures", "rank", "ssim", "lowest", "highest", "flat", "verdict"]
    method, pictures, rank, _, lowest, highest, flat, *verdict = line.split()
    assert (method, pictures, flat, verdict) == ("guided_backprop", "1", "0", ["hardly", "changes"])
    assert rank == lowest == highest
    assert badges.main([str(tmp_path), "--methods", "gradcam"]) == 2
    assert "There is no method 'gradcam'" in capsys.readouterr().err
    assert badges.main([str(tmp_path / "nowhere")]) == 2
    assert "There is no folder" in capsys.readouterr().err


def test_without_a_folder_the_samples_of_packages(monkeypatch, capsys):
    """Those that would have to be fetched are left out."""
    seen = []
    monkeypatch.setattr(badges, "load_model", lambda key: key)

    def over(handle, pictures, methods, all_weights, seed):
        seen.append((handle, [picture.name for picture in pictures], methods, all_weights, seed))
        yield [{"image": "a", "method": "gradient", "rank": 0.3, "ssim": 0.1}]

    monkeypatch.setattr(badges, "over", over)
    assert badges.main(["--model", "resnet18", "--all-weights", "--seed", "2"]) == 0
    shipped = [sample.label for sample in xai.samples().values() if not sample.url]
    assert seen == [("resnet18", shipped, badges.DEFAULT, True, 2)]
    assert "changes in part" in capsys.readouterr().out
