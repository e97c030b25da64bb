"""A dataset measured: rows, errors, resuming after a kill at any moment, cancel, the command."""

import contextlib
import os
import random
import signal
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image
from safetensors.torch import save

import xai_core as xai
from tests.conftest import ROOT
from xai_core import evaluate as ev
from xai_core.datasets import Dataset, mosaics, open_dataset
from xai_core.metrics import localization
from xai_core.models import add_model, remove_model
from xai_core.models.torchvision_zoo import torchvision

PLAN = ev.Plan(("grad_cam", "centre", "chance"), ("pointing", "energy", "correct"))


def same(a, b):
    columns = [name for name in ev.COLUMNS if name != "seconds"]
    pd.testing.assert_frame_equal(a[columns], b[columns])


def few(count=4):
    return Dataset("mosaics", mosaics().examples[:count])


def test_rows_are_those_of_single_calls(lite0, tmp_path):
    rows = ev.evaluate(lite0, few(2), PLAN, tmp_path / "t.parquet")
    assert list(rows.columns) == list(ev.COLUMNS)
    assert len(rows) == 2 * 3 * 3
    example = few().examples[1]
    image = example.image()
    e = xai.explain(lite0, image, "grad_cam", target=example.target)
    boxes = xai.inputs.views.view_boxes(image, lite0.grid)
    one = rows[(rows["image"] == example.name) & (rows["method"] == "grad_cam")].set_index("metric")["value"]
    assert one["energy"] == pytest.approx(localization.energy(e.upsampled(), boxes))
    assert one["pointing"] == float(localization.pointing(e.upsampled(), boxes))
    assert set(rows["target"]) == {x.target for x in few(2).examples}
    same(pd.read_parquet(tmp_path / "t.parquet"), rows)
    assert not (tmp_path / "t.parquet.parts").exists()


@pytest.mark.peers
def test_grad_cam_finds_more_than_who_has_not_looked(lite0, tmp_path):
    rows = ev.evaluate(lite0, mosaics(), PLAN, tmp_path / "t.parquet")
    energy = ev.table_of(rows)["energy"]
    assert energy["grad_cam"] > energy["centre"] + 0.1
    assert energy["chance"] == pytest.approx(0.5, abs=0.02)
    assert energy["centre"] == pytest.approx(0.5, abs=0.02)


def test_cancelled_and_resumed_without_doing_anything_twice(lite0, tmp_path):
    whole = ev.evaluate(lite0, few(), PLAN, tmp_path / "whole.parquet")
    asked, done, seen = [], [], []

    def cancelled():
        """The second time within the third picture, between two batches of its maps."""
        asked.append(len(done))
        return asked.count(2) > 1

    with pytest.raises(xai.Cancelled, match="after 2 of 4"):
        ev.evaluate(lite0, few(), PLAN, tmp_path / "t.parquet", done.append, cancelled)
    assert len(done) == 2
    rows = ev.evaluate(lite0, few(), PLAN, tmp_path / "t.parquet", progress=seen.append)
    assert [p.done for p in seen] == [3, 4]
    assert seen[-1].left == 0
    same(rows, whole)
    passes = lite0.ledger.passes
    same(ev.evaluate(lite0, few(), PLAN, tmp_path / "t.parquet"), whole)
    assert lite0.ledger.passes == passes, "a finished run is read, not repeated"


def test_another_run_is_not_overwritten(lite0, tmp_path):
    ev.evaluate(lite0, few(1), PLAN, tmp_path / "t.parquet")
    other = ev.Plan(("grad_cam",), ("edge",))
    with pytest.raises(xai.InputError, match=r"of another run \(other methods, metrics\)"):
        ev.evaluate(lite0, few(1), other, tmp_path / "t.parquet")
    with pytest.raises(xai.InputError, match=r"of another run \(other examples\)"):
        ev.evaluate(lite0, few(2), PLAN, tmp_path / "t.parquet")
    (tmp_path / "u.parquet").write_text("no table")
    with pytest.raises(xai.InputError, match="is there already"):
        ev.evaluate(lite0, few(1), PLAN, tmp_path / "u.parquet")
    with pytest.raises(xai.Cancelled):
        ev.evaluate(lite0, few(1), PLAN, tmp_path / "v.parquet", cancelled=lambda: True)
    with pytest.raises(xai.InputError, match=r"v\.parquet\.parts is there already, of another run"):
        ev.evaluate(lite0, few(1), other, tmp_path / "v.parquet")


def test_a_table_from_before_a_default_changed_is_another_run():
    """LIME once drew each mask by itself, so its plans now say which way is meant; others do not change."""
    plan = ev.Plan(("grad_cam", "lime"), ("maximum",))
    assert plan.settings()["defaults"] == {"lime": {"draw": "pairs"}}
    said = ev.Plan(("lime",), ("maximum",), params=xai.types.Params({"lime": {"draw": "independent"}}))
    assert "defaults" not in said.settings()
    assert "defaults" not in ev.Plan(("grad_cam", "centre"), ("maximum",)).settings()


def test_other_weights_under_the_same_key_are_another_run(lite0, tmp_path, monkeypatch):
    """An own model that was removed and added again under its name, and a variant of a model."""
    monkeypatch.setenv("XAI_MODELS_DIR", str(tmp_path / "models"))
    plan, found = ev.Plan(("gradient",), ("maximum",)), []
    for seed in (0, 1):
        torch.manual_seed(seed)
        weights = save(torchvision().models.resnet18(num_classes=1000).state_dict())
        key = add_model("mine", weights, "resnet18", 1000, size=32)
        handle = xai.load_model(key, "cpu")
        found.append(ev.evaluate(handle, few(1), plan, tmp_path / f"{seed}.parquet"))
        if seed:
            with pytest.raises(xai.InputError, match=r"0\.parquet is there already, .*\(other network\)"):
                ev.evaluate(handle, few(1), plan, tmp_path / "0.parquet")
        remove_model(key)
    assert found[0]["value"][0] != found[1]["value"][0]
    ev.evaluate(lite0, few(1), PLAN, tmp_path / "t.parquet")
    changed = lite0.variant(lambda net: net.conv_stem.weight.mul_(1.1))
    with pytest.raises(xai.InputError, match=r"of another run \(other network\)"):
        ev.evaluate(changed, few(1), PLAN, tmp_path / "t.parquet")
    with pytest.raises(xai.Cancelled):
        ev.evaluate(changed, few(1), PLAN, tmp_path / "u.parquet", cancelled=lambda: True)
    with pytest.raises(xai.InputError, match=r"u\.parquet\.parts is there already, .*\(other network\)"):
        ev.evaluate(lite0, few(1), PLAN, tmp_path / "u.parquet")
    same(
        ev.evaluate(lite0, few(1), PLAN, tmp_path / "t.parquet"),
        ev.evaluate(lite0, few(1), PLAN, tmp_path / "again.parquet"),
    )


@pytest.mark.peers
def test_two_runs_do_not_write_one_table(lite0, tmp_path):
    out, said = tmp_path / "t.parquet", "is being written by another run"

    def meddle(progress):
        with pytest.raises(xai.InputError, match=said):
            ev.evaluate(lite0, few(2), PLAN, out)
        other = subprocess.run(command(out), cwd=ROOT, capture_output=True, text=True, check=False)
        assert (other.returncode, said in other.stderr) == (2, True)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ev.evaluate(lite0, few(2), PLAN, out, progress=meddle)
    seen = []
    whole = ev.evaluate(lite0, few(2), PLAN, tmp_path / "whole.parquet")
    same(ev.evaluate(lite0, few(2), PLAN, out, progress=seen.append), whole)
    assert [p.done for p in seen] == [2], "the lock went with the run, what it had done stayed"


def test_a_broken_picture_is_one_row_of_the_errors(lite0, tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    for name in ("n02123045_a.png", "n02123045_c.png"):
        Image.fromarray(xai.load_sample("chelsea").pixels).save(folder / name)
    (folder / "n02123045_b.png").write_bytes(b"\x89PNG broken")
    dataset = open_dataset(folder, lite0.labels)
    rows = ev.evaluate(lite0, dataset, ev.Plan(("grad_cam",), ("edge", "pointing")), tmp_path / "t.parquet")
    assert rows["image"].unique().tolist() == ["n02123045_a.png", "n02123045_c.png"]
    assert rows.loc[rows["metric"] == "pointing", "value"].isna().all(), "no boxes, no pointing"
    errors = pd.read_csv(tmp_path / "t.errors.csv")
    assert errors["image"].tolist() == ["n02123045_b.png"]
    assert "n02123045_b.png is" in errors["error"].iloc[0]


def test_every_metric_gives_a_number(lite0_small, tmp_path):
    plan = ev.Plan(("grad_cam", "centre"), tuple(ev.MEASURES))
    rows = ev.evaluate(lite0_small, few(1), plan, tmp_path / "t.parquet")
    assert rows["metric"].tolist() == 2 * list(ev.MEASURES)
    promised = rows["metric"] != "completeness_error"
    assert np.isfinite(rows.loc[promised, "value"]).all()
    assert rows.loc[~promised, "value"].isna().all(), "Grad-CAM promises no sum"
    changes = rows.set_index(["metric", "method"])["value"]["max_sensitivity"]
    assert changes["grad_cam"] > changes["centre"] == 0, "a map that does not look stays as it is"


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        (ev.Plan(("gradcam",), ("edge",)), "There is no method 'gradcam'"),
        (ev.Plan(("grad_cam",), ("beauty",)), "There is no metric 'beauty'"),
        (ev.Plan((), ("edge",)), "No method is given"),
        (ev.Plan(("grad_cam",), ("edge",), params=xai.types.Params({"lime": {}})), "given for 'lime'"),
        (ev.Plan(("centre",), ("edge",), params=xai.types.Params({"centre": {}})), "that take one are none"),
        (
            ev.Plan(("occlusion",), ("edge",), params=xai.types.Params({"occlusion": {"window": 0}})),
            "window of occlusion is 0",
        ),
    ],
)
def test_refusals(lite0, tmp_path, plan, said):
    with pytest.raises(xai.InputError, match=said):
        ev.evaluate(lite0, few(1), plan, tmp_path / "t.parquet")
    assert not list(tmp_path.iterdir()), "nothing half-done stays behind"


def test_means_errors_and_counts():
    values = {("a", "edge"): [1.0, 3.0, np.nan], ("a", "iou"): [np.nan] * 3, ("b", "edge"): [5.0]}
    flat = [(*key, value) for key in values for value in values[key]]
    rows = pd.DataFrame(flat, columns=["method", "metric", "value"])
    found = ev.summary_of(rows)
    assert found.loc[("a", "edge")].tolist() == [2, 1, 2]  # sd = sqrt 2, over sqrt 2
    assert found.loc[("b", "edge"), "n"] == 1
    assert np.isnan(found.loc[("b", "edge"), "error"])
    assert found.loc[("a", "iou"), "n"] == 0
    assert ev.table_of(rows).loc["b", "edge"] == 5


def command(out, *more):
    return [
        sys.executable,
        "-m",
        "xai_core.evaluate",
        "--data",
        "mosaics",
        "--limit",
        "6",
        "--methods",
        "grad_cam,chance",
        "--metrics",
        "pointing,energy",
        "--out",
        str(out),
        *more,
    ]


@pytest.mark.peers
def test_the_command_prints_means_with_their_errors(lite0, capsys, tmp_path):
    arguments = command(tmp_path / "t.parquet", "--methods", "occlusion", "--metrics", "correct,energy")[3:]
    assert ev.main([*arguments, "--param", "occlusion.window=56", "--param", "occlusion.stride=56"]) == 0
    rows = pd.read_parquet(tmp_path / "t.parquet")
    energy = rows.loc[rows["metric"] == "energy", "value"].to_numpy()
    line = f"{energy.mean():.3f} ± {energy.std(ddof=1) / np.sqrt(6):.3f} (6)"
    assert line in capsys.readouterr().out
    example = few().examples[0]
    e = xai.explain(lite0, example.image(), "occlusion", target=example.target, window=56, stride=56)
    boxes = xai.inputs.views.view_boxes(example.image(), lite0.grid)
    assert energy[0] == pytest.approx(localization.energy(e.upsampled(), boxes))


RUNS = """
import os, sys
import torch
torch.set_num_threads(1)
import xai_core as xai
from xai_core import evaluate as ev
from xai_core.datasets import open_dataset
handle = xai.load_model("efficientnet_lite0", device="cpu")
data = open_dataset(sys.argv[1], handle.labels)
print("ready", flush=True)
for line in sys.stdin:
    run = os.fork()
    if run == 0:
        ev.evaluate(handle, data, ev.Plan(("grad_cam", "chance"), ("edge", "concentration")), line.strip())
        os._exit(0)
    print(run, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(run, 0)[1]), flush=True)
"""  # a process for each run, without loading everything for each


@pytest.mark.peers
def test_killed_at_random_moments_the_table_is_the_same(tmp_path):
    (tmp_path / "data").mkdir()
    for n in range(6):
        pixels = xai.load_sample("chelsea").pixels[:, 20 * n :]
        Image.fromarray(pixels).save(tmp_path / "data" / f"n02123045_{n}.png")
    (tmp_path / "data" / "n02123045_3.png").write_bytes(b"\x89PNG broken")
    runs = subprocess.Popen(
        [sys.executable, "-c", RUNS, str(tmp_path / "data")],
        cwd=ROOT,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with runs:

        def run(out, kill_after=None):
            """Its exit status; killed after that many seconds."""
            print(out, file=runs.stdin, flush=True)
            number = int(runs.stdout.readline())
            if kill_after is not None:
                time.sleep(kill_after)
                with contextlib.suppress(ProcessLookupError):
                    os.kill(number, signal.SIGKILL)
            return int(runs.stdout.readline())

        assert runs.stdout.readline() == "ready\n"
        whole, start = tmp_path / "whole.parquet", time.perf_counter()
        assert run(whole) == 0
        span = time.perf_counter() - start
        draw, kills, outs = random.Random(0), 0, [tmp_path / "t0.parquet"]
        while kills < 10:
            kills += run(outs[-1], draw.random() * span) == -signal.SIGKILL
            if outs[-1].exists():
                outs.append(tmp_path / f"t{len(outs)}.parquet")
        for out in outs:
            assert run(out) == 0
        runs.stdin.close()
    for out in outs:
        same(pd.read_parquet(out), pd.read_parquet(whole))
        assert len(pd.read_parquet(out)) == 5 * 2 * 2
        errors = pd.read_csv(ev.errors_of(out))
        assert errors["image"].tolist() == ["n02123045_3.png"]
        pd.testing.assert_frame_equal(errors, pd.read_csv(ev.errors_of(whole)))
        assert not out.with_name(f"{out.name}.parts").exists()


def test_the_command_says_what_is_wrong(capsys, tmp_path):
    arguments = command(tmp_path / "t.parquet")[3:]
    assert ev.main([*arguments, "--data", str(tmp_path / "none")]) == 2
    assert "There is no folder" in capsys.readouterr().err
    assert ev.main([*arguments, "--methods", "gradcam"]) == 2
    assert "There is no method 'gradcam'" in capsys.readouterr().err
    assert ev.main([*arguments, "--param", "window=3"]) == 2
    assert "The parameter 'window=3' is not understood" in capsys.readouterr().err
    assert ev.main([*arguments, "--workers", "3"]) == 2
    assert "the engine local has none" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_without_ray_one_sentence_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    monkeypatch.delitem(sys.modules, "xai_core.evaluation.ray_engine", raising=False)
    with pytest.raises(xai.InputError, match="pip install ray"):
        ev.engine_named("ray")
    with pytest.raises(xai.InputError, match="There is no engine 'spark'; there are local, ray"):
        ev.engine_named("spark")
