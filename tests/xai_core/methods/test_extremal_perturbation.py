"""extremal_perturbation: the mask and the blur place by place, the steps written out, and what it finds."""

import math

import pytest
import torch
from torch import nn
from torch.testing import assert_close

import xai_core as xai
from xai_core.methods._blur_pyramid import BlurPyramid, blurred
from xai_core.methods._smooth_mask import SmoothMask
from xai_core.methods.extremal_perturbation import area_loss, extremal_perturbation
from xai_core.network.batches import Progress
from xai_core.network.scores import Score

from .tiny import pictures


def like():
    return torch.zeros(1, dtype=torch.float64)


def run(net, x, score, progress=None, **options):
    facts = {}
    return extremal_perturbation(net, x, score, progress or Progress(), facts, **options), facts


def mask_by_hand(values, size, step, steps):
    """Each place of the mask from the cells in its window, one place after the other."""
    sigma, h, w = step * steps, *values.shape
    radius = 1 + steps
    reach = 1 + 2 * steps - radius  # cells by which the margin goes beyond the picture's
    rows, columns = ((count + 2 * reach) * step - step + 1 for count in (h, w))
    rows_of = []
    for u in range(rows):
        row = []
        for v in range(columns):
            seen = []
            for i in range(u // step - reach - radius, u // step - reach + radius + 1):
                for j in range(v // step - reach - radius, v // step - reach + radius + 1):
                    value = values[i, j] if 0 <= i < h and 0 <= j < w else 0.0
                    apart = math.hypot(u - sigma - step * i, v - sigma - step * j) / sigma
                    seen.append(value * math.exp(-2 * max(0.0, apart - 0.5) ** 2))
            seen = torch.stack([torch.as_tensor(s, dtype=torch.float64) for s in seen])
            row.append((seen * (20 * seen).exp()).sum() / (20 * seen).exp().sum())
        rows_of.append(torch.stack(row))
    whole = torch.stack(rows_of).clamp(0, 1)
    return whole[sigma : sigma + size[0], sigma : sigma + size[1]], whole


@pytest.mark.parametrize(("size", "step", "steps"), [((5, 7), 2, 1), ((4, 6), 1, 2), ((6, 4), 3, 1)])
def test_the_mask_place_by_place(size, step, steps):
    shape = SmoothMask(size, step, steps, like())
    values = torch.rand(shape.cells, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    found, whole = shape(values)
    expected, around = mask_by_hand(values, size, step, steps)
    assert_close(found[0, 0], expected)
    assert_close(whole, around)


def test_the_blur_place_by_place():
    x = pictures(1, (5, 7))
    found = blurred(x, 0.8)
    kernel = {d: math.exp(-((d / 0.8) ** 2) / 2) for d in range(-4, 5)}
    total = sum(kernel.values())
    for u, v in ((0, 0), (2, 3), (4, 6), (1, 5)):
        seen = 0.0
        for i in range(5):
            for j in range(7):
                if abs(u - i) <= 4 and abs(v - j) <= 4:
                    seen = seen + x[0, :, i, j] * kernel[u - i] * kernel[v - j] / total**2
        assert_close(found[0, :, u, v], seen)


def test_the_pyramid_is_linear_between_its_levels():
    x = pictures(1, (5, 7))
    pyramid = BlurPyramid(x, 1.4)
    for share, expected in (
        (1.0, x),
        (0.0, blurred(x, 1.4)),
        (3 / 7, blurred(x, 0.8)),
        (3.25 / 7, 0.75 * blurred(x, 0.8) + 0.25 * blurred(x, 0.6)),
    ):
        assert_close(pyramid(torch.full((1, 1, 5, 7), share, dtype=torch.float64)), expected)


def test_the_area_loss_by_hand():
    # sorted 0, 0.5, 0.6, 1 beside 0, 0, 0, 1
    mask = torch.tensor([[0.5, 1.0], [0.0, 0.6]])
    assert float(area_loss(mask, 0.25)) == pytest.approx((0.25 + 0.36) / 4)
    assert float(area_loss(torch.tensor([[0.0, 1.0], [0.0, 1.0]]), 0.5)) == 0


def fair_loss(whole, area):
    """Group by group of equal heights: the mean of the sorted reference over the group's ranks."""
    heights = whole.flatten()
    ranks = heights.detach().argsort()
    reference, first = torch.zeros(len(heights), dtype=torch.float64), 0
    off = int(len(heights) * (1 - area))
    while first < len(ranks):
        last = first
        while last < len(ranks) and heights[ranks[last]] - heights[ranks[first]] < 1e-6:
            last += 1
        reference[ranks[first:last]] = sum(rank >= off for rank in range(first, last)) / (last - first)
        first = last
    return ((heights - reference) ** 2).mean()


def test_equal_heights_share_the_ones():
    mask = torch.tensor([[0.5, 0.5], [0.5, 0.1]], requires_grad=True)
    (slope,) = torch.autograd.grad(area_loss(mask, 0.25), mask)
    assert_close(slope, torch.tensor([[1 / 12, 1 / 12], [1 / 12, 0.05]]))  # 2 (m - 1/3) / 4 and 2 m / 4


def small_net():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Tanh(), nn.Flatten(), nn.Linear(4 * 3 * 5, 3)).double()
    return net.requires_grad_(False)


@pytest.mark.parametrize(("game", "mirror"), [("preserve", True), ("preserve", False), ("delete", True)])
def test_against_the_steps_written_out(game, mirror):
    net, x = small_net(), pictures(2, (5, 7))
    progress, options = Progress(), {"game": game, "mirror": mirror, "perturbation": "fade", "smooth": 1}
    found, facts = run(net, x, Score((1, 2)), progress, area=0.2, areas=2, steps=4, **options)
    for n, target in enumerate((1, 2)):
        masks = []
        for area in (0.2, 0.4):
            values = torch.ones(5, 7, dtype=torch.float64)
            velocity = None
            for t in range(4):

                def energy(values, t=t, area=area, n=n, target=target):
                    mask, whole = mask_by_hand(values, (5, 7), 1, 1)
                    shown = x[n] * (mask if game == "preserve" else 1 - mask)
                    logit = net((shown.flip(2) if mirror and t % 2 == 0 else shown)[None])[0, target]
                    off = fair_loss(whole, area)
                    return (logit if game == "preserve" else -logit) - 300 * 1.0035**t * off

                leaf = values.clone().requires_grad_()
                (slope,) = torch.autograd.grad(energy(leaf), leaf)
                velocity = slope if velocity is None else 0.9 * velocity + 0.1 * slope
                values = (values + 0.01 * velocity).clamp(0, 1)
            masks.append(mask_by_hand(values, (5, 7), 1, 1)[0])
        assert_close(found[n], sum(masks) / 2, rtol=1e-7, atol=1e-9)
        shown = x[n] * (masks[0] if game == "preserve" else 1 - masks[0])
        assert float(facts["seen"][n]) == pytest.approx(float(net(shown[None])[0, target]))
    assert progress.forwards == 2 * (2 * 4 + 1)


class _Left(nn.Module):
    """logit_0 = 40 times the mean of the left third, logit_1 = its negative."""

    def forward(self, x):
        value = 40 * x[..., : x.shape[3] // 3].mean((1, 2, 3))
        return torch.stack([value, -value], 1)


@pytest.mark.parametrize("game", ["preserve", "delete"])
def test_it_finds_the_part_that_the_network_sees(game):
    x = torch.ones(1, 3, 32, 48, dtype=torch.float64)
    options = {"area": 0.3, "steps": 300, "perturbation": "fade", "smooth": 1, "mirror": False}
    found, facts = run(_Left(), x, Score((0,)), game=game, **options)
    assert found[0, :, :16].mean() > 0.85
    assert found[0, :, 20:].mean() < 0.2
    assert 0 <= found.min() <= found.max() <= 1
    assert float(facts["seen"]) > 35 if game == "preserve" else float(facts["seen"]) < 5


def test_with_mirrored_pictures_both_sides_count():
    x = torch.ones(1, 3, 32, 48, dtype=torch.float64)
    found, _ = run(_Left(), x, Score((0,)), area=0.6, steps=300, perturbation="fade", smooth=1)
    left, right = found[0, :, :16].mean(), found[0, :, 32:].mean()
    assert min(left, right) > 0.7
    assert abs(left - right) < 0.15


def test_growth_and_cancel():
    net, x, shown = small_net(), pictures(1, (5, 7)), []
    progress = Progress(on_partial=lambda values, count, of: shown.append((values, count, of)))
    progress._next_look = 0.0
    run(net, x, Score((1,)), progress, areas=2, steps=3, smooth=1)
    assert shown[0][1:] == (1, 6)
    assert_close(shown[0][0], run(net, x, Score((1,)), steps=1, smooth=1)[0][0])
    asked = []
    stopped = Progress(cancelled=lambda: asked.append(0) or len(asked) == 3)
    with pytest.raises(xai.Cancelled):
        run(net, x, Score((1,)), stopped, smooth=1)
    assert len(asked) == 3


def test_what_does_not_go_together(lite0, chelsea):
    sentence = "areas of extremal_perturbation is 3, so the largest is 1.2"
    with pytest.raises(xai.InputError, match=sentence):
        xai.explain(lite0, chelsea, "extremal_perturbation", area=0.3, areas=3)
    with pytest.raises(xai.InputError, match="area of extremal_perturbation is 0"):
        xai.explain(lite0, chelsea, "extremal_perturbation", area=0)


def test_through_the_engine(lite0_small, chelsea):
    e = xai.explain(lite0_small, chelsea, "extremal_perturbation", 282, steps=3)
    again = xai.explain(lite0_small, chelsea, "extremal_perturbation", 282, steps=3)
    assert e.heatmap.tobytes() == again.heatmap.tobytes()
    assert (e.heatmap.shape, e.signed, e.forwards) == (lite0_small.input_size, False, 1 + 3 + 1)
    assert math.isfinite(e.facts["seen"])
