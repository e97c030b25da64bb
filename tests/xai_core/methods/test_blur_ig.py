"""blur_ig: a Gaussian by hand, the blur beside scipy's, linear and square networks, the sum step by step."""

import numpy as np
import pytest
import torch
from scipy import ndimage
from torch.testing import assert_close

import xai_core as xai
from xai_core.methods.blur_ig import blur_ig, blurred, gaussian_matrix
from xai_core.network.batches import Progress
from xai_core.network.scores import Score

from .masks_by_hand import small_net
from .tiny import Linear, Square, pictures


def run(net, x, score, progress=None, **options):
    facts = {}
    found = blur_ig(net, x, score, progress or Progress(), facts, **options)
    return found, facts["completeness_error"]


def test_a_gaussian_by_hand():
    """sigma 1/4 reaches one pixel: weights 1 and exp(-8) on both sides; what lies outside is lost."""
    side = np.exp(-8)
    whole = 1 + 2 * side
    expected = np.array([[1, side, 0], [side, 1, side], [0, side, 1]]) / whole
    np.testing.assert_allclose(gaussian_matrix(3, 0.25), expected, rtol=1e-14)


@pytest.mark.parametrize("sigma", [0.0, 0.1, 0.7, 3.0, 20.0])
def test_the_blur_beside_scipy(sigma):
    x = pictures(2, (7, 11))
    expected = [
        [ndimage.gaussian_filter(plane, sigma, mode="constant") for plane in one] for one in x.numpy()
    ]
    np.testing.assert_allclose(blurred(x, sigma), expected, rtol=1e-10, atol=1e-13)


def step_by_step(net, x, target, steps, max_sigma):
    """The sum as PAIR's library writes it, with scipy's blur, one step at a time: (3, H, W)."""

    def blur(sigma):
        smooth = ndimage.gaussian_filter(x[0].numpy(), [0, sigma, sigma], mode="constant")
        return torch.from_numpy(x[0].numpy() if sigma == 0 else smooth)

    total = torch.zeros_like(x[0])
    for t in range(steps):
        low, high = t * max_sigma / steps, (t + 1) * max_sigma / steps
        slope = (blur(low + 0.01) - blur(low)) / 0.01
        total -= (high - low) * slope * torch.func.grad(lambda v: net(v[None])[0, target])(blur(low))
    return total


def test_against_the_sum_step_by_step():
    net, x = small_net(), pictures(2, (7, 11))
    progress = Progress()
    options = {"steps": 9, "max_sigma": 4.0, "rule": "sharp_end", "aggregate": "signed"}
    found, error = run(net, x, Score((1, 3)), progress, **options)
    for i, target in enumerate((1, 3)):
        expected = step_by_step(net, x[i : i + 1], target, 9, 4.0)
        assert_close(found[i], expected.sum(0), rtol=1e-8, atol=1e-11)
        with torch.inference_mode():
            end = net(torch.cat([x[i : i + 1], blurred(x[i : i + 1], 4.0)]))[:, target]
        difference = float(end[0] - end[1])
        assert error[i].item() == pytest.approx(abs(float(expected.sum()) - difference) / abs(difference))
    assert progress.forwards == 2 * (9 + 2)


def test_a_linear_network_is_exact_in_a_few_steps():
    """The changes of all steps add up to x - L(x, sigma_max)."""
    net, x = Linear(), pictures(1)
    found, error = run(net, x, Score((2,)), steps=3, max_sigma=2.0, aggregate="signed")
    assert_close(found, ((x - blurred(x, 2.0)) * net.weight[2]).sum(1).detach())
    assert error.item() < 1e-9


def test_the_middle_of_each_step():
    """Before a square the gradient is twice the picture at which it is taken."""
    x = pictures(1)
    found, _ = run(Square(), x, Score((0,)), steps=2, max_sigma=2.0, aggregate="signed")
    sharp, middle, soft = (blurred(x, sigma) for sigma in (0.0, 1.0, 2.0))
    expected = (sharp - middle) * 2 * blurred(x, 0.5) + (middle - soft) * 2 * blurred(x, 1.5)
    assert_close(found, expected.sum(1))


def test_black_and_white_are_alike():
    """A picture and its negative, before a network that knows no sign, have equal maps."""
    x = pictures(1)
    maps = [run(Square(), picture, Score((0,)), steps=5, max_sigma=2.0)[0] for picture in (x, -x)]
    assert_close(*maps)


def test_growth_and_cancel():
    shown, asked, x = [], [], pictures(1)
    progress = Progress(on_partial=lambda values, count, of: shown.append((values, count, of)))
    progress._next_look = 0.0
    run(Linear(), x, Score((1,)), progress, steps=8, max_sigma=3.0)
    assert shown[0][0].shape == (4, 6)
    assert shown[0][1:] == (4, 8)
    with pytest.raises(xai.Cancelled):
        run(Linear(), x, Score((1,)), Progress(cancelled=lambda: asked.append(0) or len(asked) == 3))
    assert len(asked) == 3


def test_through_the_engine(lite0_small, chelsea):
    e = xai.explain(lite0_small, chelsea, "blur_ig", steps=4, aggregate="signed")
    assert (e.signed, e.heatmap.shape, e.forwards) == (True, (64, 96), 1 + 4 + 2)
    with pytest.raises(xai.InputError, match="max_sigma of blur_ig is 0"):
        xai.explain(lite0_small, chelsea, "blur_ig", max_sigma=0)
