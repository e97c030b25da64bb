"""Model randomisation: what is drawn anew and what stays, the order of the stages, and what maps make of
it.
"""

import numpy as np
import pytest
import torch
from scipy.stats import spearmanr

import xai_core as xai
from tests.lanes import core_and_peers
from xai_core.metrics import agreement, sanity


def weights(handle):
    with handle.session() as net:
        return {name: value.clone() for name, value in net.state_dict().items()}


@pytest.mark.parametrize(
    "key", core_and_peers(["efficientnet_lite0", "resnet18", "alexnet", "densenet121", "convnext_tiny"], 2)
)
def test_stages_go_from_the_head_down_and_hold_every_weight(lite0, key):
    loaded = lite0 if key == lite0.key else xai.load_model(key, "cpu", weights="random")
    parts = sanity.stages(loaded)
    assert next(iter(parts)) == sanity.HEAD
    assert len(parts) >= 4
    suggested = [layer.key for layer in loaded.layers if layer.suggested]
    assert list(parts)[1:] == [key for key in reversed(suggested) if parts.get(key)]
    held = [name for names in parts.values() for name in names]
    with loaded.session() as net:
        own = {n for n, m in net.named_modules() if next(m.parameters(recurse=False), None) is not None}
    assert len(held) == len(set(held))
    assert set(held) == own


@pytest.mark.parametrize(
    ("key", "head"),
    [
        ("resnet18", {"fc"}),
        ("alexnet", {"classifier.1", "classifier.4", "classifier.6"}),
        ("densenet121", {"features.norm5", "classifier"}),
    ],
)
def test_the_head_by_hand(key, head):
    assert set(sanity.stages(xai.load_model(key, "cpu", weights="random"))[sanity.HEAD]) == head


def test_everything_is_drawn_anew_and_the_trained_network_stays(lite0, chelsea):
    before = weights(lite0)
    other = sanity.randomised(lite0, seed=1)
    after = weights(lite0)
    assert all(torch.equal(before[name], after[name]) for name in before)
    drawn = weights(other)
    for name, value in before.items():
        if value.ndim >= 2:
            assert not torch.equal(drawn[name], value), name
            if value.numel() > 5000:
                assert float(drawn[name].std()) == pytest.approx(float(value.std()), rel=0.1), name
        elif value.numel() > 8 and value.is_floating_point() and "running" not in name:
            torch.testing.assert_close(drawn[name].sort().values, value.sort().values)
    assert xai.predict(other, chelsea, 1)[0].probability < 0.5
    e = xai.explain(other, chelsea, "grad_cam", target=281, relu=False)
    assert np.isfinite(e.heatmap).all()
    assert np.ptp(e.heatmap) > 0, "signals keep their size"
    again = weights(sanity.randomised(lite0, seed=1))
    assert all(torch.equal(drawn[name], again[name]) for name in drawn)


def test_one_stage_leaves_the_others(lite0):
    parts = sanity.stages(lite0)
    drawn = weights(sanity.randomised(lite0, 0, parts["blocks.4"]))
    changed = {name for name, value in weights(lite0).items() if not torch.equal(drawn[name], value)}
    assert {name.rsplit(".", 1)[0] for name in changed} == set(parts["blocks.4"])
    assert {name.split(".")[1] for name in changed} == {"3", "4"}, "blocks 3 and 4 have maps of one size"


@pytest.mark.parametrize("independent", core_and_peers([False, True]))
def test_cascade_and_independent(lite0, chelsea, monkeypatch, independent):
    """Three stages are enough to tell one at a time from one after the other."""
    every = sanity.stages(lite0)
    parts = {key: every[key] for key in (sanity.HEAD, "blocks.6", "blocks.0")}
    monkeypatch.setattr(sanity, "stages", lambda _: parts)
    requests = [xai.Request("grad_cam", 281), xai.Request("gradient", 281)]
    seen = []
    rows = sanity.cascade(
        lite0, chelsea, requests, independent, progress=lambda done, total: seen.append((done, total))
    )
    assert [row["stage"] for row in rows] == [name for name in ("none", *parts) for _ in requests]
    assert [row["method"] for row in rows] == ["grad_cam", "gradient"] * 4
    assert all(row["rank"] == pytest.approx(1) and row["ssim"] == pytest.approx(1) for row in rows[:2])
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]
    trained = xai.explain_many(lite0, chelsea, requests)
    drawn = parts["blocks.0"] if independent else sum(parts.values(), ())
    last = xai.explain_many(sanity.randomised(lite0, 0, drawn), chelsea, requests)
    for row, one, other in zip(rows[-2:], trained, last, strict=True):
        expected = spearmanr(one.upsampled().ravel(), other.upsampled().ravel()).statistic
        assert row["rank"] == pytest.approx(expected, abs=1e-6)


def test_cascade_needs_a_target_and_can_be_cancelled(lite0, chelsea):
    with pytest.raises(xai.Cancelled):
        sanity.cascade(lite0, chelsea, [xai.Request("grad_cam", 281)], cancelled=lambda: True)
    with pytest.raises(xai.InputError, match="no target"):
        sanity.cascade(lite0, chelsea, [xai.Request("grad_cam")])


@pytest.mark.parametrize(
    ("rank", "said"),
    [
        (0.9, "hardly changes"),
        (-0.6, "changes"),
        (0.3, "changes in part"),
        (0.1, "changes"),
        (float("nan"), "flat"),
    ],
)
def test_verdicts(rank, said):
    assert sanity.verdict(rank) == said


def test_the_badge_separates(lite0, chelsea, dog_cat):
    """Guided backprop hardly changes when the head is drawn anew, Grad-CAM does."""
    other = sanity.randomised(lite0, 0, sanity.stages(lite0)[sanity.HEAD])
    ranks = {"grad_cam": [], "guided_backprop": []}
    for image in (chelsea, dog_cat, xai.load_sample("coffee")):
        target = xai.predict(lite0, image, 1)[0].index
        for method, found in ranks.items():
            maps = [xai.explain(own, image, method, target=target) for own in (lite0, other)]
            found.append(agreement.spearman(*(e.upsampled() for e in maps)))
    assert min(ranks["guided_backprop"]) > 0.9
    assert abs(np.mean(ranks["grad_cam"])) < sanity.HARDLY


def test_ssim():
    random = np.random.default_rng(0)
    a = random.normal(size=(20, 30))
    assert agreement.ssim(a, 3 * a + 5) == pytest.approx(1)
    assert abs(agreement.ssim(a, random.normal(size=(20, 30)))) < 0.3
    assert np.isnan(agreement.ssim(a, np.ones_like(a)))
