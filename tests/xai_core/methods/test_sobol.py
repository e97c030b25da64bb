"""sobol: indices worked out by hand, the design matrices built one by one, and which points they are."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.testing import assert_close

import xai_core as xai
from xai_core.methods._cells import cell_labels
from xai_core.methods.sobol import points, sobol, total_indices
from xai_core.network.batches import Progress
from xai_core.network.scores import Score
from xai_core.scoring.hiding import Painted

from .tiny import pictures

SIZE = (4, 6)


class Corners(nn.Module):
    """Of the means a, b, c, d of the four quarters: logit_0 = 3 a - b, logit_1 = c d, logit_2 = 1."""

    def forward(self, x):
        a, b, c, d = F.adaptive_avg_pool2d(x.mean(1, keepdim=True), 2).flatten(1).unbind(1)
        return torch.stack([3 * a - b, c * d, torch.ones_like(a)], 1)


def run(net, x, score, seed=0, progress=None, **options):
    facts = {}
    hiding = Painted(net, x, torch.zeros_like(x))
    generator = torch.Generator().manual_seed(seed)
    return sobol(hiding, x, score, generator, progress or Progress(), facts, **options), facts


def ones(n=1):
    return torch.ones(n, 3, *SIZE, dtype=torch.float64)


def test_a_linear_score_divides_its_variance_by_the_squares_of_the_weights():
    found, facts = run(Corners(), ones(), Score((0,)), designs=4096, grid=2)
    assert_close(found[0], torch.tensor([[0.9, 0.1], [0.0, 0.0]], dtype=torch.float64), atol=5e-3, rtol=0)
    assert facts["total"][0] == pytest.approx(1, abs=5e-3)


def test_a_product_counts_for_both_cells():
    # Var(c d) = 1/9 - 1/16 = 7/144; E[Var(c d | d)] = E[d^2] / 12 = 1/36; so ST = 4/7 for each
    found, facts = run(Corners(), ones(), Score((1,)), designs=4096, grid=2)
    assert_close(found[0], torch.tensor([[0, 0], [4 / 7, 4 / 7]], dtype=torch.float64), atol=5e-3, rtol=0)
    assert facts["total"][0] == pytest.approx(8 / 7, abs=1e-2)


def test_a_score_that_does_not_vary_gives_zeros():
    found, _ = run(Corners(), ones(), Score((2,)), designs=4, grid=2)
    assert not found.any()


def slowly(net, x, target, first, second, grid, size):
    """Design by design and cell by cell, as the paper lays the matrices out; the variance as a sum."""

    def score(cells):
        mask = F.interpolate(cells.view(1, 1, grid, grid), size, mode="nearest-exact")
        return float(net(x * mask)[0, target])

    whole = [score(cells) for cells in first]
    mean = sum(whole) / len(whole)
    variance = sum((value - mean) ** 2 for value in whole) / (len(whole) - 1)
    found = torch.zeros(grid**2, dtype=torch.float64)
    for i in range(grid**2):
        for cells, others, value in zip(first, second, whole, strict=True):
            mixed = cells.clone()
            mixed[i] = others[i]
            found[i] += (value - score(mixed)) ** 2
    return found.view(grid, grid) / (2 * len(first) * variance)


@pytest.mark.parametrize("sequence", ["plain", "scrambled"])
def test_against_the_matrices_one_by_one(sequence):
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Tanh(), nn.Flatten(), nn.Linear(4 * 5 * 9, 3)).double()
    net.requires_grad_(False)
    x = pictures(2, (7, 11))
    progress = Progress()
    found, facts = run(net, x, Score((2, 0)), 3, progress, designs=6, grid=3, sequence=sequence)
    seed = int(torch.randint(2**62, (1,), generator=torch.Generator().manual_seed(3)))
    first, second = points(6, 9, sequence, seed)
    for i, target in enumerate((2, 0)):
        expected = slowly(net, x[i : i + 1], target, first, second, 3, (7, 11))
        assert_close(found[i], expected, rtol=1e-9, atol=1e-12)
    assert progress.forwards == 2 * 6 * (9 + 1)
    assert facts["samples"] == (6, 6)


def test_the_points():
    """The plain sequence is that of scipy without its origin; the seed enters the scrambled one alone."""
    from scipy.stats import qmc

    theirs = qmc.Sobol(8, scramble=False).random(8)[1:]
    first, second = points(7, 4, "plain", 5)
    assert_close(torch.cat([first, second], 1), torch.from_numpy(theirs))
    assert torch.equal(points(8, 4, "scrambled", 5)[0], points(8, 4, "scrambled", 5)[0])
    assert not torch.equal(points(8, 4, "scrambled", 5)[0], points(8, 4, "scrambled", 6)[0])
    scrambled = torch.cat(points(64, 4, "scrambled", 5), 1)
    assert ((scrambled * 64).floor().sort(0).values == torch.arange(64.0)[:, None]).all(), "one in each 64th"


def test_cells_are_the_nearest_ones():
    for size, side in (((7, 11), 3), ((8, 6), 4), ((224, 260), 7)):
        numbers = torch.arange(side**2, dtype=torch.float64).view(1, 1, side, side)
        expected = F.interpolate(numbers, size, mode="nearest-exact")[0, 0].long()
        assert torch.equal(cell_labels(side, size, torch.device("cpu")), expected)


def test_growth_cancel_and_stable():
    net, x, shown = Corners(), ones(), []
    progress = Progress(on_partial=lambda values, count, of: shown.append((values, count, of)))
    progress._next_look = 0.0
    run(net, x, Score((0,)), 0, progress, designs=32, grid=2)
    count = shown[0][1]
    assert 4 <= count < 32
    assert shown[0][2] == 32
    seed = int(torch.randint(2**62, (1,), generator=torch.Generator().manual_seed(0)))
    first, second = (part[:count] for part in points(32, 4, "scrambled", seed))
    assert_close(shown[0][0], slowly(net, x, 0, first, second, 2, SIZE))
    asked = []
    stopped = Progress(cancelled=lambda: asked.append(0) or len(asked) == 3)
    with pytest.raises(xai.Cancelled):
        run(net, x, Score((0,)), 0, stopped, designs=32)
    assert len(asked) == 3
    _, facts = run(net, x, Score((0,)), designs=256, grid=2, stable=0.8)
    assert facts["samples"][0] < 256
    assert facts["reliability"][0] >= 0.8


def test_total_indices_by_hand():
    # Var(1, 3) = 2; (1 - 2)^2 + (3 - 3)^2 = 1 and (1 - 3)^2 + (3 - 1)^2 = 8; over 2 * 2 * 2
    assert_close(total_indices(np.array([[1.0, 2.0, 3.0], [3.0, 3.0, 1.0]])), np.array([1 / 8, 1.0]))


def test_too_fine_a_grid(lite0, chelsea):
    with pytest.raises(xai.InputError, match="grid of sobol is 17"):
        xai.explain(lite0, chelsea, "sobol", grid=17)
