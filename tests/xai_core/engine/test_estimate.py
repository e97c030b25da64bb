"""What is announced: by what a pass costs here, corrected by what long work truly took."""

import pytest

import xai_core as xai
from xai_core.metrics import insertion


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


def test_curves_are_measured_on_a_part_of_a_path(handle, chelsea):
    one, three = (insertion.seconds(handle, chelsea, maps, 4) for maps in (1, 3))
    assert 0 < one < three
    assert three / one == pytest.approx(insertion.passes(handle, 3, 4) / insertion.passes(handle, 1, 4))
    assert insertion.seconds(handle, chelsea, 1, 32) > 0, "too few steps to try: a pass of the network each"
    assert handle.ledger.rates["curves", 32] == handle.seconds_per_pass
