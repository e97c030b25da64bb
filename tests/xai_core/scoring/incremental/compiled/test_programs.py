"""Compiled networks: which there are, when they are used, and that they give the network's logits."""

import subprocess
import sys

import numpy as np
import pytest
import torch

import xai_core as xai
from xai_core.network.batches import Progress
from xai_core.scoring.incremental import Incremental, engine, engine_of
from xai_core.scoring.incremental.compiled import Program, Programs, availability, program, why_not_here
from xai_core.scoring.perturbations import FEWEST, score_inputs


@pytest.fixture
def fresh():
    """Engines that are made anew, and not kept."""
    known = dict(engine._ENGINES)
    engine._ENGINES.clear()
    yield
    engine._ENGINES.clear()
    engine._ENGINES.update(known)


def logits(found: torch.Tensor) -> torch.Tensor:
    return found


def test_logits_of_the_embedded_model(lite0):
    with lite0.session(), torch.inference_mode():
        compiled = engine_of(lite0.scorer, lite0.blank()).compiled
        assert compiled.reason == ""
        assert compiled.error < 3e-6
        x = torch.cat([lite0.blank(3), lite0.blank(2) / 2])
        found, expected = compiled.programs.whole(x), lite0.scorer(x)
        assert (found - expected).abs().max() < 1e-5 * expected.abs().max()
        assert torch.equal(found, compiled.programs.whole(x)), "the same bytes again"
        assert torch.equal(found[:2], compiled.programs.whole(x[:2].clone())), "whatever else is in the batch"


def test_a_program_begins_at_a_later_result(lite0):
    with lite0.session(), torch.inference_mode():
        network = Incremental(lite0.scorer, lite0.blank())
        programs, x = Programs(network), lite0.blank(2)
        single = [place for place, live in enumerate(network.live) if len(live) == 1]
        places = [place for place in single if len(network.sizes[next(iter(network.live[place]))]) == 4][8::8]
        for place in places:
            (number,) = network.live[place]
            maps = network.between({0: x}, 0, place + 1, 2)[number]
            found, expected = programs.behind(place, number)(maps), lite0.scorer(x)
            assert (found - expected).abs().max() < 1e-5 * expected.abs().max()
        assert len(places) > program.KEPT == len(programs._later), "the last few are kept"


@pytest.mark.parametrize(("count", "by_program"), [(FEWEST - 1, False), (FEWEST, True)])
def test_few_pictures_are_not_worth_it(lite0_small, monkeypatch, fresh, count, by_program):
    ran, real = [], Program.__call__
    with lite0_small.session(), torch.inference_mode():
        scorer, x = lite0_small.scorer, lite0_small.blank(count)
        engine_of(scorer, x[:1])
        monkeypatch.setattr(Program, "__call__", lambda own, maps: ran.append(len(maps)) or real(own, maps))
        found = score_inputs(scorer, lambda a, b: x[a:b], count, logits, x.device, Progress())
        expected = scorer(x)
    assert sum(ran) == (count if by_program else 0)
    assert (found - expected).abs().max() < 1e-5 * expected.abs().max()


def test_why_a_network_is_not_compiled(monkeypatch):
    x = torch.zeros(1, 3, 8, 8)
    assert why_not_here(x, 100) == ""
    assert why_not_here(x.double(), 100) == "It computes in float32, and the network in float64."
    assert "on a CPU, and the network is on meta" in why_not_here(x.to("meta"), 100)
    monkeypatch.setattr(availability, "memory", lambda: 2_700_000_000)
    assert why_not_here(x, 100_000_000) == ""
    assert "528 MB of weights a second time; this machine has memory for 169 MB." in why_not_here(
        x, 528_000_000
    )
    monkeypatch.setattr(availability, "memory", lambda: 1_000_000_000)
    assert why_not_here(x, 100) == ("This machine has 1.0 GB of memory; from 2 GB on networks are compiled.")
    monkeypatch.setattr(availability, "memory", lambda: 0)
    assert why_not_here(x, 100_000_000) == ""
    monkeypatch.setenv("GOMP_SPINCOUNT", "300000")
    assert "wait busily" in why_not_here(x, 100)
    monkeypatch.setenv("XAI_OPENVINO", "0")
    assert why_not_here(x, 100) == "XAI_OPENVINO=0 switches it off."
    monkeypatch.delenv("XAI_OPENVINO")
    monkeypatch.setattr(availability, "find_spec", lambda _name: None)
    assert why_not_here(x, 100).startswith("OpenVINO is not installed")


def test_a_program_that_is_wrong_is_not_used(lite0_small, monkeypatch, fresh, caplog):
    real = Program.__call__
    monkeypatch.setattr(Program, "__call__", lambda own, maps: 1.001 * real(own, maps))
    with lite0_small.session():
        made = engine_of(lite0_small.scorer, lite0_small.blank())
    assert made.compiled.programs is None
    assert made.compiled.reason.startswith("Its logits came out 0.001 of their size apart")
    assert made.network is not None, "windows are run as before"
    assert "The network is not compiled" in caplog.text


def test_maps_are_those_of_the_network_as_it_is(lite0_small, chelsea, monkeypatch, fresh):
    found = {}
    for on in ("1", "0"):
        monkeypatch.setenv("XAI_OPENVINO", on)
        engine._ENGINES.clear()
        found[on] = {
            "score_cam": xai.explain(lite0_small, chelsea, "score_cam", 282, "blocks.6").heatmap,
            "rise": xai.explain(lite0_small, chelsea, "rise", 282, masks=60).heatmap,
            "lime": xai.explain(lite0_small, chelsea, "lime", 282, samples=60).heatmap,
        }
    for name, expected in found["0"].items():
        apart = np.abs(found["1"][name] - expected).max()
        assert 0 < apart < 1e-4 * np.abs(expected).max(), name


@pytest.mark.parametrize(
    ("first", "short"), [("pages._ui.navigation", True), ("xai_core", True), ("torch", False)]
)
def test_a_short_wait_is_set_before_torch_is_imported(first, short):
    code = f"import {first}\nfrom xai_core.spinning import waits_briefly\nprint(waits_briefly())"
    told = subprocess.run(
        [sys.executable, "-c", code],
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.splitlines()[-1] == str(short)
