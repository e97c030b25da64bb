"""deep_lift_shap: the mean of deep_lift over the backgrounds, and Captum's."""

import pytest
import torch
from torch.testing import assert_close

import xai_core as xai
from xai_core.methods.deep_lift_shap import deep_lift_shap
from xai_core.network.batches import Progress
from xai_core.network.multipliers import contributions
from xai_core.network.scores import Score

from .test_deep_lift import captum_ready, small_net
from .tiny import Linear, pictures

BACKGROUNDS = pictures(5, seed=7)


def run(net, x, score, **options):
    facts = {}
    return deep_lift_shap(net, x, score, BACKGROUNDS, Progress(), facts, **options), facts


def test_a_linear_network_compares_with_the_mean_background():
    net, x = Linear().requires_grad_(False), pictures(2)
    found, facts = run(net, x, Score((2, 0)))
    assert_close(found, ((x - BACKGROUNDS.mean(0)) * net.weight[[2, 0]]).abs().sum(1))
    assert max(facts["completeness_error"]) < 1e-9


def test_the_mean_of_deep_lift():
    net, x = small_net(), pictures(2)
    found, facts = run(net, x, Score((2, 0)), aggregate="signed")
    for i, target in enumerate((2, 0)):
        each = [contributions(net, x[i : i + 1], b[None], Score((target,)))[0] for b in BACKGROUNDS]
        assert_close(found[i], torch.cat(each).mean(0).sum(0))
    assert max(facts["completeness_error"]) < 1e-9


def test_photographs_through_the_engine(lite0_small, chelsea):
    e = xai.explain(lite0_small, chelsea, "deep_lift_shap", aggregate="signed")
    assert e.forwards == 1 + 2 * 8
    assert e.facts["completeness_error"] < 1e-3


@pytest.mark.peers
@pytest.mark.parametrize("name", ["lite0_64_small", "vgg11_64"])
def test_captum(request, chelsea, name):
    captum = pytest.importorskip("captum.attr")
    handle = request.getfixturevalue(name)
    with handle.session() as net:
        own, x = captum_ready(net), handle.preprocess(chelsea)
        b = torch.cat([x.flip(3), x * 0, x.roll(7, 2)])
        theirs = captum.DeepLiftShap(own).attribute(x, b, target=282).sum(1).detach()
        ours = deep_lift_shap(own, x, Score((282,)), b, Progress(), {}, "signed")
    assert (ours - theirs).abs().max() < 1e-7 * ours.abs().max()
