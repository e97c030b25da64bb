"""From logits to probabilities: softmax where one class is right, sigmoid where each is right by itself."""

import numpy as np
import pytest
import torch

import xai_core as xai
from xai_core.engine.references import check, library_for
from xai_core.metrics.fidelity import fidelity
from xai_core.metrics.removal import removal
from xai_core.metrics.road import road
from xai_core.metrics.sanity import randomised
from xai_core.metrics.sensitivity import infidelity
from xai_core.network.scores import Score, probabilities

from ..attacks.hand import handle, logits, picture, weights


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


@pytest.fixture(scope="module")
def own():
    """Three findings whose logits lie near zero, where a sigmoid is not saturated."""
    return handle(3, activation="sigmoid").variant(lambda net: net.weight.mul_(0.05))


@pytest.fixture(scope="module")
def image():
    return picture(1)


@pytest.fixture(scope="module")
def z(own, image):
    return logits(own, image.pixels.astype(float))


def test_both_by_hand():
    given = torch.tensor([[0.0, np.log(3.0)]], dtype=torch.float64)
    np.testing.assert_allclose(probabilities(given).numpy(), [[0.25, 0.75]])
    np.testing.assert_allclose(probabilities(given, "sigmoid").numpy(), [[0.5, 0.75]])
    score = Score((1,), contrast=0, probability=True, activation="sigmoid")
    assert float(score(given)) == pytest.approx(0.25)


def test_predictions_are_sigmoids_that_need_not_add_up_to_one(own, image, z):
    found = xai.predict(own, image, 3)
    assert [score.index for score in found] == np.argsort(-z).tolist()
    for score in found:
        assert score.probability == pytest.approx(sigmoid(z[score.index]), rel=1e-5)
    assert abs(sum(score.probability for score in found) - 1) > 0.1


def test_a_copy_with_random_weights_keeps_the_activation(own, image):
    other = randomised(own, seed=3)
    score = xai.predict(other, image, 1)[0]
    assert score.probability == pytest.approx(sigmoid(score.logit), rel=1e-6)


def test_maps_of_the_probability(own, image, z):
    """dp / dx = p (1 - p) w, in the network's own units."""
    e = xai.explain(own, image, "gradient", target=1, score="probability", aggregate="signed")
    p = sigmoid(z[1])
    assert e.probability == pytest.approx(p, rel=1e-5)
    with own.session() as net:
        expected = p * (1 - p) * net.weight[1].sum(0).numpy()
    np.testing.assert_allclose(e.heatmap, expected, rtol=1e-4)
    if library_for("gradient"):
        assert check(own, image, e).difference < 1e-6


def test_every_measure_is_one_of_sigmoids(own, image, z):
    e = xai.explain(own, image, "gradient", target=1)
    whole, black = sigmoid(z[1]), sigmoid(logits(own, np.zeros((4, 6, 3)))[1])
    curves = xai.curves(own, image, e, superpixel=2)
    assert curves.insertion[[0, -1]] == pytest.approx([black, whole], rel=1e-5)
    found = fidelity(own, image, e, percent=25)
    mask = e.heatmap >= np.sort(e.heatmap.ravel())[-6]
    without = logits(own, np.where(mask[..., None], 0.0, image.pixels))[1]
    assert found.drop == pytest.approx(whole - sigmoid(without), rel=1e-5)
    assert road(own, image, e).whole == pytest.approx(whole, rel=1e-5)
    taken = removal(own, image, e.heatmap, percents=(0, 50), control_percents=(0,), controls=1)
    np.testing.assert_allclose(taken.probabilities[0], sigmoid(z), rtol=1e-5)
    drops = infidelity(own, image, e, squares=5, side=0.5, probability=True).measured
    assert np.abs(drops).max() < max(whole, 1 - whole)


@pytest.mark.parametrize("targeted", [False, True])
def test_an_attack_moves_that_finding_alone(own, image, z, targeted):
    """The binary cross-entropy of one finding: its gradient has the sign of that finding's weights."""
    best = int(z.argmax())
    target = (best + 1) % 3 if targeted else None
    step = 8 * np.sign(weights(own)[target]) if targeted else -8 * np.sign(weights(own)[best])
    found = xai.attack(own, image, "fgsm", target=target, epsilon=8)
    np.testing.assert_array_equal(found.image.pixels, np.clip(image.pixels + step, 0, 255))
    assert found.before.probability == pytest.approx(sigmoid(z[best]), rel=1e-5)
    after = logits(own, found.image.pixels.astype(float))
    assert found.after.probability == pytest.approx(sigmoid(after.max()), rel=1e-5)
