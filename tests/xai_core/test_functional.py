"""xai_core.functional: exactly the published signatures, for any module, any size, any mode."""

import inspect

import pytest
import torch
from torch import nn
from torch.testing import assert_close

import xai_core as xai
from xai_core import functional as F

from .methods.noise_by_hand import statistic as of_values
from .methods.tiny import SIZE, Linear, pictures

SIGNATURES = {
    "occlusion": "imgs, model, target_labels, baseline, superpixel_size=8, score=None",
    "vanilla_gradients": "imgs, model, target_labels=None, score=None",
    "smoothgrad": "imgs, model, target_labels=None, samples=50, sigma=0.1, score=None",
    "noisy": (
        "method, imgs, model, target_labels=None, samples=50, sigma=0.1, statistic=mean, score=None, options"
    ),
    "integrated_gradients": "imgs, model, target_labels, baseline, steps=50, score=None",
    "insertion": "img, model, importance, target_label, baseline, score=None",
    "deletion": "img, model, importance, target_label, baseline, score=None",
}


@pytest.mark.parametrize("name", SIGNATURES)
def test_signatures(name):
    found = inspect.signature(getattr(F, name)).parameters.values()
    words = [p.name if p.default is p.empty else f"{p.name}={p.default}" for p in found]
    assert ", ".join(words) == SIGNATURES[name]


def test_occlusion_is_constant_on_each_square():
    net, x = Linear(), pictures(3)
    found = F.occlusion(x, net, torch.tensor([0, 1, 2]), 0.0, superpixel_size=2)
    assert found.shape == (3, 4, 6)
    share = (net.weight * x).sum(1).detach()  # image i for class i
    blocks = share.view(3, 2, 2, 3, 2).sum((2, 4))
    assert_close(found, blocks.repeat_interleave(2, 1).repeat_interleave(2, 2))


def test_occlusion_with_squares_that_stick_out():
    net, x = Linear(), pictures(1)
    found = F.occlusion(x, net, 1, torch.zeros(3, 1, 1), superpixel_size=4)
    share = (net.weight[1] * x[0]).sum(0).detach()
    assert found.shape == (1, 4, 6)
    assert_close(found[0, 0, 0], share[:, :4].sum())
    assert_close(found[0, 3, 5], share[:, 4:].sum())


def test_gradients_of_a_linear_network():
    net, x = Linear(), pictures(2)
    expected = net.weight[[2, 1]].abs().sum(1).detach()
    assert_close(F.vanilla_gradients(x, net, [2, 1]), expected)
    assert_close(F.smoothgrad(x, net, [2, 1], samples=3), expected)
    assert_close(
        F.integrated_gradients(x, net, [2, 1], 0, steps=4), (x * net.weight[[2, 1]]).abs().sum(1).detach()
    )


@pytest.mark.parametrize("statistic", ["mean", "square", "variance"])
def test_noise_around_any_method(statistic):
    """Occlusion of single pixels by 0 gives w x in a linear network, here at each copy."""
    net, x = Linear(), pictures(2)
    found = F.noisy(
        F.occlusion,
        x,
        net,
        [2, 1],
        samples=6,
        sigma=0.4,
        statistic=statistic,
        baseline=0.0,
        superpixel_size=1,
    )
    generator = torch.Generator().manual_seed(0)
    seeds = torch.randint(2**62, (2, 6), generator=generator)
    for i, target in enumerate((2, 1)):
        drawn = [torch.randn(x[:1].shape, generator=torch.Generator().manual_seed(int(s))) for s in seeds[i]]
        values = [(net.weight[target] * (x[i] + 0.4 * one[0])).sum(0).detach() for one in drawn]
        assert_close(found[i], of_values(statistic, values))


def test_noise_refuses_what_it_does_not_know():
    with pytest.raises(xai.InputError, match=r"statistic is 'median'; mean, square, variance are accepted\."):
        F.noisy(F.vanilla_gradients, pictures(1), Linear(), 0, statistic="median")
    with pytest.raises(xai.InputError, match="sigma is -1"):
        F.noisy(F.vanilla_gradients, pictures(1), Linear(), 0, sigma=-1)


def test_insertion_and_deletion_by_hand():
    net, x = Linear(), pictures(1)
    importance = torch.tensor([[[0.3, 0.9, 0.1], [0.2, 0.5, 0.4]]])
    order = [1, 4, 5, 0, 3, 2]
    base = torch.full_like(x, 0.25)
    for function, start, end in ((F.insertion, base, x), (F.deletion, x, base)):
        curve, count = function(x, net, importance, 2, base)
        assert count.tolist() == list(range(7))
        now = start.clone()
        expected = [net(now).softmax(1)[0, 2].item()]
        for cell in order:
            rows, columns = (
                slice(2 * (cell // 3), 2 * (cell // 3) + 2),
                slice(2 * (cell % 3), 2 * (cell % 3) + 2),
            )
            now[:, :, rows, columns] = end[:, :, rows, columns]
            expected.append(net(now).softmax(1)[0, 2].item())
        assert_close(curve, torch.tensor(expected, dtype=curve.dtype))


def test_the_module_is_given_back_as_it_was():
    net = nn.Sequential(
        nn.Conv2d(3, 4, 3), nn.Dropout(0.5), nn.ReLU(inplace=True), nn.Flatten(), nn.LazyLinear(2)
    )
    x = torch.randn(2, 3, 10, 14)
    net(x)
    net.train()
    net[1].eval()
    one, again = (F.vanilla_gradients(x, net, 1) for _ in range(2))
    assert torch.equal(one, again), "dropout was on"
    assert [module.training for module in net] == [True, False, True, True, True]
    assert all(p.requires_grad and p.grad is None for p in net.parameters())
    with pytest.raises(xai.InputError):
        F.vanilla_gradients(x, net, [0, 7])
    assert net.training


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: F.vanilla_gradients(pictures(2), Linear(), [0]), None),
        (
            lambda: F.vanilla_gradients(pictures(2), Linear(), [0, 1, 2]),
            "accepted are one or 2 whole numbers from 0 to 2",
        ),
        (lambda: F.vanilla_gradients(pictures(2), Linear(), [0, 3]), "from 0 to 2"),
        (lambda: F.vanilla_gradients(pictures(2)[0], Linear(), 0), r"float \(N, 3, H, W\)"),
        (lambda: F.occlusion(pictures(1), Linear(), 0, 0.0, 5), "superpixel_size is 5"),
        (lambda: F.occlusion(pictures(1), Linear(), 0, torch.zeros(7), 2), r"baseline is \(7,\)"),
        (lambda: F.smoothgrad(pictures(1), Linear(), 0, samples=0), "samples is 0"),
        (lambda: F.smoothgrad(pictures(1), Linear(), 0, sigma=-1), "sigma is -1"),
        (lambda: F.integrated_gradients(pictures(1), Linear(), 0, 0, steps=1.5), "steps is 1.5"),
        (lambda: F.insertion(pictures(1), Linear(), torch.zeros(1, 3, 3), 0, 0), "does not divide"),
        (
            lambda: F.deletion(pictures(2), Linear(), torch.zeros(1, 2, 3), 0, 0),
            r"\(1, 3, H, W\) and \(1, h, w\)",
        ),
    ],
)
def test_bad_input(call, message):
    if message is None:
        assert call().shape == (2, *SIZE)
        return
    with pytest.raises(xai.InputError, match=message):
        call()
