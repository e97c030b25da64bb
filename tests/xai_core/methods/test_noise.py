"""The noise wrapper: each statistic of any values against a loop, and what changes nothing."""

import pytest
import torch
from torch.testing import assert_close

import xai_core as xai
from xai_core.methods._noise import STATISTICS, Noise, over_noise
from xai_core.network.batches import Progress

from .noise_by_hand import drawn, statistic
from .tiny import pictures


def cube(copies, _image):
    """Values that are no gradient: (B, 3, H, W) -> (B, H, W)."""
    return (copies**3).sum(1)


def run(kind, x, samples=9, sigma=0.7, seed=0, stable=0.0, progress=None, facts=None):
    noise = Noise(torch.Generator().manual_seed(seed), samples, sigma, stable)
    facts = {} if facts is None else facts
    return over_noise(cube, kind, lambda found, image: found, x, noise, progress or Progress(), facts)


@pytest.mark.parametrize("kind", STATISTICS)
def test_against_a_loop(kind):
    x = pictures(1)
    values = [((x[0] + 0.7 * e) ** 3).sum(0) for e in drawn(x, 9)]
    assert_close(run(kind, x)[0], statistic(kind, values))


@pytest.mark.parametrize("kind", STATISTICS)
@pytest.mark.parametrize("batch", [1, 2, 50])
def test_the_batch_changes_nothing(monkeypatch, kind, batch):
    expected = run(kind, pictures(2))
    monkeypatch.setattr("xai_core.network.batches.CPU_GRADIENT_BATCH", batch)
    assert_close(run(kind, pictures(2)), expected)


def test_the_variance_keeps_its_digits_far_from_zero():
    """Values near 1e9 that vary by about 0.02: the mean of their squares has no digit left for that."""
    x = pictures(1)
    noise = Noise(torch.Generator().manual_seed(0), 40, 0.01)
    found = over_noise(
        lambda copies, _image: copies.sum(1) + 1e9, "variance", lambda f, image: f, x, noise, Progress(), {}
    )
    exact = (0.01 * drawn(x, 40)).sum(1).var(0, correction=0)
    assert_close(found[0], exact, rtol=1e-4, atol=0)


@pytest.mark.parametrize("kind", STATISTICS)
def test_it_stops_when_two_halves_agree(kind):
    """With `stable` fewer copies are drawn, and the map is that of the copies drawn."""
    facts = {}
    found = run(kind, pictures(1), samples=400, sigma=0.2, stable=0.5, facts=facts)
    (count,), (reliability,) = facts["samples"], facts["reliability"]
    assert 16 <= count < 400
    assert reliability >= 0.5
    x = pictures(1)
    values = [((x[0] + 0.2 * e) ** 3).sum(0) for e in drawn(x, 400)[:count]]
    assert_close(found[0], statistic(kind, values))


def test_passes_and_growth():
    """The variance needs one pass more; a growing map is the statistic of the copies so far."""
    shown, x = [], pictures(1)
    for kind, extra in (("mean", 0), ("square", 0), ("variance", 1)):
        progress = Progress(
            on_partial=lambda values, count, of, kind=kind: shown.append((kind, values, count))
        )
        progress._next_look = 0.0
        run(kind, x, progress=progress)
        assert progress.forwards == 9 + extra
    assert {kind for kind, _, _ in shown} == set(STATISTICS)
    for kind, values, count in shown:
        copies = [((x[0] + 0.7 * e) ** 3).sum(0) for e in drawn(x, 9)[:count]]
        assert_close(values, statistic(kind, copies))


def test_cancelled_between_two_batches():
    asked = []
    progress = Progress(cancelled=lambda: asked.append(None) or len(asked) == 2)
    with pytest.raises(xai.Cancelled):
        run("variance", pictures(1), samples=50, progress=progress)
    assert progress.forwards == 1 + 4
