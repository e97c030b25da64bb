"""`xai_core.functional` with scores of one's own, and every method of the registry for any module."""

import pytest
import torch
from torch.testing import assert_close

import xai_core as xai
from xai_core import functional as F

from .methods.tiny import Linear, pictures
from .own_scores import MEAN, PLACE, SIZE, STD, Embedding, Segmenting, likeness, mask_sum, seeded, wrapped

OTHER = torch.linspace(-1, 1, 5, dtype=torch.float64)


def first(logits):
    return logits[:, 0]


CALLS = {
    "occlusion": lambda x, net, t, **s: F.occlusion(x, net, t, 0.0, 2, **s),
    "vanilla_gradients": lambda x, net, t, **s: F.vanilla_gradients(x, net, t, **s),
    "smoothgrad": lambda x, net, t, **s: F.smoothgrad(x, net, t, 3, **s),
    "integrated_gradients": lambda x, net, t, **s: F.integrated_gradients(x, net, t, 0.0, 4, **s),
    "noisy": lambda x, net, t, **s: F.noisy(F.vanilla_gradients, x, net, t, 3, **s),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_function_that_is_the_logit_gives_the_same_bytes(name):
    net, x = Linear(), pictures(3)
    assert torch.equal(CALLS[name](x, net, None, score=first), CALLS[name](x, net, 0))


def test_gradients_and_occlusion_of_a_mask_by_hand():
    net = seeded(Segmenting)
    x = torch.randn(2, 3, *SIZE, dtype=torch.float64).requires_grad_()
    (slope,) = torch.autograd.grad(net(x)["out"][PLACE].sum(), x)
    x = x.detach()
    assert_close(F.vanilla_gradients(x, net, score=mask_sum), slope.abs().sum(1))
    found = F.occlusion(x, net, None, 0.0, 16, score=mask_sum)
    hidden = x.clone()
    hidden[:, :, 16:32, 32:48] = 0
    with torch.no_grad():
        drop = mask_sum(net(x)) - mask_sum(net(hidden))
    assert_close(found[:, 20, 40], drop)
    assert not any(module._forward_hooks for module in net.modules())
    assert all(parameter.requires_grad for parameter in net.parameters())


def test_integrated_gradients_of_a_likeness_add_up():
    net, score = seeded(Embedding), likeness(OTHER)
    x = torch.randn(1, 3, *SIZE, dtype=torch.float64)
    e = F.attribute(
        "integrated_gradients", x, net, score=score, steps=400, aggregate="signed", baseline="black"
    )
    with torch.no_grad():
        difference = score(net(x)) - score(net(torch.zeros_like(x)))
    assert e.shape == (1, *SIZE)
    assert_close(e.sum((1, 2)), difference, rtol=0.02, atol=1e-6)


def test_curves_of_a_score():
    net, x = seeded(Embedding), torch.randn(1, 3, *SIZE, dtype=torch.float64)
    importance = torch.arange(6.0).view(1, 2, 3)
    curve, count = F.insertion(x, net, importance, None, 0.0, score=likeness(OTHER))
    ends = torch.cat([torch.zeros_like(x), x])
    with torch.no_grad():
        expected = likeness(OTHER)(net(ends))
    assert count.tolist() == list(range(7))
    assert_close(curve[[0, -1]], expected.to(curve))


@pytest.mark.parametrize("method", ["grad_cam", "occlusion", "lime", "lrp", "random"])
def test_attribute_gives_the_maps_of_explain(method):
    net = seeded(Segmenting).float()
    handle = xai.wrap(net, SIZE, MEAN, STD)
    generator = torch.Generator().manual_seed(0)
    images = [
        xai.load_image(torch.randint(0, 256, (*SIZE, 3), generator=generator, dtype=torch.uint8).numpy())
        for _ in range(2)
    ]
    options = {"lime": {"samples": 12, "segments": 8}}.get(method, {})
    layer = "body.4" if xai.METHODS[method].layered else None
    x = torch.cat([handle.preprocess(image) for image in images])
    found = F.attribute(method, x, net, score=mask_sum, layer=layer, mean=MEAN, std=STD, **options)
    for values, image in zip(found, images, strict=True):
        e = xai.explain(handle, image, method, layer=layer, score=mask_sum, **options)
        assert values.numpy().tobytes() == e.heatmap.tobytes()


def test_attribute_of_classes():
    net, x = Linear(), pictures(2)
    expected = net.weight[[2, 1]].abs().sum(1).detach()
    assert_close(F.attribute("gradient", x, net, [2, 1]), expected, rtol=1e-6, atol=1e-6)
    best = net(x).argmax(1)
    assert torch.equal(F.attribute("gradient", x, net), F.attribute("gradient", x, net, best))
    assert torch.equal(F.attribute("gradient", x, net, 1), F.attribute("gradient", x, net, [1, 1]))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x, net: F.vanilla_gradients(x, net), "one of the two; neither was given"),
        (lambda x, net: F.vanilla_gradients(x, net, 0, score=first), "one of the two; both were given"),
        (lambda x, net: F.vanilla_gradients(x, net, score="logit"), "score is 'logit'; a function"),
        (lambda x, net: F.vanilla_gradients(x, seeded(Embedding), 0), r"returns no logits \(N, K\)"),
        (lambda x, net: F.attribute("gradient", x[0], net), r"float \(N, 3, H, W\)"),
        (lambda x, net: F.attribute("gradient", x, net, [0, 1, 2]), "3 classes; one or 2 are accepted"),
        (lambda x, net: F.attribute("gradient", x, net, 3), "target is 3; Linear accepts"),
        (lambda x, net: F.attribute("grad_cam", x, net, 0), "no layer with a spatial map"),
        (lambda x, net: F.attribute("sobel", x, net, 0), "There is no method 'sobel'"),
    ],
)
def test_bad_input_is_one_sentence(call, message):
    x = torch.randn(2, 3, *SIZE, dtype=torch.float64) if "Embedding" in message else pictures(2)
    with pytest.raises(xai.InputError, match=message):
        call(x, Linear())


def test_wrapped_handles_and_functions_agree():
    handle = wrapped(seeded(Embedding))
    x = handle.blank()
    score = likeness(OTHER)
    own = F.vanilla_gradients(x, seeded(Embedding), score=score)
    assert_close(own, F.attribute("gradient", x, seeded(Embedding), score=score), rtol=1e-5, atol=1e-8)
