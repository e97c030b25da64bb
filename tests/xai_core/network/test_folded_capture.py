"""Which network a handle's capture looks into."""

import pytest
import torch

import xai_core as xai
from xai_core.network.capture import capture
from xai_core.network.scores import Score


def test_a_capture_is_the_twins_where_that_is_the_same(lite0, chelsea):
    """At the last stage and wherever no gradient is asked; with convolutions behind, gradients are the
    network's own."""
    x = lite0.preprocess(chelsea)
    last, early, raw = (lite0.layer(key) for key in ("bn2", "blocks.3", "conv_head"))
    with lite0.session() as net:
        twin = lite0.scorer
        assert lite0.capture(x).net is twin
        assert lite0.capture(x, [last, early]).net is twin
        assert lite0.capture(x, [last], {last.key}).net is twin
        assert lite0.capture(x, [early], {early.key}).net is net
        assert lite0.capture(x, [raw]).net is net
        plain, quick = capture(net, x, [last], {last.key}), lite0.capture(x, [last], {last.key})
        torch.testing.assert_close(quick.logits, plain.logits, rtol=1e-5, atol=1e-4)
        ours, theirs = quick.activations[last.key], plain.activations[last.key]
        assert float((ours - theirs).abs().max() / theirs.abs().max()) < 1e-5
        score = Score((281,))
        torch.testing.assert_close(quick.gradients(score)[last.key], plain.gradients(score)[last.key])
        assert not any(module._forward_hooks for module in twin.modules())


def test_autocast_is_no_part_of_a_capture(chelsea):
    handle = xai.load_model("resnet18", "cpu", weights="random", autocast=torch.bfloat16)
    with handle.session() as net:
        found = handle.capture(handle.blank())
        torch.testing.assert_close(found.logits, net(handle.blank()), rtol=1e-5, atol=1e-5)


def test_a_capture_is_to_be_had_inside_a_session_only(lite0):
    with pytest.raises(RuntimeError, match="inside a session only"):
        lite0.capture(lite0.blank())
