"""The kept result: complete, of the cases as they are, and a method without rows is run."""

import dataclasses

import pytest

import xai_core as xai
from xai_core.known_truth import CASES, Kept, Row, kept, rows_of, run
from xai_core.known_truth.result import digest, from_json, to_json

CHEAP = ("grad_cam", "guided_backprop", "integrated_gradients", "random")


def test_it_has_a_row_for_every_case_of_every_method_that_it_knows():
    found = kept()
    assert set(CHEAP) <= {row.method for row in found.rows}
    for method in dict.fromkeys(row.method for row in found.rows):
        assert [row.case for row in found.of(method)] == list(CASES)
    assert all(row.error is not None or row.sentence for row in found.rows)


@pytest.mark.parametrize("key", CASES)
def test_it_is_of_the_cases_as_they_are(key):
    """Where this fails, `saliency-lab range --out xai_core/data/range.json` makes the result again."""
    assert kept().cases[key] == digest(CASES[key])


@pytest.mark.parametrize("method", CHEAP)
def test_a_kept_row_is_what_a_run_gives(method):
    for row in kept().of(method):
        if not row.case.startswith("tiny"):
            again = run(CASES[row.case], method).row
            assert again.error == pytest.approx(row.error, abs=2e-4)
            assert dataclasses.replace(again, error=None) == dataclasses.replace(row, error=None)


def test_it_shows_what_a_range_has_to_show():
    rows = {(row.method, row.case): row for row in kept().rows}
    assert rows["guided_backprop", "class_blind"].class_test is False
    assert rows["integrated_gradients", "linear"].error == 0
    assert rows["grad_cam", "uneven"].error == 1
    assert not any(row.passed for row in kept().of("random"))


def test_a_text_gives_the_same_result():
    made = Kept("2026-01-02", "1", {"linear": "00"}, (Row("a", "linear", None, False, 'no "b"'),))
    text = to_json(made)
    assert from_json(text) == made
    assert to_json(from_json(text)) == text


def test_a_method_without_rows_is_run(monkeypatch):
    spec = dataclasses.replace(xai.METHODS["gradient"], key="newest")
    monkeypatch.setitem(xai.METHODS, "newest", spec)
    small = {key: CASES[key] for key in ("linear", "class_blind")}
    monkeypatch.setattr("xai_core.known_truth.result.CASES", small)
    rows = rows_of("newest")
    assert [(row.method, row.case) for row in rows] == [("newest", "linear"), ("newest", "class_blind")]
    assert [row.error for row in rows] == [run(case, "gradient").row.error for case in small.values()]


def test_a_method_with_rows_is_not_run(monkeypatch):
    monkeypatch.setattr("xai_core.known_truth.result.run", None)
    assert rows_of("grad_cam") == kept().of("grad_cam")
