"""explain and predict: defaults, the parameters of the family, results."""

import pickle

import numpy as np
import pytest
import torch

import xai_core as xai
from xai_core.types import Params

from ..affordable import CONVOLUTIONAL, LAYERS, PARAMS, same

DOG, CAT = 243, 282
SIGNED = (
    "occlusion",
    "lime",
    "kernel_shap",
    "shapley_sampling",
    "partition_shap",
    "lrp",
    "contrastive_mwp",
    "xrai",
)
GRADIENT_METHODS = ("grad_cam", "grad_cam_plus_plus", "xgrad_cam", "layer_cam", "hires_cam", "eigen_grad_cam")
STAGES = ("blocks.0", "blocks.1", "blocks.2", "blocks.4", "blocks.6")


# --- predict


def test_predict_is_the_softmax_of_the_logits(lite0, dog_cat):
    with lite0.session() as net, torch.no_grad():
        logits = lite0.capture(x := lite0.preprocess(dog_cat)).logits[0].numpy().astype(np.float64)
        assert np.abs(logits - net(x)[0].numpy()).max() < 1e-5 * abs(logits).max()
    powers = np.exp(logits - logits.max())
    found = xai.predict(lite0, dog_cat, top=1000)
    assert len(found) == 1000
    for score in found:
        assert score.logit == logits[score.index]
        assert score.probability == pytest.approx(powers[score.index] / powers.sum(), rel=1e-9)
        assert score.label == lite0.labels[score.index]
    assert [s.logit for s in found] == sorted(logits, reverse=True)
    assert sum(s.probability for s in found) == pytest.approx(1)


def test_predict_top(lite0, dog_cat):
    found = xai.predict(lite0, dog_cat)
    assert [(s.index, s.label) for s in found[:2]] == [(243, "bull mastiff"), (242, "boxer")]
    assert len(found) == 5
    assert CAT in [s.index for s in found]
    for top in (0, -1, 2.5, "5"):
        with pytest.raises(xai.InputError, match="top is"):
            xai.predict(lite0, dog_cat, top=top)


# --- what explain fills in


def test_defaults(lite0, dog_cat):
    e = xai.explain(lite0, dog_cat, "grad_cam")
    best = xai.predict(lite0, dog_cat, top=1)[0]
    assert (e.target, e.label, e.layer, e.method, e.seed) == (DOG, "bull mastiff", "blocks.6", "grad_cam", 0)
    assert e.logit == pytest.approx(best.logit, rel=1e-6)
    assert e.probability == pytest.approx(best.probability, rel=1e-5)
    assert dict(e.params) == {"relu": True, "counterfactual": False, "contrast": None}
    assert (e.signed, e.forwards, e.view_size) == (False, 1, (224, 224))
    assert e.seconds > 0
    assert (e.heatmap.dtype, e.heatmap.shape) == (np.float32, (7, 7))
    assert (e.upsampled().dtype, e.upsampled().shape) == (np.float32, (224, 224))
    assert same(e, xai.explain(lite0, dog_cat, "grad_cam", target=DOG, layer="blocks.6"))


def test_default_layer_is_the_last_suggested_one_or_the_methods_own(lite0, chelsea):
    suggested = [layer.key for layer in lite0.layers if layer.suggested]
    assert suggested == list(STAGES)
    for method in ("hires_cam", "eigen_cam", "random"):
        assert xai.explain(lite0, chelsea, method).layer == suggested[-1]
    assert xai.explain(lite0, chelsea, "cam").layer == "bn2"
    assert xai.explain(lite0, chelsea, "full_grad").layer is None
    assert xai.explain(lite0, chelsea, "full_grad").heatmap.shape == (224, 224)


def test_layer_key_with_underscores(lite0, chelsea):
    assert xai.explain(lite0, chelsea, "grad_cam", layer="blocks_4").layer == "blocks.4"


@pytest.mark.parametrize("layer", [None, "bn2"])
def test_maxima_lie_on_the_animal_that_was_asked_for(lite0, dog_cat, layer):
    """The mastiff sits in the upper middle, head and chest above the cat, which lies at the bottom."""
    boxes = {DOG: (78, 12, 166, 118), CAT: (40, 120, 200, 222)}  # x0, y0, x1, y1
    requests = [xai.Request("grad_cam", target=target, layer=layer) for target in boxes]
    for e in xai.explain_many(lite0, dog_cat, requests):
        y, x = np.unravel_index(e.upsampled().argmax(), (224, 224))
        x0, y0, x1, y1 = boxes[e.target]
        assert x0 <= x < x1, (e.target, x, y)
        assert y0 <= y < y1, (e.target, x, y)


# --- the parameters of the family


@pytest.mark.parametrize("method", ["grad_cam", "hires_cam", "cam"])
def test_contrast_of_a_linear_method_is_the_difference_of_two_maps(lite0, dog_cat, method):
    dog, cat, contrast = xai.explain_many(
        lite0,
        dog_cat,
        [
            xai.Request(method, target=DOG, params={"relu": False}),
            xai.Request(method, target=CAT, params={"relu": False}),
            xai.Request(method, target=DOG, params={"relu": False, "contrast": CAT}),
        ],
    )
    expected = dog.heatmap - cat.heatmap
    np.testing.assert_allclose(contrast.heatmap, expected, rtol=0, atol=1e-5 * np.abs(expected).max())
    assert (contrast.logit, contrast.probability) == (dog.logit, dog.probability)


@pytest.mark.parametrize("method", ["grad_cam", "hires_cam", "xgrad_cam", "eigen_grad_cam", "cam"])
def test_counterfactual_of_a_linear_method_is_the_negated_map(lite0, dog_cat, method):
    plain = xai.explain(lite0, dog_cat, method, target=CAT, relu=False)
    against = xai.explain(lite0, dog_cat, method, target=CAT, relu=False, counterfactual=True)
    assert np.abs(plain.heatmap).max() > 0
    np.testing.assert_allclose(
        against.heatmap, -plain.heatmap, rtol=0, atol=1e-6 * np.abs(plain.heatmap).max()
    )
    rectified = xai.explain(lite0, dog_cat, method, target=CAT, counterfactual=True)
    np.testing.assert_array_equal(rectified.heatmap, np.maximum(against.heatmap, 0))


@pytest.mark.parametrize(
    "method",
    [
        key
        for key, method in xai.METHODS.items()
        if not method.long and any(param.name == "relu" for param in method.params)
    ],
)
def test_relu_keeps_the_positive_part(lite0, dog_cat, method):
    layer = "bn2" if method == "cam" else "blocks.4"
    raw = xai.explain(lite0, dog_cat, method, target=CAT, layer=layer, relu=False)
    rectified = xai.explain(lite0, dog_cat, method, target=CAT, layer=layer)
    assert (raw.signed, rectified.signed) == (True, False)
    np.testing.assert_array_equal(rectified.heatmap, np.where(raw.heatmap > 0, raw.heatmap, 0))
    assert same(raw.rectified(), rectified)
    assert raw.rectified().params == rectified.params


def test_seed_reaches_the_method(lite0, chelsea):
    def weights(seed):
        return xai.explain(lite0, chelsea, "random", seed=seed, relu=False)

    assert same(weights(3), weights(3))
    assert not np.allclose(weights(3).heatmap, weights(4).heatmap)
    assert weights(4).seed == 4


# --- results


def test_pickle_round_trip(lite0, dog_cat):
    e = xai.explain(
        lite0, dog_cat, "grad_cam", target=CAT, layer="blocks.4", relu=False, contrast=DOG, seed=3
    )
    back = pickle.loads(pickle.dumps(e))
    assert same(back, e)
    for name in e.__dataclass_fields__:
        if name not in ("heatmap", "segments", "view"):
            assert getattr(back, name) == getattr(e, name), name
    np.testing.assert_array_equal(back.view, e.view)
    assert isinstance(back.params, Params)
    assert hash(back.params) == hash(e.params)
    np.testing.assert_array_equal(back.upsampled((33, 50)), e.upsampled((33, 50)))


@pytest.mark.parametrize("method", CONVOLUTIONAL)
def test_heatmaps_are_plain_float32(lite0, dog_cat, method):
    e = xai.explain(lite0, dog_cat, method, CAT, LAYERS.get(method, "blocks.4"), **PARAMS.get(method, {}))
    assert isinstance(e.heatmap, np.ndarray)
    assert e.heatmap.dtype == np.float32
    cells = {
        "occlusion": (4, 4),
        "sobol": (2, 2),
        "hsic": (4, 4),
        "fused_cam": (28, 28),
        "guided_grad_cam": (224, 224),
    }
    size = lite0.input_size if e.layer is None else lite0.layer(e.layer).size
    assert e.heatmap.shape == cells.get(method, size)
    assert np.isfinite(e.heatmap).all()
    assert e.signed is (method in SIGNED)
    if method != "xrai":  # the largest of three channels is seldom negative over a whole region
        assert (e.heatmap < 0).any() == e.signed
    assert e.label == "tiger cat"
