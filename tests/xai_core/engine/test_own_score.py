"""Scores of one's own: a mask's sum, the likeness of two embeddings, and a logit as a function."""

import pickle

import numpy as np
import pytest
import torch
from torch import nn

import xai_core as xai

from .. import affordable
from ..own_scores import PLACE, SIZE, Embedding, Segmenting, body, likeness, mask_sum, seeded, wrapped
from ..token_nets import tiny_vit

PARAMS = affordable.PARAMS | {"occlusion": {"window": 8, "stride": 8}}
REFUSED = ("cam", "finer_cam")  # they need the logits of several classes


def params_of(method):
    return PARAMS.get(method, {}) | ({"utility": "logit"} if method == "shapley_cam" else {})


def explained(handle, image, method, **options):
    return xai.explain(handle, image, method, **options, **params_of(method))


@pytest.fixture(scope="module")
def image():
    return xai.load_image(np.random.default_rng(3).integers(0, 256, (*SIZE, 3), dtype=np.uint8))


@pytest.fixture(scope="module")
def segmenting():
    return seeded(Segmenting)


@pytest.fixture(scope="module")
def embedding():
    return seeded(Embedding)


@pytest.fixture(scope="module")
def cases(segmenting, embedding, image):
    """(handle, score) by name."""
    embeds = wrapped(embedding)
    other = torch.linspace(-1, 1, 5, dtype=torch.float64)
    return {"mask": (wrapped(segmenting), mask_sum), "likeness": (embeds, likeness(other))}


@pytest.fixture(scope="module")
def classifiers():
    net = seeded(lambda: nn.Sequential(body(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 3)))
    return {"convolution": wrapped(net), "attention": tiny_vit((32, 48), patch=8)}


@pytest.mark.parametrize("case", ["mask", "likeness"])
@pytest.mark.parametrize("method", affordable.CONVOLUTIONAL)
def test_every_method_explains_it_or_says_why_not(cases, image, method, case):
    handle, score = cases[case]
    if method in REFUSED:
        with pytest.raises(xai.InputError, match="needs the logits of several classes"):
            explained(handle, image, method, score=score)
        return
    layer = "body.0" if xai.METHODS[method].layered else None
    one, again = (explained(handle, image, method, score=score, layer=layer) for _ in range(2))
    assert one.heatmap.tobytes() == again.heatmap.tobytes()
    assert np.isfinite(one.heatmap).all()
    assert (one.target, one.label) == (-1, score.__name__)
    assert np.isnan(one.probability)
    assert one.heatmap.any() or one.params.get("relu")


@pytest.mark.parametrize("kind", ["convolution", "attention"])
@pytest.mark.parametrize("method", xai.METHODS)
def test_a_function_that_is_the_logit_gives_the_same_bytes(classifiers, image, method, kind):
    handle = classifiers[kind]
    if method in REFUSED or xai.why_not(handle, method):
        return
    takes = any(param.name == "score" for param in xai.METHODS[method].params)
    params = {"score": "logit"} if takes else {}
    plain = explained(handle, image, method, target=2, **params)
    own = explained(handle, image, method, score=lambda logits: logits[:, 2])
    assert own.heatmap.tobytes() == plain.heatmap.tobytes()
    assert own.logit == plain.logit
    assert own.facts == plain.facts


def value(net, x, score):
    with torch.no_grad():
        return score(net(x))


def test_gradient_of_a_mask_by_autograd(cases, segmenting, image):
    handle, score = cases["mask"]
    x = handle.preprocess(image).requires_grad_()
    output = segmenting(x)["out"]
    (slope,) = torch.autograd.grad(output[PLACE].sum(), x)
    found = explained(handle, image, "gradient", score=score, aggregate="signed")
    np.testing.assert_allclose(found.heatmap, slope.sum(1)[0].float(), rtol=1e-5, atol=1e-7)
    assert found.logit == pytest.approx(float(output[PLACE].sum().detach()))


def test_gradient_of_a_likeness_by_differences(cases, embedding, image):
    handle, score = cases["likeness"]
    x, step = handle.preprocess(image), 1e-5
    found = explained(handle, image, "gradient", score=score, aggregate="signed").heatmap
    for row, column in ((3, 5), (20, 41), (31, 0)):
        total = 0.0
        for channel in range(3):
            ends = []
            for sign in (1, -1):
                moved = x.clone()
                moved[0, channel, row, column] += sign * step
                ends.append(float(value(embedding, moved, score)))
            total += (ends[0] - ends[1]) / (2 * step)
        assert found[row, column] == pytest.approx(total, rel=1e-4, abs=1e-8)


def test_grad_cam_of_a_mask_by_hand(cases, segmenting, image):
    """The last 1 x 1 convolution and the resizing are linear, so weights and map follow from the head."""
    handle, score = cases["mask"]
    x = handle.preprocess(image)
    with torch.no_grad():
        activations = segmenting.body(x)
    h, w = activations.shape[2:]
    spread = torch.zeros(1, 1, h, w, dtype=torch.float64, requires_grad=True)
    wide = nn.functional.interpolate(spread, SIZE, mode="bilinear", align_corners=False)
    (share,) = torch.autograd.grad(wide[0, 0][PLACE[2:]].sum(), spread)
    weights = segmenting.head.weight[1, :, 0, 0].detach() * share.mean()
    expected = (weights[None, :, None, None] * activations).sum(1)[0]
    found = xai.explain(handle, image, "grad_cam", layer="body.4", score=score, relu=False)
    np.testing.assert_allclose(found.heatmap, expected, rtol=1e-5, atol=1e-7)
    against = xai.explain(
        handle, image, "grad_cam", layer="body.4", score=score, relu=False, counterfactual=True
    )
    np.testing.assert_array_equal(against.heatmap, -found.heatmap)


@pytest.mark.parametrize("case", ["mask", "likeness"])
def test_occlusion_by_painting(cases, segmenting, embedding, image, case):
    handle, score = cases[case]
    net = segmenting if case == "mask" else embedding
    x = handle.preprocess(image)
    found = xai.explain(handle, image, "occlusion", score=score, window=8, stride=8).heatmap
    assert found.shape == (4, 6)
    whole = float(value(net, x, score))
    for row, column in np.ndindex(found.shape):
        hidden = x.clone()
        hidden[:, :, 8 * row : 8 * row + 8, 8 * column : 8 * column + 8] = -2.0  # black
        assert found[row, column] == pytest.approx(
            whole - float(value(net, hidden, score)), rel=1e-4, abs=1e-6
        )


@pytest.mark.parametrize("case", ["mask", "likeness"])
def test_deep_lift_adds_up_to_the_difference_of_the_scores(cases, segmenting, embedding, image, case):
    handle, score = cases[case]
    net = segmenting if case == "mask" else embedding
    x = handle.preprocess(image)
    e = xai.explain(handle, image, "deep_lift", score=score, aggregate="signed")
    difference = float(value(net, x, score) - value(net, torch.full_like(x, -2.0), score))
    assert e.heatmap.astype(np.float64).sum() == pytest.approx(difference, rel=1e-4)


def test_requests_share_one_capture(cases, image):
    handle, score = cases["mask"]
    requests = [xai.Request(m, layer="body.4", score=score) for m in ("grad_cam", "hires_cam", "layer_cam")]
    before = handle.ledger.passes
    found = xai.explain_many(handle, image, requests)
    assert handle.ledger.passes - before == 1
    alone = xai.explain(handle, image, "layer_cam", layer="body.4", score=score)
    assert found[2].heatmap.tobytes() == alone.heatmap.tobytes()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"target": 1}, "target is 1; a score of one's own takes no class"),
        ({"contrast": 1}, "contrast is 1; a score of one's own has no class"),
        ({"score": lambda rows: rows}, r"score gave \(1, 3\) for 1 pictures"),
        ({"score": lambda rows: float(rows.sum())}, "score gave a float for 1 pictures"),
        ({"score": lambda rows: rows.argmax(1).double()}, "score has no gradient"),
    ],
)
def test_what_does_not_go_together_is_one_sentence(classifiers, image, options, message):
    options = {"score": lambda logits: logits[:, 0]} | options
    with pytest.raises(xai.InputError, match=message):
        xai.explain(classifiers["convolution"], image, "grad_cam", **options)


def test_parameters_that_need_classes(classifiers, image):
    handle = classifiers["convolution"]
    own = {"score": lambda logits: logits[:, 0]}
    with pytest.raises(xai.InputError, match="utility='rest' of shapley_cam needs the logits of several"):
        xai.explain(handle, image, "shapley_cam", **own)
    request = xai.Request("gradient", params={"score": "probability"}, **own)
    with pytest.raises(xai.InputError, match="score is 'probability'; a score of one's own has none"):
        xai.explain_many(handle, image, [request])
    with pytest.raises(xai.InputError, match="score is 'loss'; a function"):
        xai.Request("gradient", score="loss")


def test_a_score_without_gradient_serves_methods_that_hide(classifiers, image):
    """The number of the best class changes in steps; nothing is differentiated."""
    handle = classifiers["convolution"]
    e = xai.explain(
        handle, image, "occlusion", score=lambda rows: rows.argmax(1).double(), window=8, stride=8
    )
    assert e.logit in (0.0, 1.0, 2.0)


def test_a_network_without_classes_asks_for_a_score(cases, image):
    handle, score = cases["mask"]
    with pytest.raises(xai.InputError, match="Segmenting has no classes; give score"):
        xai.explain(handle, image, "grad_cam")
    with pytest.raises(xai.InputError, match="Segmenting has no classes, so it predicts none"):
        xai.predict(handle, image)
    with pytest.raises(xai.InputError, match="Segmenting has no classes"):
        xai.curves(handle, image, xai.explain(handle, image, "gradient", score=score))


def test_no_metric_takes_the_last_class_instead(classifiers, image):
    from xai_core.metrics.fidelity import fidelity
    from xai_core.metrics.road import road
    from xai_core.metrics.sensitivity import infidelity

    handle = classifiers["convolution"]
    e = xai.explain(handle, image, "gradient", score=lambda logits: logits[:, 0])
    for measure in (xai.curves, fidelity, road, infidelity):
        with pytest.raises(xai.InputError, match=r"target is -1|explains a score of its own"):
            measure(handle, image, e)


def test_a_request_is_hashed_and_pickled_but_is_no_key():
    request = xai.Request("gradient", score=mask_sum)
    assert pickle.loads(pickle.dumps(request)) == request
    assert hash(request) == hash(xai.Request("gradient", score=mask_sum))
    assert request != xai.Request("gradient")
    with pytest.raises(xai.InputError, match="is not kept, since a function is no part of a key"):
        request.keyed()
    assert xai.Request("gradient").keyed() == xai.Request("gradient")


def test_it_is_shown_by_its_name_and_value(cases, image):
    handle, score = cases["mask"]
    e = xai.explain(handle, image, "gradient", score=score)
    assert "mask_sum" in e._repr_html_()
    assert "nan" not in e._repr_html_().replace("data:", "").lower()[-2000:]
    assert pickle.loads(pickle.dumps(e)).label == "mask_sum"
