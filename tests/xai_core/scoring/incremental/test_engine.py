"""Whether a network is run on windows: the check of the results, and the choice by counted work."""

import gc
import logging

import numpy as np
import pytest
import torch
from torch import nn

import xai_core as xai
from tests.lanes import core_and_peers
from xai_core.metrics.insertion import curves
from xai_core.network.batches import Progress
from xai_core.scoring import perturbations
from xai_core.scoring.hiding import Painted
from xai_core.scoring.incremental import engine as engines
from xai_core.scoring.incremental import engine_of, key_of, known_engine
from xai_core.scoring.perturbations import CPU_WINDOWS, FEWEST, score_inputs
from xai_core.types import Cancelled


@pytest.fixture
def engine(lite0):
    with lite0.session():
        return engine_of(lite0.scorer, lite0.blank())


@pytest.fixture
def forced(monkeypatch):
    """Makes windows no work at all, or too much."""

    def force(on):
        monkeypatch.setattr(perturbations, "_work_of_windows", lambda *_: 0.0 if on else float("inf"))

    return force


@pytest.fixture
def scored(monkeypatch):
    """How many pictures were scored on windows."""
    counts, call = [], perturbations._Windowed.__call__

    def counted(self, start, stop):
        counts.append(stop - start)
        return call(self, start, stop)

    monkeypatch.setattr(perturbations._Windowed, "__call__", counted)
    return counts


def test_the_embedded_model_is_run_on_windows(engine):
    assert engine.network is not None
    assert engine.error <= 3e-6
    assert engine.reason == ""


@pytest.mark.peers
def test_occlusion(lite0, chelsea, forced):
    params = {"window": 20, "stride": 16, "baseline": "blur"}
    forced(True)
    windows = xai.explain(lite0, chelsea, "occlusion", 282, **params)
    forced(False)
    whole = xai.explain(lite0, chelsea, "occlusion", 282, **params)
    assert np.abs(whole.heatmap).max() > 0.01
    np.testing.assert_allclose(windows.heatmap, whole.heatmap, rtol=0, atol=1e-5)
    assert windows.forwards == whole.forwards


@pytest.mark.peers
@pytest.mark.parametrize("segmented", core_and_peers([False, True]))
def test_insertion_and_deletion(lite0, chelsea, forced, segmented):
    e = xai.explain(lite0, chelsea, "grad_cam", 282)
    segments = None
    if segmented:
        segments = xai.inputs.superpixels.segment(lite0.view(chelsea), "slic", 60)
    found = []
    for on in (True, False):
        forced(on)
        found.append(curves(lite0, chelsea, e, 28, "mean", "logit", segments))
    for name in ("insertion", "deletion"):
        np.testing.assert_allclose(getattr(found[0], name), getattr(found[1], name), rtol=0, atol=2e-5)
    assert np.ptp(found[0].insertion) > 1


@pytest.mark.parametrize(("window", "stride", "on_windows"), [(28, 28, True), (128, 16, False)])
def test_counted_work_decides(lite0, chelsea, scored, window, stride, on_windows):
    """Small windows are less work than whole pictures, large ones are not. Every pass is reported."""
    seen = []
    request = xai.Request("occlusion", params={"window": window, "stride": stride})
    (e,) = xai.explain_many(lite0, chelsea, [request], lambda *now: seen.append(now))
    count = e.forwards - 2
    assert count >= FEWEST
    assert sum(scored) == (count if on_windows else 0)
    assert seen[-1] == (1 + count, 1 + count)


def test_few_pictures_are_whole_whether_or_not_the_network_was_recorded(lite0_small, chelsea, scored):
    window = {"window": 16, "stride": 16}
    with lite0_small.session():
        engine_of(lite0_small.scorer, lite0_small.blank())
    e = xai.explain(lite0_small, chelsea, "occlusion", **window)
    assert e.forwards - 2 < FEWEST
    assert not scored


def test_it_can_be_cancelled_between_windows(lite0, chelsea, forced):
    forced(True)
    seen = []
    with pytest.raises(Cancelled, match=f"after {1 + CPU_WINDOWS} of 785"):
        xai.explain_many(
            lite0, chelsea, [xai.Request("occlusion")], lambda *now: seen.append(now), lambda: len(seen) > 1
        )


class Restless(nn.Module):
    """Returns other logits from its third run on, which a recording cannot know."""

    def __init__(self):
        super().__init__()
        self.conv, self.calls = nn.Conv2d(3, 4, 3), 0

    def forward(self, x):
        self.calls += 1
        return self.conv(x).mean((2, 3)) + float(self.calls > 2)


def test_a_network_that_comes_out_otherwise_is_switched_off_and_says_so(caplog):
    with caplog.at_level(logging.WARNING):
        found = engine_of(Restless().eval().requires_grad_(False), torch.zeros(1, 3, 16, 16))
    assert found.network is None
    assert "more than 1e-05" in found.reason
    assert "Incremental inference is switched off" in caplog.text


class Branching(nn.Module):
    def forward(self, x):
        return x.mean((2, 3)) if x.sum() > 0 else -x.mean((2, 3))


def test_logits_that_are_not_numbers_switch_it_off():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("scale", torch.tensor([1.0, torch.nan, 1.0]))

        def forward(self, x):
            return x.mean((2, 3)) * self.scale

    found = engine_of(Net().eval(), torch.zeros(1, 3, 16, 16))
    assert found.network is None
    assert "nan" in found.reason


def test_a_network_that_cannot_be_followed_is_scored_whole():
    net = Branching().eval()
    assert engine_of(net, torch.zeros(1, 3, 16, 16)).reason == (
        "The network cannot be followed: its operations depend on the values that it computes."
    )
    x = torch.ones(1, 3, 16, 16)
    baseline = torch.zeros_like(x)
    found = xai.methods.occlusion.occlusion(
        Painted(net, x, baseline), x, xai.network.scores.Score((0,)), Progress(), window=4, stride=4
    )
    torch.testing.assert_close(found, torch.full((1, 4, 4), 1 / 16))


def test_one_engine_for_each_network_and_size(monkeypatch):
    made = []
    monkeypatch.setattr(engines, "_checked", lambda *_: made.append(1) or engines.Engine(None))
    net = Branching()
    for side in (8, 8, 9):
        engine_of(net, torch.zeros(1, 3, side, 8))
    assert len(made) == 2


def test_a_key_stands_for_a_scorer_and_keeps_nothing_alive():
    net, other = (nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten(), nn.Linear(144, 2)).eval() for _ in range(2))
    key = key_of(net)
    assert key == key_of(net) != key_of(other)
    assert known_engine(key) is None
    engine = engine_of(net, torch.zeros(1, 3, 8, 8))
    assert engine.network is not None
    assert known_engine(key) is engine
    assert known_engine(key_of(other)) is None
    del net
    gc.collect()
    assert known_engine(key) is None


def test_without_changes_nothing_is_recorded(monkeypatch):
    monkeypatch.setattr("xai_core.scoring.perturbations.engine_of", lambda *_: pytest.fail("recorded"))
    scores = score_inputs(
        nn.Flatten(),
        lambda a, b: torch.arange(a, b).float().view(-1, 1, 1, 1),
        5,
        lambda logits: logits[:, 0],
        torch.device("cpu"),
        Progress(),
    )
    assert scores.tolist() == [0, 1, 2, 3, 4]
