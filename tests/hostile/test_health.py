"""Two hundred mixed runs leave no file open and no thread behind, and memory does not grow with them."""

import pytest

from tests.benchmarks import health

pytestmark = pytest.mark.hostile


def test_two_hundred_runs_leave_nothing_behind(tmp_path, monkeypatch):
    monkeypatch.setenv("XAI_BOARDS_DIR", str(tmp_path))
    found = list(health.measured(200, parts=4))
    assert [one.runs for one in found] == [0, 50, 100, 150, 200]
    more = health.grown(found)
    assert more["files"] <= 0
    assert more["threads"] <= 0
    assert more["MB"] < 150, "most of what is used for the first time is used in the first hundred runs"


def test_what_is_left_behind_is_seen(tmp_path):
    before = health.health(0)
    with (tmp_path / "a").open("w"), (tmp_path / "b").open("w"):
        assert health.health(0).files == before.files + 2
    grown = health.grown(
        [before, before, before, health.Health(9, before.megabytes + 7, before.files + 1, 99)]
    )
    assert (grown["MB"], grown["files"]) == (pytest.approx(7), 1)
