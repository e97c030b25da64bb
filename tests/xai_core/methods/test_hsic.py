"""hsic: dependences worked out by hand, the traces of matrices as written, the masks, and chance."""

import math

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.testing import assert_close

import xai_core as xai
from xai_core.methods._cells import cell_labels
from xai_core.methods._dependence import above_chance, dependence, width_of
from xai_core.methods.hsic import drawn_masks, hsic
from xai_core.network.batches import Progress
from xai_core.network.scores import Score
from xai_core.scoring.hiding import Painted

from .tiny import pictures

SIZE = (4, 6)


class Quarters(nn.Module):
    """Of the means a, b, c, d of the four quarters: logit_0 = 2 a, logits 1 to 3 = (c - d)^2, 1, c d."""

    def forward(self, x):
        a, _, c, d = F.adaptive_avg_pool2d(x.mean(1, keepdim=True), 2).flatten(1).unbind(1)
        return torch.stack([2 * a, (c - d) ** 2, torch.ones_like(a), c * d], 1)


def run(net, x, score, seed=0, progress=None, patches=None, **options):
    facts = {}
    hiding = Painted(net, x, torch.zeros_like(x))
    generator = torch.Generator().manual_seed(seed)
    return hsic(hiding, x, score, patches, generator, progress or Progress(), facts, **options), facts


def ones(n=1):
    return torch.ones(n, 3, *SIZE, dtype=torch.float64)


@pytest.mark.parametrize(("width", "unlike"), [("distances", math.exp(-1 / 2)), ("scores", math.exp(-2))])
def test_a_score_of_one_cell_by_hand(width, unlike):
    # L is 1 for equal bits and `unlike` for different ones: H L H = (1 - unlike) / 2 t t', with t = 1 and -1.
    # The median distance is 2. With as many zeros as twos, the median score is 1.
    found, facts = run(Quarters(), ones(), Score((0,)), masks=200, grid=2, width=width)
    assert float(found[0, 0, 0]) == pytest.approx((1 - unlike) / 4)
    assert found[0].flatten()[1:].max() < 0.02 * found[0, 0, 0]
    assert facts["above_chance"] == [1]


def test_cells_that_matter_only_together_stay_dark():
    found, _ = run(Quarters(), ones(), Score((1,)), masks=2000, grid=2)
    assert found.max() < 0.002


def test_a_score_that_does_not_vary_gives_zeros():
    found, facts = run(Quarters(), ones(), Score((2,)), masks=20, grid=2, width="scores")
    assert not found.any()
    assert facts["above_chance"] == [0]


def literally(bits, scores, width):
    """1/n^2 trace(K H L H), with every matrix written out, cell by cell."""
    n = len(scores)
    h = np.eye(n) - np.ones((n, n)) / n
    l = np.exp(-((scores[:, None] - scores[None]) ** 2) / (2 * width**2))  # noqa: E741
    traces = []
    for column in bits.T:
        k = 0.5 - (column[:, None] - column[None]) ** 2
        traces.append(np.trace(k @ h @ l @ h) / n**2)
    return np.array(traces)


@pytest.mark.parametrize("width", ["distances", "scores"])
@pytest.mark.parametrize("design", ["latin", "sobol"])
def test_against_the_traces(design, width):
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Tanh(), nn.Flatten(), nn.Linear(4 * 5 * 9, 3)).double()
    net.requires_grad_(False)
    x = pictures(2, (7, 11))
    found, facts = run(net, x, Score((2, 0)), 3, masks=31, grid=3, design=design, width=width)
    bits = drawn_masks(31, 9, design, torch.Generator().manual_seed(3)).double()
    masks = F.interpolate(bits.view(-1, 1, 3, 3), (7, 11), mode="nearest-exact")
    for i, target in enumerate((2, 0)):
        scores = net(x[i : i + 1] * masks)[:, target].numpy()
        pairs = [abs(scores[a] - scores[b]) for a in range(31) for b in range(a)]
        w = np.median(pairs) if width == "distances" else np.median(scores)
        expected = torch.from_numpy(literally(bits.numpy(), scores, w)).view(3, 3)
        assert_close(found[i], expected, rtol=1e-9, atol=1e-14)
    assert facts["samples"] == (31, 31)


def test_xpliques_sum_is_n_times_as_large():
    """Its input kernel is 1 + K, and it divides by n; centring takes the 1 away."""
    random = np.random.default_rng(0)
    bits, scores, n = random.integers(0, 2, (30, 4)).astype(float), random.random(30), 30
    width, h = float(np.median(scores)), np.eye(30) - 1 / 30
    kernel = np.exp(-((scores[:, None] - scores[None]) ** 2) / (2 * width**2))
    theirs = [
        ((h @ (1.5 - (column[:, None] - column[None]) ** 2) @ h) * (h @ kernel @ h).T).sum() / n
        for column in bits.T
    ]
    assert_close(n * dependence(bits - 0.5, scores, width_of(scores, False)), np.array(theirs))


def test_blocks_of_rows_change_nothing(monkeypatch):
    random = np.random.default_rng(0)
    signs, scores = random.integers(0, 2, (30, 4)) - 0.5, random.normal(size=30)
    whole = dependence(signs, scores, 0.7)
    monkeypatch.setattr("xai_core.methods._dependence.BLOCK", 7)
    assert_close(dependence(signs, scores, 0.7), whole, rtol=1e-12, atol=0)


def test_the_masks():
    latin = drawn_masks(40, 9, "latin", torch.Generator().manual_seed(1))
    assert latin.sum(0).tolist() == [20] * 9
    assert not torch.equal(latin, drawn_masks(40, 9, "latin", torch.Generator().manual_seed(2)))
    assert set(drawn_masks(41, 9, "latin", torch.Generator().manual_seed(1)).sum(0).tolist()) <= {20, 21}
    from scipy.stats import qmc

    theirs = np.round(qmc.Sobol(9, scramble=False).random(32)[1:])
    assert_close(drawn_masks(31, 9, "sobol", torch.Generator()).double(), torch.from_numpy(theirs))


def test_chance_is_beaten_once_in_twenty_times():
    random, beaten = np.random.default_rng(0), 0
    for _ in range(200):
        signs, scores = random.integers(0, 2, (40, 6)) - 0.5, random.normal(size=40)
        beaten += above_chance(signs, scores, width_of(scores, True), random) > 0
    assert 2 <= beaten <= 20, "10 are expected"


def test_widths():
    assert width_of(np.array([0.0, 1.0, 3.0]), True) == 2
    assert width_of(np.array([0.0, 0.0, 0.0, 3.0]), True) == 1.5, "the mean, as half of the pairs are equal"
    assert width_of(np.array([-5.0, -1.0, 3.0]), False) == 1


def test_a_median_score_of_zero():
    """c d is 0 under three masks of four."""
    found, _ = run(Quarters(), ones(), Score((3,)), masks=30, grid=2)
    assert found[0, 1].min() > found[0, 0].max()
    with pytest.raises(xai.InputError, match="width of hsic is 'scores', and the median score is 0"):
        run(Quarters(), ones(), Score((3,)), masks=30, grid=2, width="scores")


def test_patches_are_cells():
    labels = cell_labels(2, SIZE, torch.device("cpu"))
    labels = torch.cat([labels, labels[:, -1:]], 1)[None]  # 4 x 7, cells of unequal width
    x = torch.ones(1, 3, 4, 7, dtype=torch.float64)
    found, _ = run(Quarters(), x, Score((0,)), patches=labels, masks=60, cells="patch")
    assert found.shape == (1, 2, 2)
    assert found[0].argmax() == 0
    with pytest.raises(xai.InputError, match="cells of hsic is 'patch'"):
        run(Quarters(), x, Score((0,)), cells="patch")


def test_growth_cancel_and_stable():
    net, x, shown = Quarters(), torch.ones(1, 3, 8, 12, dtype=torch.float64), []
    progress = Progress(on_partial=lambda values, count, of: shown.append((values, count, of)))
    progress._next_look = 0.0
    found, _ = run(net, x, Score((0,)), 0, progress, masks=500, grid=8)
    assert all(64 <= count < 500 and values.shape == (8, 8) for values, count, _ in shown)
    assert found[0, :4, :4].mean() > 5 * found[0, 4:, 4:].mean()
    with pytest.raises(xai.Cancelled):
        run(net, x, Score((0,)), 0, Progress(cancelled=lambda: True))
    _, facts = run(net, x, Score((0,)), masks=4000, grid=4, stable=0.5)
    assert facts["samples"][0] < 4000


@pytest.mark.parametrize(("name", "value"), [("masks", 0), ("grid", 17)])
def test_out_of_range(lite0, chelsea, name, value):
    with pytest.raises(xai.InputError, match=f"{name} of hsic is {value}"):
        xai.explain(lite0, chelsea, "hsic", **{name: value})
