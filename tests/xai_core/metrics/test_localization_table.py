"""Localization from a table of rows, against numbers worked out by hand."""

import numpy as np
import pandas as pd
import pytest

from xai_core.metrics import localization_table as lt
from xai_core.metrics.measures import MEASURES, SHARES


def rows(
    image, method, correct=1.0, top5=1.0, iou=lambda percent: 0.6, distance=0.0, energy=0.5, maximum=1.0
):
    values = {
        "correct": correct,
        "correct_top5": top5,
        "distance": distance,
        "energy": energy,
        "activated_share": 1.0,
        "maximum": maximum,
    }
    values |= {f"iou@{percent}": iou(percent) for percent in SHARES}
    return [{"image": image, "method": method, "metric": m, "value": v} for m, v in values.items()]


@pytest.fixture
def table():
    lines = [
        *rows("a", "m", iou=lambda percent: 0.6 if percent <= 30 else 0.2, distance=0, maximum=4),
        *rows("b", "m", correct=0.0, iou=lambda percent: 0.51, distance=20, energy=0.9, maximum=3),
        *rows(
            "c", "m", correct=0.0, top5=0.0, iou=lambda percent: 0.9, distance=10, energy=np.nan, maximum=2
        ),
        *rows("d", "m", iou=lambda percent: 0.1, distance=40, energy=0.1, maximum=1),
        *rows("no box", "m", iou=lambda percent: np.nan, distance=np.nan),
        *rows("a", "other", iou=lambda percent: 0.0, distance=99),
    ]
    return lt.wide(pd.DataFrame(lines))


def test_every_metric_exists():
    assert set(lt.METRICS) <= set(MEASURES)


def test_a_picture_without_a_box_is_left_out(table):
    assert table["image"].tolist() == ["a", "b", "c", "d", "a"]


def test_errors_in_the_way_of_ilsvrc(table):
    found = lt.summary(lt.numbers(table, 20, tolerance=15)).set_index("method").loc["m"]
    assert found["pictures"] == 4
    assert found["iou"] == pytest.approx((0.6 + 0.51 + 0.9 + 0.1) / 4)
    assert found["error"] == 1 / 4  # d
    assert found["top1_error"] == 3 / 4  # b and c are answered wrong
    assert found["top5_error"] == 2 / 4  # b is right among five
    assert found["pointing"] == 2 / 4  # a, and c within 15 pixels
    assert found["energy"] == pytest.approx((0.5 + 0.9 + 0.1) / 3)  # c has none
    assert found["pointing_se"] == pytest.approx(np.std([1, 0, 1, 0], ddof=1) / 2)


def test_thresholds_move_without_any_map(table):
    found = lt.summary(lt.numbers(table, 40, tolerance=20)).set_index("method").loc["m"]
    assert found["error"] == 2 / 4  # a is lost above 30 %
    assert found["pointing"] == 3 / 4
    mean, low, high = lt.error_curve(table, "m")
    assert mean.tolist() == [0.25] * 6 + [0.5] * 13
    assert (low >= 0).all()
    assert (high <= 1).all()
    assert (low <= mean).all()
    assert (mean <= high).all()


def test_pointing_with_a_reject_option(table):
    found = lt.reject_curve(table, "m", tolerance=15)
    assert found.thresholds.tolist() == [0, 1, 2, 3, 4]
    assert found.recall.tolist() == [0.5, 0.5, 0.5, 0.25, 0.25]  # of four maps
    assert found.accuracy == pytest.approx([2 / 4, 2 / 4, 2 / 3, 1 / 2, 1.0])


def test_an_overlap_of_exactly_one_half_is_a_miss():
    table = lt.wide(pd.DataFrame(rows("a", "m", iou=lambda percent: 0.5)))
    assert lt.numbers(table)["error"].tolist() == [1.0]


def test_by_group(table):
    groups = {"a": "x", "b": "x", "c": "y", "d": "y"}
    found = lt.summary(lt.numbers(table), groups).set_index(["group", "method"])
    assert found.loc[("x", "m"), "pictures"] == 2
    assert found.loc[("x", "m"), "iou"] == pytest.approx((0.6 + 0.51) / 2)
    assert found.loc[("y", "m"), "error"] == 0.5
    assert found.loc[("x", "other"), "pictures"] == 1
