"""Patches left out: the same as masking all attention to their tokens; and where it is refused."""

import numpy as np
import pytest
import torch

import xai_core as xai
from tests.xai_core import vits
from xai_core.models.layers import find_layers
from xai_core.network.batches import Progress
from xai_core.network.scores import Score
from xai_core.scoring import patch_drop
from xai_core.scoring.metering import MeteredProgress
from xai_core.scoring.patch_drop import PatchDrop
from xai_core.scoring.token_cost import TokenCost


def drop_of(net, x):
    return PatchDrop(net, x, find_layers(net, x))


def masked(net, x, keep):
    """Logits with the tokens kept in place, and no attention to those that are hidden."""
    front = net.num_prefix_tokens
    seen = torch.cat([torch.ones(front, dtype=torch.bool), keep])
    tokens = net._pos_embed(net.patch_embed(x))
    for block in net.blocks:
        tokens = block(tokens, attn_mask=seen[None, None, None].expand(1, 1, len(seen), -1))
    tokens = net.norm(tokens)
    read = tokens[:, front:][:, keep].mean(1) if net.global_pool == "avg" else tokens[:, 0]
    return net.head(net.fc_norm(read))


@pytest.mark.parametrize("pool", ["token", "avg"])
def test_leaving_out_is_masking(pool):
    net, x = vits.random_vit(pool=pool), vits.pictures(1)
    keep = torch.tensor([[1, 0, 1, 1, 0, 1], [1, 1, 0, 1, 0, 1], [0, 0, 0, 0, 1, 0], [1] * 6]).bool()
    found = drop_of(net, x).scores(keep, Score((2,)), Progress())
    expected = torch.stack([masked(net, x, row)[0, 2] for row in keep])
    torch.testing.assert_close(found, expected, rtol=1e-10, atol=1e-12)


def test_without_any_patch_the_class_token_is_left_and_an_average_is_not():
    nothing = torch.zeros(1, 6, dtype=torch.bool)
    net, x = vits.random_vit(), vits.pictures(1)
    torch.testing.assert_close(
        drop_of(net, x).logits(nothing), masked(net, x, nothing[0]), rtol=1e-10, atol=1e-12
    )
    with pytest.raises(xai.InputError, match="no score with 0 of its patches"):
        drop_of(vits.random_vit(pool="avg"), x).logits(nothing)


def test_windows_and_tables_of_positions_are_refused():
    with pytest.raises(xai.InputError, match=r"'layers\.0\.blocks\.0\.attn' does not"):
        drop_of(vits.random_swin(), vits.pictures(1, (24, 40)))
    from timm.models.beit import Beit

    torch.manual_seed(0)
    net = Beit(
        img_size=vits.SIZE, patch_size=8, embed_dim=12, depth=2, num_heads=2, num_classes=3,
        use_rel_pos_bias=True,
    )  # fmt: skip
    with pytest.raises(xai.InputError, match="needs all of them"):
        drop_of(net.double().eval().requires_grad_(False), vits.pictures(1))


def test_curves_by_leaving_patches_out(tiny_vit, chelsea):
    e = xai.explain(tiny_vit, chelsea, "attention_rollout", 282)
    found = xai.curves(tiny_vit, chelsea, e, superpixel="patch", baseline="drop", score="logit")
    assert found.baseline == "drop"
    assert len(found.insertion) == 25  # a grid of 4 x 6
    with tiny_vit.session() as net, torch.no_grad():
        x = tiny_vit.preprocess(chelsea)
        order = torch.from_numpy(found.order)
        for k in (0, 7, 24):
            assert found.insertion[k] == pytest.approx(float(masked(net, x, order < k)[0, 282]), abs=1e-4)
            assert found.deletion[k] == pytest.approx(float(masked(net, x, order >= k)[0, 282]), abs=1e-4)
    same = xai.curves(tiny_vit, chelsea, e, superpixel=8, baseline="drop", score="logit")
    np.testing.assert_array_equal(same.insertion, found.insertion)
    with pytest.raises(xai.InputError, match="whole patches of 8 x 8 pixels"):
        xai.curves(tiny_vit, chelsea, e, superpixel=4, baseline="drop")


def test_a_network_without_patches(lite0_small, chelsea):
    e = xai.explain(lite0_small, chelsea, "grad_cam", 282)
    with pytest.raises(xai.InputError, match="does not cut its input into patches"):
        xai.curves(lite0_small, chelsea, e, superpixel="patch")
    with pytest.raises(xai.InputError, match="does not cut its input into patches"):
        xai.explain(lite0_small, chelsea, "lime", 282, segmentation="patch", samples=10)


def test_lime_by_patches(tiny_vit, chelsea):
    e = xai.explain(tiny_vit, chelsea, "lime", 282, segmentation="patch", samples=60)
    assert e.facts["superpixels"] == 24
    assert e.segments.max() == 23
    assert (e.segments[:8, :8] == 0).all()
    assert (e.segments[8:16, :8] == 6).all()


def test_equal_rows_are_scored_once_and_looks_hold_what_is_known(monkeypatch):
    monkeypatch.setattr(Progress, "due", lambda _self: True)
    net, x, looks, progress = vits.random_vit(), vits.pictures(1), [], Progress(total=5)
    keep = torch.tensor([[1, 0, 1, 1, 0, 1], [1] * 6, [1, 0, 1, 1, 0, 1], [0, 0, 0, 1, 0, 0], [1] * 6]).bool()
    found = drop_of(net, x).scores(keep, Score((2,)), progress, lambda *look: looks.append(look))
    assert (progress.forwards, progress.done) == (3, 5)
    assert torch.equal(found[0], found[2])
    assert [len(rows) for rows, _ in looks] == [1, 3], "one row, then the two that are equal as well"
    for rows, scores in looks:
        assert torch.equal(scores, found[torch.from_numpy(rows)])


def test_few_and_many_patches_are_scored_in_turn():
    """Of 40 rows with 1 patch and 40 with 5, the first half of the batches has as many of both."""
    keep = np.zeros((80, 6), bool)
    keep[:40, :1] = True
    keep[40:, :5] = True
    batches = patch_drop._batches(keep, 5)
    assert sorted(np.concatenate(batches).tolist()) == list(range(80))
    few = [int(rows[0] < 40) for rows in batches]
    assert sum(few[:8]) == 4
    rows = np.concatenate([rows for rows in batches if rows[0] < 40])
    assert rows.tolist() == list(range(40)), "in order among rows of one kind"


def test_counted_work_grows_with_the_tokens_that_stay():
    net, x = vits.random_vit(), vits.pictures(1)
    drop, meter = drop_of(net, x), MeteredProgress()
    keep = torch.tensor([[1, 0, 0, 0, 0, 0], [1] * 6]).bool()
    drop.scores(keep, Score((2,)), meter)
    blocks = [(block, 12) for block in net.blocks]
    cost = TokenCost(blocks, "cpu")
    assert meter.meter.planned == pytest.approx(cost.batch(1, 2) + cost.batch(1, 7))
    assert meter.meter.done == pytest.approx(meter.meter.planned)
    large = TokenCost([(torch.nn.Linear(1000, 1000), 1000)] * 4, "cpu")
    half, whole = large.batch(6, 100), large.batch(6, 200)
    assert 0.4 * whole < half < 0.6 * whole
