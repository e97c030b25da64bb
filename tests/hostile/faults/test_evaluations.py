"""Evaluations while they are killed, where nothing can be written, and with damaged files."""

from __future__ import annotations

import random
import time

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import xai_core as xai
from xai_core.datasets import open_dataset
from xai_core.evaluation.evaluate import Plan, evaluate
from xai_core.evaluation.resumable_table import drop_damaged, errors_of

from .places import fill, small_disk

pytestmark = pytest.mark.hostile
BAD = {
    "empty": lambda whole: b"",
    "half": lambda whole: whole[: len(whole) // 2],
    "garbage": lambda whole: b"\xff{" * 99,
}


def pictures_in(folder, labels):
    """Twelve small pictures of the first class, of which the sixth is broken."""
    home, draw = folder / labels[0], np.random.default_rng(0)
    home.mkdir(parents=True)
    for number in range(12):
        pixels = draw.integers(0, 255, (40, 60 + number, 3), np.uint8)
        Image.fromarray(pixels).save(home / f"{number}.png")
    (home / "5.png").write_bytes(b"\x89PNG broken")
    return folder


def test_a_table_is_the_same_however_often_it_is_killed(shop, folders, disk):
    labels = xai.load_model("tiny_cnn_shapes", device="cpu").labels
    data = pictures_in(disk / "data", labels)
    whole, outs, kills = disk / "whole.parquet", [disk / "0.parquet"], 0
    began = time.perf_counter()
    shop.does("evaluation", folders, str(data), str(whole))
    span, choose = time.perf_counter() - began, random.Random(0)
    while kills < 15:
        work = shop.start("evaluation", folders, str(data), str(outs[-1]))
        time.sleep(choose.random() * span)
        kills += work.kill()
        if outs[-1].exists():
            outs.append(disk / f"{len(outs)}.parquet")
    for out in outs:
        shop.does("evaluation", folders, str(data), str(out))
        shop.does("evaluation", folders, str(data), str(out))  # a finished one tidies up after the killed one
        columns = [name for name in pd.read_parquet(whole) if name != "seconds"]
        pd.testing.assert_frame_equal(pd.read_parquet(out)[columns], pd.read_parquet(whole)[columns])
        assert len(pd.read_parquet(out)) == 11 * 2 * 2
        assert (
            pd.read_csv(errors_of(out))["image"].tolist() == pd.read_csv(errors_of(whole))["image"].tolist()
        )
    names = {path.name for path in disk.iterdir()} - {"data"}
    expected = {out.name for out in [whole, *outs]} | {errors_of(out).name for out in [whole, *outs]}
    assert names == expected


def test_the_command_says_that_the_disk_is_full_and_goes_on_when_it_is_not(shop, folders, disk, tmp_path):
    data = pictures_in(tmp_path / "data", xai.load_model("tiny_cnn_shapes", device="cpu").labels)
    small = disk / "small"
    small.mkdir()
    command = ["--model", "tiny_cnn_shapes", "--data", str(data), "--methods", "centre,chance"]
    command += ["--metrics", "edge", "--out", str(small / "t.parquet")]
    with small_disk(small) as limits:
        fill(small)
        code, said = shop.does("command", folders, *command, **limits)
        assert code == 2
        assert "Traceback" not in said
        assert "cannot be read or written: No space left on device." in said
        assert not list(small.rglob("*.writing"))
        (small / "filling").unlink()
        code, said = shop.does("command", folders, *command, **limits)
        assert code == 1, said  # one picture is broken
        assert len(pd.read_parquet(small / "t.parquet")) == 11 * 2
        assert not list(small.glob("*.parts"))


@pytest.mark.parametrize("how", BAD)
def test_damaged_files_of_a_cache_are_made_anew(tmp_path, how):
    """A part, a failure, the settings, and the finished table of an evaluation that the app keeps."""
    handle = xai.load_model("tiny_cnn_shapes", device="cpu")
    data = open_dataset(pictures_in(tmp_path / "data", handle.labels), handle.labels)
    plan, out = Plan(("centre",), ("edge",)), tmp_path / "t.parquet"
    whole = evaluate(handle, data, plan, out)
    parts = tmp_path / "t.parquet.parts"

    def damage(path):
        path.write_bytes(BAD[how](path.read_bytes()))

    damage(out)
    with pytest.raises(xai.InputError, match=r"is there already, and is no table that can be read"):
        evaluate(handle, data, plan, out)
    drop_damaged(out)
    stops = iter([False] * 8 + [True])
    with pytest.raises(xai.Cancelled):
        evaluate(handle, data, plan, out, cancelled=lambda: next(stops, True))
    for name in ("0000002.parquet", "0000005.error"):
        if (parts / name).exists():
            damage(parts / name)
    again = evaluate(handle, data, plan, out)
    pd.testing.assert_frame_equal(again.drop(columns="seconds"), whole.drop(columns="seconds"))
    out.unlink()
    parts.mkdir()
    (parts / "settings.json").write_bytes(BAD[how](b'{"model": "tiny"}'))
    drop_damaged(out)
    assert len(evaluate(handle, data, plan, out)) == len(whole)
    assert not parts.exists()
