"""Estimates: measured seconds of the first batches times counted work, replaced by what long work took."""

import numpy as np
import pytest
import torch

import xai_core as xai
from tests.xai_core.token_nets import tiny_vit
from xai_core.engine.estimate import seconds_a_pass
from xai_core.metrics import insertion
from xai_core.network.batches import run_batches
from xai_core.scoring.perturbations import Part, run_parts


@pytest.fixture
def handle(lite0_small):
    lite0_small.ledger.rates.clear()
    yield lite0_small
    lite0_small.ledger.rates.clear()


def test_windows_of_each_size_have_their_own_rate(handle, chelsea):
    for window in (8, 16):
        params = {"window": window, "stride": 8}
        assert xai.estimate(handle, chelsea, [xai.Request("occlusion", 281, params=params)]) > 0
    assert set(handle.ledger.rates) == {("occlusion", None, 8), ("occlusion", None, 16)}


def test_what_a_long_run_took_takes_the_place_of_the_estimate(handle, chelsea, monkeypatch):
    request = xai.Request("rise", 281, params={"masks": 40})
    handle.ledger.rates["rise", None] = 100.0
    monkeypatch.setattr("xai_core.engine.run.LEARNED", 0.0)
    (e,) = xai.explain_many(handle, chelsea, [request])
    assert handle.ledger.rates["rise", None] == pytest.approx(e.seconds / 40, rel=0.5)
    learned = handle.ledger.rates["rise", None]
    xai.explain_many(handle, chelsea, [request.replace(params={"masks": 40, "stable": 0.5})])
    assert handle.ledger.rates["rise", None] == learned, "a run that stops early says nothing of the whole"
    monkeypatch.setattr("xai_core.engine.run.LEARNED", 60.0)
    xai.explain_many(handle, chelsea, [request])
    assert handle.ledger.rates["rise", None] == learned, "in a short run other things weigh"


@pytest.fixture
def clock(monkeypatch):
    """A clock that goes forward when it is told to."""
    now = [0.0]
    monkeypatch.setattr("xai_core.engine.estimate.time.perf_counter", lambda: now[0])
    return now


def batches(clock, each, first=0.0):
    """A scoring function whose pictures take `each` seconds, the first batch `first` more."""
    extra = [first]

    def scores(start, stop):
        clock[0] += each * (stop - start) + extra[0]
        extra[0] = 0.0
        return torch.zeros(stop - start)

    return scores


def test_what_is_left_is_expected_by_counted_work(clock):
    """Two seconds for each unit of work. The second part is never reached; the first batch warms up."""
    parts = [
        Part(np.arange(10), batches(clock, 2.0, first=50.0), 2, work=1.0),
        Part(np.arange(10, 40), batches(clock, 6.0), 5, work=3.0),
    ]
    found = seconds_a_pass(lambda progress: run_parts(parts, torch.device("cpu"), progress))
    assert found == pytest.approx((10 * 2 + 30 * 6) / 40)
    assert clock[0] == 50 + 2 * 4, "one batch more than the one that warms up takes long enough"


def test_work_that_is_not_counted_is_estimated_by_passes(clock):
    scores = batches(clock, 0.25, first=3.0)
    found = seconds_a_pass(lambda progress: run_batches(scores, 100, torch.device("cpu"), progress, 2))
    assert found == 0.25
    assert clock[0] == 3 + 0.25 * 2 * 4, "three batches are timed after the first"


def test_work_that_ends_at_once_is_timed_as_a_whole(clock):
    scores = batches(clock, 0.5)
    assert seconds_a_pass(lambda progress: run_batches(scores, 3, torch.device("cpu"), progress, 2)) == 0.5


def test_curves_are_measured_on_a_part_of_a_path(handle, chelsea):
    one, three = (insertion.seconds(handle, chelsea, maps, 4) for maps in (1, 3))
    assert 0 < one < three
    assert three / one == pytest.approx(insertion.passes(handle, 3, 4) / insertion.passes(handle, 1, 4))
    assert insertion.seconds(handle, chelsea, 1, 32) > 0, "too few steps to try: a pass of the network each"
    assert handle.ledger.rates["curves", 32] == handle.seconds_per_pass


def test_curves_with_patches_left_out_have_a_rate_of_their_own(chelsea):
    """Untried, a step counts as half a pass, since half of the patches stay on average."""
    vit = tiny_vit()
    vit.ledger.seconds_per_pass = 0.5
    rough = insertion.seconds(vit, chelsea, 2, "patch", measured=False, baseline="drop")
    assert rough == insertion.passes(vit, 2, "patch") * 0.25
    assert insertion.seconds(vit, chelsea, 2, "patch", measured=False) == 2 * rough
    assert 0 < insertion.seconds(vit, chelsea, 2, "patch", baseline="drop") < rough
    assert set(vit.ledger.rates) == {("curves", "drop", 2), ("curves", "patch")}
    with pytest.raises(xai.InputError, match="whole patches of 4 x 4 pixels"):
        insertion.seconds(vit, chelsea, 2, 8, baseline="drop")


def test_a_rough_estimate_runs_nothing_and_is_not_less_than_windows_take(handle, chelsea, monkeypatch):
    """Passes times a pass of the whole network; a measured rate takes its place."""
    handle.ledger.seconds_per_pass = 0.5
    requests = [xai.Request("rise", 281, params={"masks": 40}), xai.Request("smooth_grad", 281)]
    monkeypatch.setattr("xai_core.engine.estimate.Run", None)
    try:
        rough = [xai.estimate(handle, chelsea, [request], measured=False) for request in requests]
        assert rough == [0.5 + 40 * 0.5, 0.5 + 50 * 3 * 0.5]
        handle.ledger.rates["rise", None] = 0.01
        assert xai.estimate(handle, chelsea, requests[:1], measured=False) == pytest.approx(0.5 + 0.4)
    finally:
        handle.ledger.seconds_per_pass = None
