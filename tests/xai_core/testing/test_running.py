"""Checks on the tiny network: verdicts, the gate, and a run that is killed and goes on."""

import numpy as np
import pandas as pd
import pytest

import xai_core as xai
from xai_core.datasets import Dataset, Example
from xai_core.testing import FAIL, PASS, REFUSED, UNDECIDED, Judge, run
from xai_core.testing.kinds import KINDS
from xai_core.testing.measuring import measure
from xai_core.testing.running import FACTS, prepare

from .conftest import a_check


def test_the_network_looks_at_the_shapes_and_the_check_stops_when_that_is_settled(tiny, drawn):
    found = run(tiny, drawn, a_check(share=0.2))
    assert found.verdict == PASS
    assert found.gate.passed
    assert found.looked == found.measured == len(found.rows) < 60
    assert [finding.state for finding in found.findings] == ["holds"] * 3
    assert list(found.rows.columns) == [*FACTS, *KINDS["looks_at"].columns]
    assert len(found.path) == found.looked


def test_a_share_that_no_map_has_fails(tiny, drawn):
    found = run(tiny, drawn, a_check(share=0.99))
    assert found.verdict == FAIL
    assert found.looked < 60


def test_few_pictures_leave_it_undecided(tiny, few):
    found = run(tiny, Dataset("three", few.examples[:3]), a_check(share=0.2))
    assert found.verdict == UNDECIDED
    assert found.looked == 3


@pytest.mark.parametrize("method", ["centre", "chance", "random"])
def test_maps_that_do_not_look_are_refused(tiny, few, method):
    found = run(tiny, few, a_check(method=method))
    assert found.verdict == REFUSED
    assert found.looked == 0
    assert found.rows.empty
    assert "hardly changes" in found.gate.sentence


@pytest.mark.parametrize("method", ["centre", "chance"])
def test_even_without_the_gate_they_never_pass_against_the_centre(tiny, drawn, method):
    """All sixty pictures; the share that is asked for is the smallest. (The method "random" weighs channels
    that do see the shapes, so the gate alone refuses it.)"""
    check = a_check(method=method, share=0.01)
    for about, total in (("like", None), ("these", 60)):
        judge = Judge(KINDS["looks_at"].claims(check), 0.95, total)
        verdicts = {judge.add(measure(tiny, check, example)) for example in drawn.examples}
        assert PASS not in verdicts, about


def test_a_method_whose_map_shows_the_picture_is_refused(lite0_small):
    data = Dataset("samples", tuple(Example(k, k, k, (0,)) for k in ("chelsea", "coffee", "rocket")))
    found = run(lite0_small, data, a_check("robust", method="guided_backprop", params={}))
    assert found.verdict == REFUSED
    assert "hardly changes" in found.gate.sentence


@pytest.mark.parametrize("kind", list(KINDS))
def test_every_kind_gives_its_numbers(tiny, few, kind):
    check = a_check(kind)
    found = measure(tiny, check, few.examples[0])
    assert set(found) == {*KINDS[kind].columns, "target", "probability"}
    for claim in KINDS[kind].claims(check):
        low, high = claim.span
        assert low <= claim.value(found) <= high
        assert low < claim.limit < high
    assert found == measure(tiny, check, few.examples[0]), "the same request gives the same numbers"


def test_a_run_that_was_cancelled_goes_on_and_gives_the_same_bytes(tiny, few, tmp_path):
    check, seen = a_check(share=0.3), []
    whole = run(tiny, few, check, tmp_path / "whole.parquet")
    with pytest.raises(xai.Cancelled, match="after 4 of 12"):
        run(
            tiny,
            few,
            check,
            tmp_path / "t.parquet",
            progress=lambda done, _: seen.append(done),
            cancelled=lambda: len(seen) >= 4,
        )
    kept = list((tmp_path / "t.parquet.parts").glob("*.parquet"))
    assert len(kept) == 4
    measured = []

    def engine(handle, check, waiting, cancelled):
        for number, example in reversed(waiting):  # as an engine with workers may, in any order
            measured.append(number)
            yield number, measure(handle, check, example)

    resumed = run(tiny, few, check, tmp_path / "t.parquet", engine)
    assert set(measured).isdisjoint(range(4))
    pd.testing.assert_frame_equal(resumed.rows, whole.rows)
    assert resumed.findings == whole.findings
    assert (tmp_path / "t.parquet").read_bytes() == (tmp_path / "whole.parquet").read_bytes()
    again = run(tiny, few, check, tmp_path / "t.parquet", engine=nothing_is_measured)
    assert again.findings == whole.findings
    with pytest.raises(xai.InputError, match="of another run"):
        run(tiny, few, a_check(share=0.4), tmp_path / "t.parquet")


def nothing_is_measured(handle, check, waiting, cancelled):
    """An engine that must not be asked for anything."""
    raise AssertionError("something was measured again")
    yield


def test_a_picture_that_cannot_be_read_has_its_reason_and_the_others_count(tiny, few, tmp_path):
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"\x89PNG broken")
    bad = Example("broken.png", str(broken), "disc", (0,), few.examples[0].boxes)
    data = Dataset("some", (*few.examples[:5], bad))
    found = run(tiny, data, a_check(share=0.2), tmp_path / "t.parquet")
    assert (found.looked, found.measured) == (6, 5)
    ((name, why),) = found.errors
    assert name == "broken.png"
    assert "broken.png" in why
    again = run(tiny, data, a_check(share=0.2), tmp_path / "t.parquet")
    assert again.errors == found.errors


def test_the_worst_pictures_come_first(tiny, few):
    found = run(tiny, few, a_check(share=0.3))
    shares = [numbers["share"] for _, numbers in found.worst(5)]
    assert shares == sorted(shares)
    assert shares[0] == found.rows["share"].min()
    turned = run(tiny, few, a_check("ignores", region="border", about="these"))
    shares = [numbers["share"] for _, numbers in turned.worst(5)]
    assert shares == sorted(shares, reverse=True)


def test_what_cannot_be_run_is_refused_before_anything_is(tiny, few):
    for fields, words in (
        ({"layer": "nowhere"}, "nowhere"),
        ({"method": "attention_rollout"}, "attention"),
        ({"kind": "ignores", "region": "0.5 0.5 0.5001 0.5001"}, "part of it"),
    ):
        with pytest.raises(xai.InputError, match=words):
            prepare(tiny, few, a_check(**fields))


def test_an_empty_map_looks_at_nothing_and_ignores_nothing(tiny, few, monkeypatch):
    from xai_core.testing import measuring

    made = measuring.map_of

    def empty(*given):
        import dataclasses

        e = made(*given)
        return dataclasses.replace(e, heatmap=np.zeros_like(e.heatmap))

    monkeypatch.setattr(measuring, "map_of", empty)
    assert measure(tiny, a_check(), few.examples[0])["share"] == 0.0
    assert measure(tiny, a_check("ignores"), few.examples[0])["share"] == 1.0
