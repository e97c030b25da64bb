"""A server within 1 GB and one core: it finds out that it is small, and shows its pages."""

from __future__ import annotations

import pytest

from tests.benchmarks import small

pytestmark = pytest.mark.hostile


def test_a_server_of_one_gigabyte_shows_its_first_pages():
    row = small.measure(1000, ("overview", "gallery", "compare"), many=2)
    assert small.holds(row), row


@pytest.mark.parametrize(
    ("changed", "kept"),
    [
        ({}, True),
        ({"alive": 0.0}, False),
        ({"pages": 8}, False),
        ({"went wrong": 1}, False),
        ({"largest memory, MB": 1000.0}, False),
        ({"largest memory, MB": 0.0}, False),
        ({"largest memory, MB": 1000.0, "in a control group": 1.0}, True),
    ],
)
def test_what_counts_as_held(changed, kept):
    row = {
        "alive": 1.0,
        "pages": 9,
        "asked": 9,
        "went wrong": 0,
        "largest memory, MB": 900.0,
        "limit, MB": 1000,
        "in a control group": 0.0,
    }
    assert small.holds(row | changed) is kept
