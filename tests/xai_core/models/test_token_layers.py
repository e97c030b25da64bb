"""Token layers of small transformers: how tokens are read as a grid, which layer is the default, and what is
no layer."""

import numpy as np
import pytest
import torch
from torch import nn

import xai_core as xai
from tests.xai_core.token_nets import WIDTH, TinyViT, handle_to, tiny_vit
from xai_core.concepts.evidence import ablate, evidence
from xai_core.concepts.record import record
from xai_core.engine.references import check
from xai_core.methods import grad_cam
from xai_core.metrics.sanity import stages
from xai_core.models.tokens import read_tokens
from xai_core.network.scores import Score
from xai_core.network.suffix import suffix


def suggested(handle):
    return [layer.key for layer in handle.layers if layer.suggested]


@pytest.mark.parametrize("front", [0, 1, 2, 5])
@pytest.mark.parametrize("convolution", [True, False])
def test_tokens_are_read_as_the_grid_of_patches(front, convolution):
    handle = tiny_vit((16, 24), front=front, mean=front == 0, convolution=convolution)
    layer = handle.layer("blocks.1")
    assert (layer.prefix, layer.size, layer.channels, layer.stride) == (front, (4, 6), WIDTH, 4)
    assert ("embed" in {one.key for one in handle.layers if one.prefix is None}) is convolution


def test_queries_and_keys_are_no_picture():
    keys = {layer.key for layer in tiny_vit().layers}
    assert "blocks.0.attn" in keys
    assert not any("q_norm" in key for key in keys)
    square = {layer.key for layer in tiny_vit((16, 16)).layers}
    assert not any("q_norm" in key for key in square), "two heads x 17 tokens x 4 features"


def test_the_default_layer_is_the_last_one_that_patches_reach():
    handle = tiny_vit(front=2)
    assert suggested(handle) == ["blocks.0", "blocks.1", "blocks.2.norm1"]
    assert handle.layer(None).key == "blocks.2.norm1"
    unread = {layer.key for layer in handle.layers if not layer.reached}
    assert {"blocks.2", "blocks.2.attn", "blocks.2.mlp", "norm"} <= unread
    assert not {"blocks.2.norm1", "blocks.2.attn.qkv", "blocks.1"} & unread
    said = "Behind blocks.2.norm1 only the first 2 tokens reach the answer, so no gradient arrives at the "
    assert handle.layer_note == f"{said}patches there."


def test_where_patches_are_averaged_the_last_layer_is_read():
    handle = tiny_vit(mean=True, blocks=8)
    assert suggested(handle) == ["blocks.1", "blocks.3", "blocks.5", "blocks.7", "norm"]
    assert all(layer.reached for layer in handle.layers)
    assert handle.layer_note == ""


def test_a_zero_head_is_told(chelsea):
    net = TinyViT().double()
    nn.init.zeros_(net.head.weight)
    handle = handle_to(net, (16, 24))
    assert handle.layer(None).key == "blocks.2.norm1", "measured at the input of the head"
    e = xai.explain(handle, chelsea, "hires_cam", 1)
    assert not e.heatmap.any()
    assert e.notes == ("All weights of head are zero, so no class depends on the picture.",)


def test_an_unreached_layer_says_so(chelsea):
    handle = tiny_vit()
    e = xai.explain(handle, chelsea, "hires_cam", 1, "blocks.2")
    assert not e.heatmap.any()
    assert e.notes == (handle.layer_note,)
    read = xai.explain(handle, chelsea, "hires_cam", 1, relu=False)
    assert read.heatmap.any()
    assert read.notes == ()
    averaged = xai.explain(handle, chelsea, "grad_cam", 1, relu=False)
    assert averaged.notes == (grad_cam.AVERAGED,)


def test_an_ambiguous_number_of_tokens_is_refused():
    handle = tiny_vit((6, 6), patch=2, front=1, convolution=False)  # 10 = 1 + 9 = 6 + 4
    assert handle.layers == ()
    with pytest.raises(xai.InputError) as caught:
        handle.layer("blocks.0")
    ways = "3 x 3 patches with 1 in front or 2 x 2 patches with 6 in front"
    said = f"Layer 'blocks.0' returns 10 tokens, which may be {ways}; the network does not tell which."
    assert str(caught.value) == said


class Told(nn.Module):
    """What timm's transformers say of themselves."""

    def __init__(self, prefix, patch):
        super().__init__()
        self.num_prefix_tokens = prefix
        self.patch_embed = nn.Identity()
        self.patch_embed.patch_size = patch


def test_what_the_network_tells_is_taken():
    tokens = {"a": 17, "b": 16, "c": 12}
    read, refused = read_tokens(Told(1, (4, 4)), (16, 16), (), tokens)
    assert {key: (one.prefix, one.size) for key, one in read.items()} == {"a": (1, (4, 4)), "b": (0, (4, 4))}
    assert refused == {}
    read, _ = read_tokens(Told(1, (4, 8)), (16, 24), (), {"a": 13})
    assert (read["a"].prefix, read["a"].size) == (1, (4, 3)), "patches need not be square"


def test_what_is_clear_elsewhere_decides():
    """LeViT's last stage: 16 tokens are 4 x 4, or 3 x 3 and 7, and no other stage has any in front."""
    read, refused = read_tokens(nn.Module(), (224, 224), {(14, 14)}, {"a": 196, "b": 49, "c": 16})
    assert [(one.prefix, one.size) for one in read.values()] == [(0, (14, 14)), (0, (7, 7)), (0, (4, 4))]
    assert refused == {}


# --- what is done with token layers


def test_a_capture_has_the_patches_alone_and_their_gradients():
    handle = tiny_vit(front=2)
    layer, x = handle.layer("blocks.1"), handle.blank(2)
    with handle.session() as net:
        found = handle.capture(x, [layer], {layer.key})
        kept = {}
        net.get_submodule("blocks.1").register_forward_hook(lambda m, i, o: kept.update(tokens=o))
        net(x)
        gradient = found.gradients(Score((0, 2)))[layer.key]
    expected = kept["tokens"][:, 2:].reshape(2, 4, 6, WIDTH).permute(0, 3, 1, 2)
    torch.testing.assert_close(found.activations[layer.key], expected)
    assert gradient.shape == (2, WIDTH, 4, 6)
    assert gradient.any()


def test_a_suffix_puts_the_tokens_in_front_back():
    handle = tiny_vit(front=3)
    layer, x = handle.layer("blocks.1"), handle.blank()
    with handle.session() as net:
        a = handle.capture(x, [layer]).activations[layer.key]
        with suffix(net, x, layer) as run:
            again = run(a.repeat(2, 1, 1, 1))
            changed = run(a * 2, torch.tensor([5]))
    with handle.session() as net, torch.no_grad():
        torch.testing.assert_close(again, net(x).expand(2, -1))

        def change(_module, _inputs, tokens):
            front, patches = tokens[:, :3].clone(), tokens[:, 3:] * 2
            front[..., 5] = 0
            return torch.cat([front, patches], 1)

        net.get_submodule("blocks.1").register_forward_hook(change)
        torch.testing.assert_close(changed, net(x))


def test_ablation_switches_a_channel_off_in_every_token(chelsea):
    handle = tiny_vit()
    e = xai.explain(handle, chelsea, "ablation_cam", 1, relu=False)
    layer, x = handle.layer(None), handle.preprocess(chelsea)
    with handle.session() as net, torch.no_grad():
        whole = net(x)[0, 1]
        a = handle.capture(x, [layer]).activations[layer.key][0]
        total = torch.zeros(4, 6, dtype=torch.float64)
        for channel in range(WIDTH):
            off = ablate(handle, chelsea, layer.key, [channel])
            logit = {score.index: score.logit for score in off.after}[1]
            total += (whole - logit) / whole * a[channel]
    np.testing.assert_allclose(e.heatmap, total.numpy(), rtol=1e-5, atol=1e-7)


def test_the_check_against_a_library_reads_tokens_the_same_way(chelsea):
    handle = tiny_vit(front=2)
    found = check(handle, chelsea, xai.explain(handle, chelsea, "grad_cam", 1))
    assert found.library == "pytorch-grad-cam"
    assert found.difference < 1e-5


def test_units_of_a_token_layer_are_its_channels(chelsea):
    handle = tiny_vit()
    table = evidence(handle, chelsea, "blocks.1", 0)
    assert sorted(table["unit"]) == list(range(WIDTH))
    found = record(handle, [chelsea], ["blocks.1"])
    assert found.values["blocks.1"].shape == (1, WIDTH)


# --- what can be used, and the parts of the network


def test_what_a_network_has_decides_what_can_be_used(lite0, chelsea):
    handle = tiny_vit()
    assert handle.traits == {"attention", "patches"}
    assert lite0.traits == {"convolution", "pooling"}
    assert xai.why_not(lite0, "cam") == ""
    said = "CAM needs a classifier that reads an average over all places, which tiny does not have."
    assert xai.why_not(handle, "cam") == said
    with pytest.raises(xai.InputError, match="CAM needs a classifier"):
        xai.explain(handle, chelsea, "cam")
    assert "cam" not in xai.usable(handle)
    assert "grad_cam" in xai.usable(handle)


def test_cam_is_exact_where_tokens_are_averaged(chelsea):
    handle = tiny_vit(mean=True)
    e = xai.explain(handle, chelsea, "cam", 2, relu=False)
    assert e.layer == "norm"
    with handle.session() as net:
        bias = float(net.head.bias[2])
    assert e.heatmap.mean() + bias == pytest.approx(e.logit, rel=1e-5)


def test_what_showed_once_is_known_from_then_on(chelsea):
    class Two(TinyViT):
        def forward(self, x):
            return super().forward(x) * 2

    handle = handle_to(Two(mean=True).double(), (16, 24))
    assert xai.why_not(handle, "cam") == ""
    with pytest.raises(xai.InputError, match="ends in one linear layer") as caught:
        xai.explain(handle, chelsea, "cam")
    assert xai.why_not(handle, "cam") == str(caught.value)


def test_attention_is_a_caution(chelsea):
    handle = tiny_vit()
    assert any("attention" in note for note in xai.explain(handle, chelsea, "guided_backprop", 0).notes)
    e = xai.explain(handle, chelsea, "full_grad", 0)
    assert any("attention" in note for note in e.notes)
    assert np.isfinite(e.facts["share"])


def test_the_cascade_goes_block_by_block_and_the_head_is_the_head():
    parts = stages(tiny_vit())
    assert list(parts) == ["head", "norm", "blocks.2", "blocks.1", "blocks.0"]
    assert parts["head"] == ("head",)
    assert parts["norm"] == ("norm",)
    assert {"", "embed"} <= set(parts["blocks.0"])
