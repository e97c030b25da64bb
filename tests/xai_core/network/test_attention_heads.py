"""Heads as units: their maps worked by hand and by a literal derivation; networks without some of them."""

import copy
import pickle

import pytest
import torch

import xai_core as xai
from tests.xai_core import vits
from tests.xai_core.methods import vit_by_hand
from xai_core.models.layers import find_layers
from xai_core.network.attention_heads import HeadsOff, find_head_layers, head_maps, heads_off
from xai_core.network.identity import behaviour_of

from .test_attention import swin, unchanged


def heads_of(net, x):
    return find_head_layers(net, x[:1], find_layers(net, x[:1]))


def maps_of(net, x):
    layers = heads_of(net, x)
    with torch.no_grad(), head_maps(net, layers) as maps:
        net(x)
    return layers, maps


def literal(weights, values, queries):
    """M (T,) of one head: A (T, T), V (T, d), sum by sum."""
    found = []
    for j, value in enumerate(values):
        length = sum(float(number) ** 2 for number in value) ** 0.5
        found.append(sum(float(weights[q, j]) for q in queries) / len(queries) * length)
    return torch.tensor(found, dtype=torch.float64)


@pytest.mark.parametrize("pool", ["token", "avg"])
def test_the_head_that_reads_one_patch_shows_it(pool):
    """Head 1 looks for the mark and head 0 everywhere, with T tokens: A is e^t / (e^t + T - 1) or 1/T."""
    net = vits.two_headed_vit(pool)
    contents = torch.tensor([[0.9, 0.3, 1.2, 0.5, 0.4, 0.7]], dtype=torch.float64)
    tokens, e = 6 + net.num_prefix_tokens, torch.tensor(vits.SHARPNESS).double().exp()
    layers, maps = maps_of(net, vits.contents(contents))
    assert [layer.key for layer in layers] == ["blocks.0 heads", "blocks.1 heads"]
    assert [(layer.channels, layer.size) for layer in layers] == [(2, vits.GRID)] * 2
    sharp = torch.ones(6, dtype=torch.float64)
    sharp[vits.READ] = e
    expected = torch.stack([contents[0] / tokens, sharp / (e + tokens - 1) * contents[0]])
    for layer in layers:
        assert maps[layer.key].dtype == torch.float64
        torch.testing.assert_close(maps[layer.key][0].flatten(1), expected, rtol=1e-12, atol=0)
        assert maps[layer.key][0].flatten(1).argmax(1).tolist() == [2, vits.READ]
    assert unchanged(net)


@pytest.mark.parametrize("pool", ["token", "avg"])
def test_timms_vit_against_a_literal_derivation(pool):
    net, x = vits.random_vit(pool=pool), vits.pictures(2)
    _, maps = maps_of(net, x)
    front = net.num_prefix_tokens
    queries = [0] if pool == "token" else range(front, front + 6)
    for number, picture in enumerate(x):
        tokens = vit_by_hand.embed(net, picture)
        for at, block in enumerate(net.blocks):
            weights, values = vit_by_hand.attention(block, tokens)
            for head in range(2):
                expected = literal(weights[head], values[head], queries)[front:].view(vits.GRID)
                torch.testing.assert_close(maps[f"blocks.{at} heads"][number, head], expected)
            tokens = vit_by_hand.through(block, tokens)[0]


def test_vit_tiny():
    timm = pytest.importorskip("timm")
    torch.manual_seed(0)
    net = timm.create_model("vit_tiny_patch16_224", img_size=(32, 48), depth=2).double().eval()
    net.requires_grad_(False)
    x = vits.pictures(1, (32, 48))
    layers, maps = maps_of(net, x)
    assert [(layer.channels, layer.size) for layer in layers] == [(3, (2, 3))] * 2
    tokens = vit_by_hand.embed(net, x[0])
    weights, values = vit_by_hand.attention(net.blocks[0], tokens)
    for head in range(3):
        expected = literal(weights[head], values[head], [0])[1:].view(2, 3)
        torch.testing.assert_close(maps["blocks.0 heads"][0, head], expected.detach())


def test_torchvisions_vit():
    net, x = torchvisions_vit(), vits.pictures(2, (16, 16))
    _, maps = maps_of(net, x)
    layer = net.encoder.layers[0]
    tokens = torch.cat([net.class_token.expand(2, -1, -1), net._process_input(x)], 1)
    given = layer.ln_1(tokens + net.encoder.pos_embedding)
    weights = layer.self_attention(given, given, given, average_attn_weights=False)[1]
    values = given @ layer.self_attention.in_proj_weight[24:].T + layer.self_attention.in_proj_bias[24:]
    for picture in range(2):
        for head in range(2):
            own = values[picture, :, 6 * head : 6 * head + 6]
            expected = literal(weights[picture, head], own, [0])[1:].view(2, 2)
            found = maps["encoder.layers.encoder_layer_0 heads"][picture, head]
            torch.testing.assert_close(found, expected)
    assert unchanged(net)


def torchvisions_vit():
    from torchvision.models.vision_transformer import VisionTransformer

    torch.manual_seed(0)
    net = VisionTransformer(16, 8, 2, 2, 12, 24, num_classes=3).double().eval().requires_grad_(False)
    torch.nn.init.normal_(net.heads[0].weight)
    return net


@pytest.mark.parametrize("kind", ["timm", "torchvision"])
def test_windows_are_put_back(kind):
    """Full matrices of all tokens, from the windows; shifted ones too; two pictures."""
    net, _, size = swin(kind)
    x = vits.pictures(2, (16, 32))
    layers, maps = maps_of(net, x)
    for number in range(2):
        attention = vits.attention_of(net, x[number : number + 1])
        for layer, site, weights in list(zip(layers, attention.sites.blocks, attention.weights, strict=True))[
            :2
        ]:
            block, seen = net.get_submodule(site.block.key), []
            handle = block.register_forward_pre_hook(lambda _m, inputs, seen=seen: seen.append(inputs[0]))
            net(x[number : number + 1])
            handle.remove()
            tokens = block.norm1(seen[0]).flatten(1, 2)[0]
            values = block.attn.qkv(tokens).reshape(32, 3, weights.shape[1], -1)[:, 2]
            for head in range(weights.shape[1]):
                full = torch.zeros(32, 32, dtype=torch.float64)
                for window, places in enumerate(site.windows):
                    full[places[:, None], places[None, :]] = weights[window, head].detach()
                expected = literal(full, values[:, head], range(32)).view(size)
                torch.testing.assert_close(maps[layer.key][number, head], expected)


def test_padding_of_windows_is_left_out():
    """A grid of 3 x 5 in windows of 2 x 2: 9 of 24 places are padding, which is neither read nor shown."""
    net, x = vits.random_swin(), vits.pictures(1, (24, 40))
    layers, maps = maps_of(net, x)
    attention = vits.attention_of(net, x)
    layer, weights, block = layers[-1], attention.weights[-1].detach(), net.layers[1].blocks[1]
    assert maps[layer.key].shape == (1, 2, 3, 5)
    seen = []
    handle = block.attn.register_forward_pre_hook(lambda _m, inputs: seen.append(inputs[0]))
    net(x)
    handle.remove()
    values = block.attn.qkv(seen[0]).reshape(6, 4, 3, 2, -1)[:, :, 2]  # (windows, places, heads, d)
    expected = torch.zeros(2, 15, dtype=torch.float64)
    for window, places in enumerate(layer.site.windows.tolist()):
        for head in range(2):
            for j, token in enumerate(places):
                asked = [float(weights[window, head, q, j]) for q, place in enumerate(places) if place >= 0]
                if token >= 0:
                    expected[head, token] += sum(asked) / 15 * float(values[window, j, head].norm())
    torch.testing.assert_close(maps[layer.key][0], expected.view(2, 3, 5))


def projection_without(net, head, width, key):
    """A copy in which the output projection does not read one head."""
    changed = copy.deepcopy(net)
    with torch.no_grad():
        changed.get_submodule(key).weight[:, head * width : (head + 1) * width] = 0
    return changed


@pytest.mark.parametrize(
    ("make", "size", "number", "width", "key"),
    [
        (vits.random_vit, vits.SIZE, 1, 6, "blocks.1.attn.proj"),
        (torchvisions_vit, (16, 16), 1, 6, "encoder.layers.encoder_layer_1.self_attention.out_proj"),
        (lambda: swin("timm")[0], (16, 32), 3, 8, "layers.1.blocks.1.attn.proj"),
        (lambda: swin("torchvision")[0], (16, 32), 3, 8, "features.3.1.attn.proj"),
    ],
)
def test_off_is_a_projection_that_does_not_read_the_head(make, size, number, width, key):
    net, x = make(), vits.pictures(3, size)
    layer, before = heads_of(net, x)[number], net(x)
    each = [projection_without(net, head, width, key)(x) for head in range(2)]
    both = projection_without(projection_without(net, 0, width, key), 1, width, key)(x)
    with torch.no_grad():
        with heads_off(net, layer, [(1,)]):
            torch.testing.assert_close(net(x), each[1], rtol=1e-10, atol=1e-12)
        with heads_off(net, layer, [(), (0,), (0, 1)]):
            found = net(x)
    for row, expected in enumerate((before, each[0], both)):
        torch.testing.assert_close(found[row], expected[row], rtol=1e-10, atol=1e-12)
    assert not torch.allclose(each[0], each[1])
    assert torch.equal(net(x), before)
    assert unchanged(net)


def test_off_for_good_in_copies_and_pickles():
    net, x = vits.random_vit(), vits.pictures(2)
    layer = heads_of(net, x)[1]
    expected = projection_without(net, 1, 6, "blocks.1.attn.proj")(x)
    changed = copy.deepcopy(net)
    module = changed.get_submodule(layer.site.key)
    module.forward = HeadsOff(module, (1,))
    again, unpickled = copy.deepcopy(changed), pickle.loads(pickle.dumps(changed))
    for one in (changed, again, unpickled):
        torch.testing.assert_close(one(x), expected, rtol=1e-10, atol=1e-12)
        assert one.blocks[1].attn.forward.module is one.blocks[1].attn
        assert behaviour_of(one) == behaviour_of(changed) != behaviour_of(net)
    with torch.no_grad():
        again.blocks[1].attn.proj.weight.zero_()
    torch.testing.assert_close(changed(x), expected, rtol=1e-10, atol=1e-12)
    module.forward = HeadsOff(module, (0,))  # beside the first
    assert module.forward.off == (0, 1)
    torch.testing.assert_close(
        changed(x), projection_without(projection_without(net, 0, 6, "blocks.1.attn.proj"), 1, 6,
                                       "blocks.1.attn.proj")(x)
    )  # fmt: skip
    torch.testing.assert_close(vits.attention_of(changed, x).logits, changed(x))


def test_nothing_is_left_after_an_exception():
    net, x = vits.random_vit(), vits.pictures(1)
    layers, before = heads_of(net, x), net(x)

    class Broken(Exception):
        pass

    def broken(*_):
        raise Broken

    handle = net.blocks[2].attn.proj.register_forward_hook(broken)
    for context in (head_maps(net, layers), heads_off(net, layers[2], [(0,)])):
        with pytest.raises(Broken), context:
            net(x)
    handle.remove()
    assert unchanged(net)
    assert torch.equal(net(x), before)


def test_attention_that_cannot_be_read_has_no_heads():
    net = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten())
    with pytest.raises(xai.InputError, match="no attention between tokens"):
        find_head_layers(net, torch.randn(1, 3, 8, 12), ())
