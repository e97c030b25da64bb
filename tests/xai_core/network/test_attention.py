"""The attention of a network, read without touching it: sites, check, windows, refusals, and what is left."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

import xai_core as xai
from tests.xai_core import vits
from xai_core.models.layers import find_layers
from xai_core.network.attention import Attention
from xai_core.network.scores import Score


def unchanged(net):
    return all(
        not module._forward_hooks and not module._forward_pre_hooks and "forward" not in vars(module)
        for module in net.modules()
    )


@pytest.mark.parametrize("fused", [True, False])
def test_attention_times_values_is_what_the_module_returns(fused):
    net, x = vits.random_vit(), vits.pictures(2)
    for block in net.blocks:
        block.attn.fused_attn = fused
    attention = vits.attention_of(net, x)
    assert [site.key for site in attention.sites.blocks] == [
        "blocks.0.attn",
        "blocks.1.attn",
        "blocks.2.attn",
    ]
    assert [site.block.key for site in attention.sites.blocks] == ["blocks.0", "blocks.1", "blocks.2"]
    assert attention.read.tolist() == [True] + [False] * 6
    tokens = net._pos_embed(net.patch_embed(x))
    for block, weights, output in zip(net.blocks, attention.weights, attention.outputs, strict=True):
        assert weights.shape == (2, 2, 7, 7)
        torch.testing.assert_close(weights.sum(-1), torch.ones(2, 2, 7).double())
        given = block.norm1(tokens)
        values = block.attn.qkv(given).reshape(2, 7, 3, 2, 6)[:, :, 2].transpose(1, 2)
        again = block.attn.proj((weights @ values).transpose(1, 2).reshape(2, 7, 12))
        torch.testing.assert_close(again, block.attn(given))
        tokens = block(tokens)
        torch.testing.assert_close(output, tokens)
    torch.testing.assert_close(attention.logits, net(x))
    assert unchanged(net)


def test_gradients_against_finite_differences():
    net, x = vits.random_vit(depth=1), vits.pictures(1)
    attention = vits.attention_of(net, x)
    (found,) = attention.gradients(Score((1,)))
    weights = attention.weights[0].detach()
    step = 1e-6
    for h, i, j in ((0, 0, 3), (1, 0, 5), (0, 0, 0)):
        changed = []
        for sign in (1, -1):
            own = weights.clone()
            own[0, h, i, j] += sign * step
            block, tokens = net.blocks[0], net._pos_embed(net.patch_embed(x))
            values = block.attn.qkv(block.norm1(tokens)).reshape(1, 7, 3, 2, 6)[:, :, 2].transpose(1, 2)
            tokens = tokens + block.attn.proj((own @ values).transpose(1, 2).reshape(1, 7, 12))
            tokens = tokens + block.mlp(block.norm2(tokens))
            changed.append(float(net.head(net.norm(tokens)[:, 0])[0, 1]))
        assert float(found[0, h, i, j]) == pytest.approx((changed[0] - changed[1]) / (2 * step), abs=1e-7)


def test_one_pass_and_one_backward_pass_serve_everybody(monkeypatch):
    net, x = vits.random_vit(), vits.pictures(1)
    attention = vits.attention_of(net, x)
    first = attention.gradients(Score((1,)))
    calls = []
    monkeypatch.setattr(net, "forward", lambda *_: calls.append(1))
    assert attention.gradients(Score((1,))) is first
    assert attention.weights
    assert not calls


class OwnAttention(nn.Module):
    """One head; `form` says how its attention is written."""

    def __init__(self, form):
        super().__init__()
        self.form, self.calls = form, 0

    def forward(self, tokens, **_options):
        self.calls += 1
        others = tokens[:, :3] if self.form == "fewer" else tokens
        weights = (tokens @ others.transpose(-2, -1))[:, None].softmax(-1)
        if self.form == "scaled":
            weights = weights * 2
        elif self.form == "random":
            weights = weights.clone().softmax(-1) if self.calls == 2 else weights
        elif self.form == "three axes":
            return F.scaled_dot_product_attention(tokens, tokens, tokens)
        elif self.form == "twice":
            return (weights @ (weights @ tokens[:, None]))[:, 0]
        return (weights @ others[:, None])[:, 0]


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ("scaled", r"'blocks\.1\.attn' applies its attention weights to values in a form"),
        ("three axes", r"'blocks\.1\.attn' applies its attention weights to values in a form"),
        ("fewer", r"'blocks\.1\.attn' attends from 7 places to 3"),
        ("twice", r"'blocks\.1\.attn' computes attention more than once"),
        ("random", r"differs from what 'blocks\.1\.attn' returns"),
    ],
)
def test_what_is_not_reproduced_is_refused(form, sentence):
    net = vits.random_vit()
    net.blocks[1].attn = own = OwnAttention(form)
    attention = vits.attention_of(net, vits.pictures(1))
    own.calls = 0  # the second call is the one as it is, with which the third is compared
    with pytest.raises(xai.InputError, match=sentence):
        _ = attention.weights
    assert unchanged(net)


def test_a_network_without_attention_is_refused():
    net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 2)).eval()
    with pytest.raises(xai.InputError, match="no attention between tokens"):
        _ = Attention(net, torch.randn(1, 3, 8, 12), ()).sites


def test_forwards_are_back_after_an_exception():
    net, x = vits.random_vit(), vits.pictures(1)
    attention = vits.attention_of(net, x)
    _ = attention.sites

    class Broken(Exception):
        pass

    def broken(*_):
        raise Broken

    handle = net.blocks[2].attn.proj.register_forward_hook(broken)
    with pytest.raises(Broken):
        _ = attention.weights
    handle.remove()
    assert unchanged(net)


def test_a_head_of_zeros_reads_what_it_reads():
    """torchvision's untrained vit_b_16 has such a head."""
    net = vits.random_vit()
    nn.init.zeros_(net.head.weight)
    attention = vits.attention_of(net, vits.pictures(1))
    assert attention.read.tolist() == [True] + [False] * 6
    assert not attention.gradients(Score((0,)))[0].any()


def test_torchvisions_multihead_attention():
    from torchvision.models.vision_transformer import VisionTransformer

    torch.manual_seed(0)
    net = VisionTransformer(16, 8, 2, 2, 12, 24, num_classes=3).double().eval().requires_grad_(False)
    nn.init.normal_(net.heads[0].weight)
    x = vits.pictures(2, (16, 16))
    attention = vits.attention_of(net, x)
    assert attention.sites.last.key == "encoder.layers.encoder_layer_1.self_attention"
    layer = net.encoder.layers[0]
    tokens = net._process_input(x)
    tokens = torch.cat([net.class_token.expand(2, -1, -1), tokens], 1) + net.encoder.pos_embedding
    given = layer.ln_1(tokens)
    _, expected = layer.self_attention(given, given, given, need_weights=True, average_attn_weights=False)
    torch.testing.assert_close(attention.weights[0].detach(), expected)
    assert unchanged(net)


@pytest.mark.parametrize("kind", ["timm", "torchvision"])
def test_windows_stitched_back_give_what_the_block_computes(kind):
    """Full matrices of all tokens, entry by entry from the windows: times the values of all tokens, they give
    the attention module's output on the grid; shifted windows too."""
    net, x, size = swin(kind)
    attention = vits.attention_of(net, x)
    sites = attention.sites.blocks
    assert [site.block.size for site in sites[:2]] == [size, size]
    for site, weights in list(zip(sites, attention.weights, strict=True))[:2]:
        block = net.get_submodule(site.block.key)
        seen = []
        handle = block.register_forward_pre_hook(lambda _m, inputs, seen=seen: seen.append(inputs[0]))
        net(x)
        handle.remove()
        given = block.norm1(seen[0])  # (1, h, w, C)
        tokens = given.flatten(1, 2)[0]
        qkv, heads = block.attn.qkv, weights.shape[1]
        values = qkv(tokens).reshape(len(tokens), 3, heads, -1)[:, 2].transpose(0, 1)
        full = torch.zeros(heads, len(tokens), len(tokens), dtype=torch.float64)
        for window, places in enumerate(site.windows):
            full[:, places[:, None], places[None, :]] = weights[window].detach()
        again = block.attn.proj(torch.cat(list(full @ values), 1)).view(given.shape)
        expected = block._attn(given) if kind == "timm" else block.attn(given)
        torch.testing.assert_close(again, expected)
    assert unchanged(net)


def swin(kind):
    if kind == "timm":
        return vits.random_swin(size=(16, 32)), vits.pictures(1, (16, 32)), (4, 8)
    from torchvision.models.swin_transformer import SwinTransformer

    torch.manual_seed(0)
    net = SwinTransformer([4, 4], 8, [2, 2], [1, 2], [2, 2], num_classes=3)
    net = net.double().eval().requires_grad_(False)
    return net, vits.pictures(1, (16, 32)), (4, 8)


def test_padding_of_windows_is_no_token():
    """A grid of 3 x 5 in windows of 2 x 2: 24 places for 15 tokens."""
    net, x = vits.random_swin(), vits.pictures(1, (24, 40))
    last = vits.attention_of(net, x).sites.last
    assert last.windows.shape == (6, 4)
    assert sorted(last.windows.flatten().tolist()) == [-1] * 9 + list(range(15))


@pytest.mark.networks
@pytest.mark.parametrize(
    ("name", "blocks", "read"),
    [
        ("vit_tiny_patch16_224", 12, 1),
        ("deit_tiny_distilled_patch16_224", 12, 2),
        ("vit_little_patch16_reg4_gap_256", 14, 16),
        ("eva02_tiny_patch14_224", 12, 25),
        ("vit_small_patch14_reg4_dinov2", 12, 1),
        ("vit_relpos_small_patch16_224", 12, 16),
        ("vit_base_patch16_siglip_224", 12, 16),
        ("swin_tiny_patch4_window7_224", 12, 16),
        ("swinv2_tiny_window8_256", 12, 16),
        ("vit_b_16", 12, 1),
        ("swin_t", 12, 16),
        ("swin_v2_t", 12, 16),
    ],
)
def test_whole_networks(name, blocks, read):
    """Random weights: the attention is read, or every attention method says the same sentence."""
    net, x = whole_network(name)
    attention = Attention(net, x, find_layers(net, x))
    assert len(attention.sites.blocks) == blocks
    assert int(attention.read.sum()) == read
    torch.testing.assert_close(attention.logits, net(x), rtol=1e-4, atol=1e-5)
    score = Score((1,))
    for key, spec in xai.METHODS.items():
        if "attention" not in spec.uses:
            continue
        given = {"score": score, "facts": {}, "attention": attention, "logits": net(x)}
        found = spec.run(**{argument: given[argument] for argument in spec.uses})
        assert found.shape[0] == 1, key
        assert torch.isfinite(found).all(), key
        assert found.max() > found.min(), key
    assert unchanged(net)


@pytest.mark.networks
@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("cait_xxs24_224", r"'blocks\.0\.attn' applies its attention weights to values in a form"),
        ("pvt_v2_b0", r"'stages\.0\.blocks\.0\.attn' attends from 256 places to 4"),
        ("xcit_tiny_12_p16_224", r"'blocks\.0\.attn' attends within"),
        ("mobilevit_s", r"no grid of tokens around it is known"),
        ("resnet18", "no attention between tokens"),
    ],
)
def test_whole_networks_that_are_refused(name, sentence):
    net, x = whole_network(name)
    with pytest.raises(xai.InputError, match=sentence):
        _ = Attention(net, x, find_layers(net, x)).weights


# small inputs; Swin's last stage keeps several windows or one, as with the usual sizes
SIDES = {"vit_small_patch14_reg4_dinov2": 70, "eva02_tiny_patch14_224": 70}
SIDES |= dict.fromkeys(
    ("swin_tiny_patch4_window7_224", "swinv2_tiny_window8_256", "swin_t", "swin_v2_t"), 128
)
UNSIZED = ("pvt_v2_b0", "mobilevit_s", "resnet18")


def whole_network(name):
    import timm
    import torchvision

    torch.manual_seed(0)
    found = getattr(torchvision.models, name, None)
    side = SIDES.get(name, 64)
    if found is None:
        sized = {} if name in UNSIZED else {"img_size": side}
        net = timm.create_model(name, num_classes=10, **sized).eval()
    else:
        net = found(num_classes=10, **({"image_size": side} if name == "vit_b_16" else {})).eval()
    for module in net.modules():  # some begin as zeros, and then nothing reaches the head
        if isinstance(module, nn.LayerNorm):
            nn.init.ones_(module.weight)
    last = [module for module in net.modules() if isinstance(module, nn.Linear)][-1]
    nn.init.normal_(last.weight, std=0.1)
    return net.requires_grad_(False), torch.randn(1, 3, side, side)
