"""Evaluations while they are killed, where nothing can be written, and with damaged files."""

from __future__ import annotations

import random
import time

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import xai_core as xai
from xai_core.evaluation.resumable_table import errors_of

from .workshop import KILLS

pytestmark = pytest.mark.hostile


def test_a_table_is_the_same_however_often_it_is_killed(shop, folders, disk):
    data = disk / "data"
    data.mkdir()
    draw = np.random.default_rng(0)
    for number in range(12):
        pixels = draw.integers(0, 255, (40, 60 + number, 3), np.uint8)
        (data / "circle").mkdir(exist_ok=True)
        Image.fromarray(pixels).save(data / "circle" / f"{number}.png")
    labels = xai.load_model("tiny_cnn_shapes", device="cpu").labels
    (data / "circle").rename(data / labels[0])
    (data / labels[0] / "5.png").write_bytes(b"\x89PNG broken")
    whole, outs, kills = disk / "whole.parquet", [disk / "0.parquet"], 0
    began = time.perf_counter()
    shop.does("evaluation", folders, str(data), str(whole))
    span, choose = time.perf_counter() - began, random.Random(0)
    while kills < KILLS:
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
