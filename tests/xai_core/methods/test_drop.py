"""Four methods with patches left out: each against a loop over literal shorter lists of tokens, in float64
and on a grid that is not square; a network that reads one known patch; and what is refused."""

from itertools import combinations
from math import factorial

import numpy as np
import pytest
import torch

import xai_core as xai
from tests.xai_core import vits
from tests.xai_core.methods import vit_by_hand as by_hand
from tests.xai_core.token_nets import handle_to, tiny_vit
from xai_core.methods._pairs import chosen
from xai_core.methods.hsic import hsic
from xai_core.methods.kernel_shap import kernel_shap
from xai_core.methods.lime import lime, random_masks
from xai_core.methods.occlusion import occlusion
from xai_core.methods.rise import rise
from xai_core.models.layers import find_layers
from xai_core.network.batches import Progress
from xai_core.network.patches import patch_labels
from xai_core.network.scores import Score
from xai_core.scoring.hiding import Dropped, Painted

TARGET, PATCHES = 0, 6
OPTIONS = {  # what each method needs so that patches are left out, on patches of 4 pixels
    "occlusion": {"window": 4, "stride": 4},
    "rise": {"cells": "patch", "masks": 40},
    "lime": {"segmentation": "patch", "samples": 40},
    "kernel_shap": {"segmentation": "patch", "samples": 60},
    "hsic": {"cells": "patch", "masks": 60},
}


def asked(method, **more):
    return xai.Request(method, 1, params=OPTIONS[method] | {"baseline": "drop"} | more)


def setting(net, x):
    """What hides patches, and the patches (1, H, W)."""
    layers = find_layers(net, x)
    return Dropped(net, x, layers), torch.from_numpy(patch_labels(layers, vits.SIZE))[None]


def literal(net, x, keep):
    """The logit of the network run on the tokens in front and on those of the patches `keep` bool (6,)."""
    tokens = by_hand.embed(net, x[0])
    tokens = torch.cat([tokens[:1], tokens[1:][keep]])
    for block in net.blocks:
        tokens, _ = by_hand.through(block, tokens)
    return float(by_hand.head(net, tokens)[TARGET])


def seeded(seed=3):
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def random_net():
    return vits.random_vit(), vits.pictures(1)


@pytest.mark.parametrize(("window", "stride"), [(8, 8), (16, 8), (16, 16)])
def test_occlusion_is_a_loop_over_windows_of_patches(random_net, window, stride):
    net, x = random_net
    hiding, _ = setting(net, x)
    found = occlusion(hiding, x, Score((TARGET,)), Progress(), window, stride)[0]
    whole = literal(net, x, torch.ones(PATCHES, dtype=torch.bool))
    total, count = torch.zeros(vits.SIZE), torch.zeros(vits.SIZE)
    for top in range(0, 16 - window + stride, stride):
        for left in range(0, 24 - window + stride, stride):
            hidden = torch.zeros(vits.GRID, dtype=torch.bool)
            hidden[top // 8 : (top + window) // 8, left // 8 : (left + window) // 8] = True
            drop = whole - literal(net, x, ~hidden.flatten())
            total[top : top + window, left : left + window] += drop
            count[top : top + window, left : left + window] += 1
    expected = (total.double() / count)[::8, ::8] if found.shape == vits.GRID else total.double() / count
    assert found.shape == (vits.GRID if window == stride == 8 else vits.SIZE)
    torch.testing.assert_close(found, expected, rtol=1e-6, atol=1e-6)
    if window == stride == 8:  # no sum in single precision on the way: the drop of each patch itself
        for j in range(PATCHES):
            keep = torch.arange(PATCHES) != j
            assert float(found.flatten()[j]) == pytest.approx(whole - literal(net, x, keep), abs=1e-9)


def test_rise_is_a_loop_over_masks(random_net):
    net, x = random_net
    hiding, patches = setting(net, x)
    pairs = {"keep": 0.6, "draw": "pairs"}
    found = rise(hiding, x, Score((TARGET,)), patches, seeded(), Progress(), {}, 50, "patch", **pairs)
    masks = chosen(50, (PATCHES,), 0.6, "pairs", seeded())
    expected = torch.zeros(PATCHES, dtype=torch.float64)
    for mask in masks:
        expected += literal(net, x, mask) * mask.double() / (50 * 0.6)
    assert found.shape == (1, *vits.GRID)
    np.testing.assert_allclose(found[0].flatten(), expected, rtol=0, atol=1e-9)


def test_rise_by_painted_patches_is_a_loop_over_pictures(random_net):
    net, x = random_net
    _, patches = setting(net, x)
    baseline = torch.full_like(x, -0.5)
    hiding = Painted(net, x, baseline)
    found = rise(hiding, x, Score((TARGET,)), patches, seeded(), Progress(), {}, 50, "patch", keep=0.4)
    masks = torch.rand(50, PATCHES, generator=seeded()) < 0.4
    expected = torch.zeros(PATCHES, dtype=torch.float64)
    for mask in masks:
        shown = mask.view(vits.GRID).repeat_interleave(8, 0).repeat_interleave(8, 1)
        expected += float(net(torch.where(shown, x, baseline))[0, TARGET]) * mask.double() / (50 * 0.4)
    np.testing.assert_allclose(found[0].flatten(), expected, rtol=0, atol=1e-9)


def test_lime_is_a_regression_on_literal_scores(random_net):
    """The closed form of the weighted ridge regression, on the same masks."""
    net, x = random_net
    hiding, patches = setting(net, x)
    facts = {}
    found = lime(hiding, x, Score((TARGET,)), patches, seeded(), Progress(), facts, 60, kernel_width=0.4)
    keep = random_masks(PATCHES, 60, seeded(), "pairs")
    scores = np.array([literal(net, x, row) for row in keep])
    z = keep.numpy().astype(float)
    w = np.sqrt(np.exp(-((1 - np.sqrt(z.mean(1))) ** 2) / 0.4**2))
    zc, yc = z - np.average(z, axis=0, weights=w), scores - np.average(scores, weights=w)
    expected = np.linalg.solve(zc.T @ (w[:, None] * zc) + np.eye(PATCHES), zc.T @ (w * yc))
    np.testing.assert_allclose(found[0][::8, ::8].flatten(), expected, rtol=0, atol=1e-9)
    assert facts["superpixels"] == [PATCHES]


def test_kernel_shap_gives_the_shapley_values_by_definition(random_net):
    """phi_j = sum over S without j of |S|! (d - |S| - 1)! / d! (v(S + j) - v(S))."""
    net, x = random_net
    hiding, patches = setting(net, x)
    found = kernel_shap(hiding, x, Score((TARGET,)), patches, seeded(), Progress(), {}, 100)
    value = {}
    for size in range(PATCHES + 1):
        for members in combinations(range(PATCHES), size):
            keep = torch.zeros(PATCHES, dtype=torch.bool)
            keep[list(members)] = True
            value[frozenset(members)] = literal(net, x, keep)
    expected = [
        sum(
            factorial(len(s)) * factorial(PATCHES - len(s) - 1) / factorial(PATCHES) * (value[s | {j}] - v)
            for s, v in value.items()
            if j not in s
        )
        for j in range(PATCHES)
    ]
    np.testing.assert_allclose(found[0][::8, ::8].flatten(), expected, rtol=0, atol=1e-9)


def test_each_finds_the_one_patch_that_is_read():
    """`reading_vit` attends to the marked patch; without it, to all tokens alike. The effect of each patch on
    the score is worked out from that."""
    net, x = vits.reading_vit(), vits.contents()
    hiding, patches = setting(net, x)
    score, content, t = Score((TARGET,)), vits.CONTENT[0].numpy(), np.exp(vits.SHARPNESS)

    def s(left):
        """The score with these patches and the class token, which holds nothing."""
        mark = vits.READ in left
        weights = {j: t if j == vits.READ else 1.0 for j in left}
        total = sum(weights.values()) + 1
        assert mark == (t in weights.values())
        return 2 * sum(weights[j] * content[j] for j in left) / total

    every = set(range(PATCHES))
    drops = [s(every) - s(every - {j}) for j in range(PATCHES)]
    found = {
        "occlusion": occlusion(hiding, x, score, Progress(), 8, 8)[0],
        "rise": rise(hiding, x, score, patches, seeded(), Progress(), {}, 200, "patch")[0],
        "lime": lime(hiding, x, score, patches, seeded(), Progress(), {}, 200)[0][::8, ::8],
        "kernel_shap": kernel_shap(hiding, x, score, patches, seeded(), Progress(), {}, 100)[0][::8, ::8],
        "hsic": hsic(hiding, x, score, patches, seeded(), Progress(), {}, 200, "patch")[0],
    }
    np.testing.assert_allclose(found["occlusion"].flatten(), drops, rtol=0, atol=1e-12)
    assert {name: int(values.argmax()) for name, values in found.items()} == dict.fromkeys(OPTIONS, vits.READ)


# --- through the engine


@pytest.mark.parametrize("method", OPTIONS)
def test_a_map_of_the_engine(chelsea, method):
    handle = tiny_vit()
    (e,) = xai.explain_many(handle, chelsea, [asked(method)])
    (again,) = xai.explain_many(handle, chelsea, [asked(method)])
    assert e.heatmap.tobytes() == again.heatmap.tobytes()
    (black,) = xai.explain_many(handle, chelsea, [asked(method, baseline="black")])
    assert not np.allclose(e.heatmap, black.heatmap)
    by_patch = method in ("occlusion", "rise", "hsic")
    assert e.heatmap.shape == black.heatmap.shape == ((4, 6) if by_patch else (16, 24))
    assert e.forwards == black.forwards + 4, "it is looked whether patches can be left out"


@pytest.mark.parametrize("method", ["rise", "lime", "kernel_shap", "hsic"])
def test_it_stops_once_it_is_stable(chelsea, method):
    name = "masks" if method in ("rise", "hsic") else "samples"
    request = asked(method, **{name: 3000, "stable": 0.5})
    (e,) = xai.explain_many(tiny_vit(), chelsea, [request])
    assert e.facts["samples"] < 3000
    assert e.facts["reliability"] >= 0.5


@pytest.mark.parametrize("method", OPTIONS)
def test_it_grows_and_can_be_cancelled_and_leaves_nothing(chelsea, method, monkeypatch):
    monkeypatch.setattr("xai_core.network.batches.FIRST_LOOK", 0.0)
    monkeypatch.setattr("xai_core.network.batches.NEXT_LOOK", 0.0)
    handle, looks, told, asked_times = tiny_vit((32, 48)), [], [], []
    request = asked(method, **{"kernel_shap": {"samples": 400}, "hsic": {"masks": 400}}.get(method, {}))
    with handle.session() as net:
        before = {name: value.clone() for name, value in net.state_dict().items()}
    (plain,) = xai.explain_many(handle, chelsea, [request])
    (grown,) = xai.explain_many(
        handle, chelsea, [request], lambda *p: told.append(p), on_partial=looks.append
    )
    assert grown.heatmap.tobytes() == plain.heatmap.tobytes(), "looking changes nothing"
    counts = [look.samples for look in looks]
    assert counts == sorted(set(counts))
    assert 0 < counts[0] < counts[-1] < looks[0].of
    assert told == sorted(told)
    assert told[-1][0] == told[-1][1]
    with pytest.raises(xai.Cancelled):
        xai.explain_many(
            handle, chelsea, [request], cancelled=lambda: asked_times.append(0) or len(asked_times) == 5
        )
    with handle.session() as net:
        assert not [m for m in net.modules() if m._forward_hooks or m._forward_pre_hooks]
        assert all(torch.equal(before[name], value) for name, value in net.state_dict().items())
        assert all(p.grad is None and not p.requires_grad for p in net.parameters())
    assert xai.explain_many(handle, chelsea, [request])[0].heatmap.tobytes() == plain.heatmap.tobytes()


@pytest.mark.parametrize(
    ("method", "params", "sentence"),
    [
        ("lime", {}, "baseline is 'drop', which leaves out whole patches, and segmentation is 'slic'"),
        ("kernel_shap", {"segmentation": "grid"}, "segmentation is 'grid'; with it segmentation='patch'"),
        ("rise", {}, "and cells is 'soft'; with it cells='patch' is accepted"),
        ("occlusion", {"window": 6, "stride": 4}, "window of occlusion is 6 and baseline is 'drop'"),
        ("occlusion", {"window": 8, "stride": 2}, "patches of 4 x 4 pixels; multiples of 4 are accepted"),
        ("rise", {"cells": "round"}, "cells of rise is 'round'; accepted is soft, patch"),
    ],
)
def test_parameters_that_do_not_go_together(chelsea, method, params, sentence):
    handle = tiny_vit()
    with pytest.raises(xai.InputError, match=sentence):
        xai.explain(handle, chelsea, method, 1, baseline="drop", **params)
    with pytest.raises(xai.InputError, match=sentence):
        xai.estimate(
            handle, chelsea, [xai.Request(method, 1, params={"baseline": "drop"} | params)], measured=False
        )


@pytest.mark.parametrize("method", OPTIONS)
def test_a_convolutional_network_says_why_not(lite0, lite0_small, chelsea, method):
    sentence = (
        "baseline='drop' needs patches, and efficientnet_lite0 does not cut its input into patches that stay "
        "tokens."
    )
    assert xai.why_not(lite0, method) == ""
    assert xai.why_not(lite0, method, baseline="drop") == sentence
    for handle in (lite0, lite0_small):  # nothing is known of what the second one is made of
        with pytest.raises(xai.InputError, match="does not cut its input into patches"):
            xai.explain_many(handle, chelsea, [asked(method)])
        with pytest.raises(xai.InputError, match="does not cut its input into patches"):
            xai.explain(handle, chelsea, "rise", cells="patch")


def test_windows_of_attention_and_tables_of_positions_say_why_not(chelsea):
    swin = handle_to(vits.random_swin(), (24, 40))
    with pytest.raises(xai.InputError, match="only where every token attends to all others"):
        xai.explain_many(swin, chelsea, [asked("lime")])
    assert "only where every token" in xai.why_not(swin, "rise", baseline="drop")
    from timm.models.beit import Beit

    torch.manual_seed(0)
    net = Beit(
        img_size=vits.SIZE, patch_size=8, embed_dim=12, depth=2, num_heads=2, num_classes=3,
        use_rel_pos_bias=True,
    )  # fmt: skip
    beit = handle_to(net, vits.SIZE)
    assert xai.why_not(beit, "lime", baseline="drop") == "", "shows only when it is tried"
    with pytest.raises(xai.InputError, match="needs all of them"):
        xai.explain_many(beit, chelsea, [asked("lime")])
    assert "needs all of them" in xai.why_not(beit, "occlusion", baseline="drop"), "and is known from then on"
    assert xai.why_not(beit, "lime", baseline="black") == ""


def test_patches_without_attention_say_why_not():
    """As in a mixer: patches that stay tokens, and no attention that could do without some of them."""
    handle = tiny_vit()
    handle.traits = frozenset({"patches"})
    sentence = "baseline='drop' needs attention, which tiny does not have."
    assert xai.why_not(handle, "rise", baseline="drop") == sentence
    assert xai.why_not(handle, "rise", cells="patch") == ""


def test_fewer_tokens_have_a_rate_of_their_own(chelsea):
    handle = tiny_vit()
    for method in OPTIONS:
        assert xai.estimate(handle, chelsea, [asked(method), asked(method, baseline="black")]) > 0
    assert xai.estimate(handle, chelsea, [asked("rise", keep=0.2)]) > 0
    assert set(handle.ledger.rates) == {
        ("occlusion", None, 4, "drop"), ("occlusion", None, 4), ("rise", None, "drop", 0.5),
        ("rise", None), ("lime", None, "drop"), ("lime", None), ("kernel_shap", None, "drop"),
        ("kernel_shap", None), ("rise", None, "drop", 0.2), ("hsic", None), ("hsic", None, "drop"),
    }  # fmt: skip


@pytest.mark.peers
def test_lime_beside_the_library_and_captum_refused(chelsea):
    from xai_core.engine.references import check

    handle = tiny_vit()
    (e,) = xai.explain_many(handle, chelsea, [asked("lime")])
    assert check(handle, chelsea, e).difference < 1e-4
    (e,) = xai.explain_many(handle, chelsea, [asked("occlusion")])
    with pytest.raises(xai.InputError, match="cannot leave patches out"):
        check(handle, chelsea, e)
