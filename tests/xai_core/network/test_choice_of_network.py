"""Which network is captured: the network itself, or the folded network."""

import pytest
import torch

import xai_core as xai
from xai_core.network.capture import Wanted, capture, in_folded
from xai_core.network.folding import fold
from xai_core.network.scores import Score


def test_the_folded_network_is_captured_where_it_has_the_networks_own_values(lite0, chelsea):
    """At the last stage and wherever no gradient is asked; with convolutions behind, gradients are the
    network's own."""
    x = lite0.preprocess(chelsea)
    last, early, raw = (lite0.layer(key) for key in ("bn2", "blocks.3", "conv_head"))
    with lite0.session() as net:
        folded = lite0.scorer
        assert lite0.capture(x).net is folded
        assert lite0.capture(x, [last, early]).net is folded
        assert lite0.capture(x, [last], {last.key}).net is folded
        assert lite0.capture(x, [early], {early.key}).net is net
        assert lite0.capture(x, [raw]).net is net
        plain, quick = capture(net, x, [last], {last.key}), lite0.capture(x, [last], {last.key})
        torch.testing.assert_close(quick.logits, plain.logits, rtol=1e-5, atol=1e-4)
        ours, theirs = quick.activations[last.key], plain.activations[last.key]
        assert float((ours - theirs).abs().max() / theirs.abs().max()) < 1e-5
        score = Score((281,))
        torch.testing.assert_close(quick.gradients(score)[last.key], plain.gradients(score)[last.key])
        assert not any(module._forward_hooks for module in folded.modules())


def test_autocast_is_no_part_of_a_capture(chelsea):
    handle = xai.load_model("resnet18", "cpu", weights="random", autocast=torch.bfloat16)
    with handle.session() as net:
        found = handle.capture(handle.blank())
        torch.testing.assert_close(found.logits, net(handle.blank()), rtol=1e-5, atol=1e-5)


def test_a_capture_is_to_be_had_inside_a_session_only(lite0):
    with pytest.raises(RuntimeError, match="inside a session only"):
        lite0.capture(lite0.blank())


def test_each_layer_gets_its_network_whatever_else_is_wanted(lite0, chelsea):
    x = lite0.preprocess(chelsea)
    last, early, raw = (lite0.layer(key) for key in ("bn2", "blocks.3", "conv_head"))
    wanted = [Wanted(early, True), Wanted(last, True), Wanted(), Wanted(raw), Wanted(early)]
    before = lite0.ledger.passes
    with lite0.session() as net:
        together = lite0.capture_each(x, wanted)
        folded = lite0.scorer
        assert [found.net is folded for found in together] == [False, True, True, False, True]
        assert len({id(found) for found in together}) == 2, "one pass of each network"
        assert {found.net for found in together} == {net, folded}
        for one, found in zip(wanted, together, strict=True):
            (alone,) = lite0.capture_each(x, [one])
            assert torch.equal(alone.logits, found.logits)
            if one.layer is not None:
                key = one.layer.key
                assert torch.equal(alone.activations[key], found.activations[key])
            if one.gradients:
                ours, theirs = (c.gradients(Score((281,)))[key] for c in (found, alone))
                torch.testing.assert_close(ours, theirs, rtol=1e-6, atol=0)
    assert lite0.ledger.passes - before == 2 + len(wanted)


def test_a_network_without_pairs_is_its_own_folded_network():
    handle = xai.load_model("alexnet", "cpu", weights="random")
    with handle.session() as net:
        found = fold(net, handle.blank())
    assert all(in_folded(Wanted(layer), found) for layer in handle.layers)
    last, first = handle.layer("features.12"), handle.layer("features.0")
    assert in_folded(Wanted(last, True), found)
    assert not in_folded(Wanted(first, True), found)


def test_a_changed_network_is_captured_itself(lite0_small, chelsea):
    changed = lite0_small.variant(lambda net: None)
    with changed.session() as net:
        wanted = [Wanted(changed.layer("bn2")), Wanted()]
        assert [found.net is net for found in changed.capture_each(changed.blank(), wanted)] == [True, True]
