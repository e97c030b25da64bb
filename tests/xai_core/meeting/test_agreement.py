"""How well marks meet a map, against a count by hand and a slower derivation."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from xai_core.meeting import Agreement, agreement, sentence
from xai_core.meeting.agreement import middle_of
from xai_core.types import InputError


def corner(height: int = 10, width: int = 20) -> np.ndarray:
    """A map that falls from its upper left corner, so that the hottest fifth lies there."""
    down, across = np.mgrid[:height, :width]
    return (100.0 - down / height - across / width).astype(np.float32)


def test_hits_are_counted_by_hand():
    x = np.array([0.0, 0.05, 0.1, 0.5, 0.99, 1.0])
    y = np.array([0.0, 0.05, 0.1, 0.5, 0.99, 1.0])
    found = agreement(corner(), x, y)
    assert (found.marks, found.hits, found.middle) == (6, 3, 1)
    assert found.chance == pytest.approx(0.2, abs=0.02)
    assert found.gap == pytest.approx(2 / 6)


def test_the_interval_is_wilsons():
    x = np.array([0.05] * 7 + [0.9] * 3)
    found = agreement(corner(), x, x)
    p, n, z = 0.7, 10, 1.959964
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    assert (found.low, found.high) == pytest.approx((centre - half, centre + half), abs=1e-5)


def test_the_middle_is_as_large_as_the_hottest_part():
    hot = np.zeros((9, 21), bool)
    hot[:3, :7] = True
    middle = middle_of(hot)
    assert middle.sum() == hot.sum() == 21
    assert middle[4, 10]
    assert not middle[[0, -1]].any()
    assert not middle[:, [0, -1]].any()


def test_without_marks_there_is_no_share():
    found = agreement(corner(), np.array([]), np.array([]))
    assert found.marks == 0
    assert math.isnan(found.share)
    assert found.numbers()["share"] is None
    assert found.numbers()["low"] is None


def test_an_empty_map_points_nowhere():
    with pytest.raises(InputError, match="points at no place"):
        agreement(np.zeros((4, 6), np.float32), np.array([0.5]), np.array([0.5]))


PLAIN = Agreement(20, 12, 5, 0.2, 0.387, 0.781, 0.35, 0.1, 0.6)


@pytest.mark.parametrize(
    ("changes", "begins"),
    [
        ({}, "The marks meet the map better than chance, and better than the middle"),
        ({"gap_low": 0.0}, "The marks meet the map better than chance would, but not better than they meet"),
        ({"gap_low": float("nan")}, "The marks meet the map better than chance would, but not better"),
        ({"low": 0.2}, "The marks meet the map no better than chance would"),
        ({"low": 0.201}, "The marks meet the map better than chance, and"),
        ({"low": 0.0, "high": 0.199, "hits": 0}, "The marks avoid what the map shows"),
        ({"low": 0.0, "high": 0.2, "hits": 1}, "The marks meet the map no better than chance would"),
        ({"marks": 4}, "4 people have marked the picture: too few"),
        ({"marks": 5}, "The marks meet the map better than chance, and"),
        ({"marks": 1}, "1 person has marked the picture: too few"),
        ({"marks": 0}, "Nobody has marked the picture: too few"),
    ],
)
def test_the_sentence_follows_the_numbers(changes, begins):
    assert sentence(dataclasses.replace(PLAIN, **changes)).startswith(begins)


def test_the_sentence_says_its_numbers():
    said = sentence(PLAIN)
    assert "12 of 20 marks lie in the hottest part" in said
    assert "where 20 % would by chance (95 % interval 39 to 78 %)" in said
    assert "around the centre of the picture holds 5" in said


def test_chance_is_what_marks_at_random_reach():
    draw = np.random.default_rng(0)
    found = agreement(corner(30, 40), draw.random(500), draw.random(500))
    assert found.share == pytest.approx(found.chance, abs=0.06)
    assert found.middle / found.marks == pytest.approx(found.chance, abs=0.06)
