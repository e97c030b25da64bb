"""Insertion and deletion: exact curves and areas, batches that change nothing, and `xai_core.functional`."""

import numpy as np
import pytest
import torch

import xai_core as xai
from tests.lanes import core_and_peers
from tests.xai_core.attacks.hand import GRID, handle, logits, picture
from xai_core import functional
from xai_core.inputs import superpixels as regions
from xai_core.metrics.cells import superpixels
from xai_core.metrics.insertion import chance, curves_many, order, passes, picture_at
from xai_core.types import Params


def explanation(values, target=1, method="grad_cam", size=(4, 6)):
    values = np.asarray(values, np.float32)
    return xai.Explanation(values, method, target, "b", "l", Params(), True, 1, 1, 1, 0, size)


def softmax(z):
    p = np.exp(z - z.max())
    return p / p.sum()


def by_hand(own, image, places, target, score="probability"):
    """Both curves, one picture at a time: 2 x 2 superpixels of 4 x 6, black behind them."""
    cells = superpixels((4, 6), 2)
    found = []
    for insert in (True, False):
        curve = []
        for step in range(len(places) + 1):
            shown = (np.asarray(places)[cells] < step) == insert
            z = logits(own, np.where(shown[..., None], image.pixels.astype(float), 0.0))
            curve.append((softmax(z) if score == "probability" else z)[target])
        found.append(np.array(curve))
    return found


@pytest.mark.parametrize("score", ["probability", "logit"])
def test_curves_and_areas_by_hand(score):
    own, image = handle(3), picture(1)
    values = np.arange(24.0).reshape(4, 6)[::-1]
    found = xai.curves(own, image, explanation(values), superpixel=2, score=score)
    assert found.order.tolist() == [2, 1, 0, 5, 4, 3]
    insertion, deletion = by_hand(own, image, found.order, 1, score)
    np.testing.assert_allclose(found.insertion, insertion, atol=1e-6)
    np.testing.assert_allclose(found.deletion, deletion, atol=1e-6)
    np.testing.assert_array_equal(found.num_features, np.arange(7))
    for area, curve in ((found.insertion_auc, insertion), (found.deletion_auc, deletion)):
        assert area == pytest.approx(((curve[1:] + curve[:-1]) / 2).mean(), abs=1e-6)


def test_several_maps_at_once_are_those_of_one_by_one():
    own, image = handle(3), picture(2)
    random = np.random.default_rng(0)
    maps = [explanation(random.normal(size=(4, 6)), target) for target in (0, 1, 2, 1)]
    together = curves_many(own, image, maps, superpixel=1)
    for e, one in zip(maps, together, strict=True):
        alone = xai.curves(own, image, e, superpixel=1)
        np.testing.assert_array_equal(one.insertion, alone.insertion)
        np.testing.assert_array_equal(one.deletion, alone.deletion)
        assert one.target == e.target
        assert (one.insertion[0], one.insertion[-1]) == (one.deletion[-1], one.deletion[0])


@pytest.mark.parametrize("batch", [1, 2, 5, 1000])
def test_batches_change_nothing(batch, monkeypatch):
    own, image = handle(3), picture(3)
    e = explanation(np.random.default_rng(1).normal(size=(4, 6)))
    whole = xai.curves(own, image, e, superpixel=1)
    monkeypatch.setattr("xai_core.network.batches.CPU_BATCH", batch)
    parts = xai.curves(own, image, e, superpixel=1)
    np.testing.assert_allclose(parts.insertion, whole.insertion, rtol=0, atol=1e-12)
    np.testing.assert_allclose(parts.deletion, whole.deletion, rtol=0, atol=1e-12)


@pytest.mark.parametrize("baseline", core_and_peers(["black", "blur", "mean"]))
def test_functional_gives_the_same_arrays(lite0, chelsea, baseline):
    e = xai.explain(lite0, chelsea, "grad_cam", layer="blocks.6", relu=False)
    found = xai.curves(lite0, chelsea, e, superpixel=56, baseline=baseline)
    x = lite0.preprocess(chelsea)
    b = regions.baseline(x, baseline, lite0.grid, torch.Generator())
    grid = torch.from_numpy(order(e.upsampled(), superpixels((224, 224), 56)))
    importance = -grid.view(1, 4, 4).float()
    with lite0.session() as net:
        for name, curve in (("insertion", found.insertion), ("deletion", found.deletion)):
            values, number = getattr(functional, name)(x, net, importance, e.target, b)
            np.testing.assert_allclose(values.numpy(), curve, atol=1e-5)
            np.testing.assert_array_equal(number.numpy(), found.num_features)


def test_superpixels_at_the_border_are_cut_off():
    cells = superpixels((5, 7), 2)
    assert cells.max() + 1 == 12
    assert cells[4].tolist() == [8, 8, 9, 9, 10, 10, 11]
    assert passes(handle(), 3, 2) == 2 + 2 * 5 * 3


def test_segments_take_the_place_of_squares():
    own, image = handle(3), picture(4)
    cells = superpixels((4, 6), 2)
    e = explanation(np.random.default_rng(2).normal(size=(4, 6)))
    one, other = xai.curves(own, image, e, superpixel=2), xai.curves(own, image, e, segments=cells)
    np.testing.assert_array_equal(one.insertion, other.insertion)
    with pytest.raises(xai.InputError, match="segments is"):
        xai.curves(own, image, e, segments=np.zeros((4, 6), int))


def test_the_picture_that_was_scored():
    own, image = handle(3), picture(5)
    e = explanation(np.random.default_rng(3).normal(size=(4, 6)))
    found = xai.curves(own, image, e, superpixel=2)
    for step in (0, 2, 6):
        for insert, curve in ((True, found.insertion), (False, found.deletion)):
            seen = picture_at(own, image, found, step, insert, 2)
            assert softmax(logits(own, seen.astype(float)))[1] == pytest.approx(curve[step], abs=1e-6)


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"superpixel": 0}, "superpixel is 0"),
        ({"superpixel": 3}, "superpixel is 3; a whole number from 1 to 2"),
        ({"score": "loss"}, "score is 'loss'"),
        ({"baseline": "pink", "superpixel": 2}, "baseline is 'pink'"),
    ],
)
def test_refusals(params, said):
    with pytest.raises(xai.InputError, match=said):
        xai.curves(handle(), picture(), explanation(np.zeros((4, 6))), **params)


def test_progress_and_cancel():
    seen, own, e = [], handle(3), explanation(np.random.default_rng(3).normal(size=(4, 6)))
    curves_many(own, picture(), [e], 1, progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (2 + 2 * 23, 2 + 2 * 23)
    assert GRID.size == (4, 6)
    with pytest.raises(xai.Cancelled):
        curves_many(own, picture(), [e], 1, cancelled=lambda: True)


def test_a_sound_map_beats_chance(lite0, dog_cat):
    e = xai.explain(lite0, dog_cat, "grad_cam")
    sound, by_chance = curves_many(lite0, dog_cat, [e, chance(e)], superpixel=56)
    assert by_chance.method == "chance"
    assert sorted(by_chance.order) == list(range(16))
    assert sound.insertion_auc > by_chance.insertion_auc + 0.1
    assert sound.deletion_auc < by_chance.deletion_auc
    assert (chance(e, 1).heatmap != chance(e, 2).heatmap).any()
