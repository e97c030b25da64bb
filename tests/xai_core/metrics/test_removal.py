"""Taking regions out: exact areas, exact fills, the flip found, and the same region elsewhere as control."""

import numpy as np
import pytest

import xai_core as xai
from tests.xai_core.attacks.hand import handle, logits, picture
from xai_core.metrics.fillers import GREY
from xai_core.metrics.removal import RegionEffect, order_of, region_effect, removal


def softmax(z):
    p = np.exp(z - z.max())
    return p / p.sum()


def test_every_share_is_an_exact_number_of_pixels():
    values = np.array([[0.0, 2.0, 2.0], [2.0, -1.0, 0.0]])
    assert order_of(values).tolist() == [[3, 0, 1], [2, 5, 4]]
    for share in range(0, 101, 10):
        assert (order_of(np.zeros((5, 8))) < share / 100 * 40).sum() == share * 4 // 10


def test_the_curve_by_hand():
    """Each probability again, from the picture with the highest values greyed."""
    own, image = handle(3), picture(1)
    values = np.random.default_rng(2).normal(size=(4, 6))
    found = removal(own, image, values, percents=(0, 25, 50, 100), control_percents=(50,), controls=3)
    order = np.argsort(-values.ravel())
    for row, share in enumerate((0, 25, 50, 100)):
        pixels = image.pixels.astype(float).reshape(-1, 3).copy()
        pixels[order[: share * 24 // 100]] = GREY
        expected = softmax(logits(own, pixels.reshape(4, 6, 3)))
        np.testing.assert_allclose(found.probabilities[row], expected, atol=1e-6)
    assert found.control.shape == (3, 1, 3)
    np.testing.assert_allclose(found.probabilities.sum(1), 1, atol=1e-6)


def test_the_flip_is_the_first_other_answer():
    own, image = handle(3), picture(1)
    values = np.random.default_rng(2).normal(size=(4, 6))
    found = removal(own, image, values, percents=range(101), control_percents=(50,), controls=1)
    other = [p for p, answer in enumerate(found.answers) if answer != found.answers[0]]
    assert found.flip == other[0] > 0
    still = removal(own, image, values, percents=(0,), control_percents=(50,), controls=1)
    assert still.flip is None


def test_a_region_beside_the_same_region_elsewhere():
    own, image = handle(3), picture(4)
    mask = np.zeros((4, 6), bool)
    mask[1:3, 2:5] = True
    found = region_effect(own, image, mask, controls=40, seed=1)
    assert found.area == pytest.approx(6 / 24)
    pixels = image.pixels.astype(float)
    np.testing.assert_allclose(found.before, softmax(logits(own, pixels)), atol=1e-6)
    pixels[mask] = GREY
    np.testing.assert_allclose(found.after, softmax(logits(own, pixels)), atol=1e-6)
    every = []
    for dy in range(4):
        for dx in range(6):
            moved = image.pixels.astype(float)
            moved[np.roll(mask, (dy, dx), (0, 1))] = GREY
            every.append(softmax(logits(own, moved)))
    for row in found.control:  # each is one of the places of the same region
        assert min(np.abs(row - other).max() for other in every[1:]) < 1e-6


def test_percentiles_and_drops():
    effect = RegionEffect(
        0.1, np.array([0.9]), np.array([0.4]), np.array([[0.9], [0.5], [0.4], [0.1]]), "grey"
    )
    assert effect.drop(0) == pytest.approx(0.5)
    np.testing.assert_allclose(effect.control_drops(0), [0, 0.4, 0.5, 0.8])
    assert effect.percentile(0) == pytest.approx(0.5 + 0.125)


def test_the_same_seed_gives_the_same_places():
    own, image, mask = handle(), picture(), np.eye(4, 6, dtype=bool)
    runs = [region_effect(own, image, mask, controls=8, seed=seed).control for seed in (0, 0, 1)]
    np.testing.assert_array_equal(runs[0], runs[1])
    assert not np.array_equal(runs[0], runs[2])


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda own: removal(own, picture(), np.zeros((3, 6))), r"The region is \(3, 6\)"),
        (lambda own: removal(own, picture(), np.zeros((4, 6)), how="pink"), "how is 'pink'"),
        (lambda own: removal(own, picture(), np.zeros((4, 6)), percents=(0, 120)), "0 to 100"),
        (lambda own: removal(own, picture(), np.zeros((4, 6)), percents=(5, 10)), "begins with 5"),
        (lambda own: region_effect(own, picture(), np.zeros((4, 6), bool)), "empty or the whole"),
        (lambda own: region_effect(own, picture(), np.ones((4, 6), bool)), "empty or the whole"),
    ],
)
def test_refusals(call, said):
    with pytest.raises(xai.InputError, match=said):
        call(handle())


def test_progress_and_cancel():
    seen = []
    removal(handle(), picture(), np.zeros((4, 6)), progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (61 + 5 * 13, 61 + 5 * 13)
    with pytest.raises(xai.Cancelled):
        removal(handle(), picture(), np.zeros((4, 6)), cancelled=lambda: True)


def test_without_the_dog_the_network_sees_the_cat(lite0, dog_cat):
    """The counterfactual region of the cat is the dog: without it the answer flips to a cat."""
    e = xai.explain(lite0, dog_cat, "grad_cam", target=282, relu=False, counterfactual=True)
    found = removal(
        lite0, dog_cat, e.upsampled(), percents=range(0, 61, 5), control_percents=(0,), controls=1
    )
    mastiff, cats = 243, {281, 282, 285}
    assert found.answers[0] == mastiff
    assert not cats.isdisjoint(found.answers.tolist()), found.answers
    assert found.probabilities[:, 282].max() > 2 * found.probabilities[0, 282]
