"""Channels that are off at the last block, for the class token alone: the logits are those of the whole
network with that channel at zero in every token."""

import pytest
import timm
import torch
import torchvision
from torch import nn

import xai_core as xai
from tests.xai_core.token_nets import handle_to, tiny_vit
from xai_core.network.front_tokens import front_tokens

SIZE, CLASSES = (64, 96), 3


def of_timm(name="vit_tiny_patch16_224", **options):
    size = options.pop("img_size", SIZE)
    options = {"depth": 3, "embed_dim": 24, "num_heads": 2} | options
    net = timm.create_model(name, num_classes=CLASSES, img_size=size, **options)
    return with_a_head(net), size


def of_torchvision():
    net = torchvision.models.VisionTransformer(64, 16, 3, 2, 24, 48, num_classes=CLASSES)
    return with_a_head(net), (64, 64)


def with_a_head(net):
    nn.init.normal_([m for m in net.modules() if isinstance(m, nn.Linear)][-1].weight)
    return net


NETS = {
    "vit": of_timm,
    "normalised queries and keys": lambda: of_timm(qk_norm=True),
    "no bias": lambda: of_timm(qkv_bias=False),
    "two tokens in front": lambda: of_timm("deit_tiny_distilled_patch16_224"),
    "registers": lambda: of_timm("vit_small_patch14_reg4_dinov2", img_size=(56, 84)),
    "torchvision": of_torchvision,
}


def made(name):
    torch.manual_seed(0)
    net, size = NETS[name]()
    return handle_to(net.double(), size)


def off_everywhere(net, key, x, channel):
    """The literal derivation: the whole network, with a hook that sets the channel to zero in every token."""

    def hook(_module, _inputs, output):
        changed = output.clone()
        changed[..., channel] = 0
        return changed

    handle = net.get_submodule(key).register_forward_hook(hook)
    try:
        return net(x)[0]
    finally:
        handle.remove()


@pytest.mark.parametrize("name", NETS)
def test_it_is_the_network_with_the_channel_at_zero(name, chelsea):
    handle = made(name)
    layer, x = handle.layer(None), handle.preprocess(chelsea)
    with handle.session() as net, front_tokens(net, x, layer) as without, torch.no_grad():
        assert without is not None
        off = torch.tensor([-1, 0, 7, 23])
        found = without(off)
    with handle.session() as net, torch.no_grad():
        expected = [net(x)[0]] + [off_everywhere(net, layer.key, x, c) for c in off.tolist()[1:]]
    torch.testing.assert_close(found, torch.stack(expected), rtol=0, atol=1e-11)
    assert (found[1:] - found[0]).abs().max() > 1e-6  # the channel does something


def test_the_network_is_as_before(chelsea):
    handle = made("vit")
    layer, x = handle.layer(None), handle.preprocess(chelsea)
    with handle.session() as net:
        before = {key: dict(module.__dict__) for key, module in net.named_modules()}
        with pytest.raises(IndexError), front_tokens(net, x, layer) as without:
            without(torch.tensor([10_000]))
        assert {key: dict(module.__dict__) for key, module in net.named_modules()} == before


@pytest.mark.parametrize(
    ("net", "key"),
    [
        (lambda: of_timm(), "blocks.1.norm1"),
        (lambda: of_timm(), "blocks.2"),
        (lambda: of_timm(global_pool="avg", fc_norm=False), "blocks.2.norm1"),
    ],
    ids=["other blocks follow", "no attention follows", "patches are averaged"],
)
def test_elsewhere_there_is_none(net, key, chelsea):
    torch.manual_seed(0)
    made, size = net()
    handle = handle_to(made.double(), size)
    x, layer = handle.preprocess(chelsea), handle.layer(key)
    with handle.session() as inner, front_tokens(inner, x, layer) as without:
        assert without is None


def test_an_unknown_attention_is_left_to_the_suffix(chelsea):
    handle = tiny_vit()
    x, layer = handle.preprocess(chelsea), handle.layer(None)
    with handle.session() as net, front_tokens(net, x, layer) as without:
        assert without is None


def test_ablation_cam_takes_the_short_way_and_gives_the_same_map(chelsea, monkeypatch):
    handle = made("vit")
    short = xai.explain(handle, chelsea, "ablation_cam", 1, relu=False)
    monkeypatch.setattr("xai_core.network.front_tokens._gives", lambda *_given: False)
    whole = xai.explain(handle, chelsea, "ablation_cam", 1, relu=False)
    assert abs(whole.heatmap).max() > 0
    assert abs(short.heatmap - whole.heatmap).max() < 1e-6 * abs(whole.heatmap).max()
