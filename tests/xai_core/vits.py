"""Tiny vision transformers for tests, made of timm's own modules: one whose answer is known, and random ones.
Inputs are not square: 16 x 24 pixels, patches of 8, a grid of 2 x 3."""

import torch
from timm.models.swin_transformer import SwinTransformer
from timm.models.vision_transformer import VisionTransformer
from torch import nn

from xai_core.models.layers import find_layers
from xai_core.network.attention import Attention

SIZE, PATCH, GRID = (16, 24), 8, (2, 3)
READ = 4  # the patch that the hand-set network reads: row 1, column 1
SHARPNESS = 3.0


def random_vit(seed=0, pool="token", depth=3, **options):
    """Random weights everywhere, biases and position embeddings too, in float64."""
    torch.manual_seed(seed)
    net = VisionTransformer(
        img_size=SIZE, patch_size=PATCH, embed_dim=12, depth=depth, num_heads=2, num_classes=4,
        global_pool=pool, class_token=pool == "token", **options,
    )  # fmt: skip
    return _randomised(net)


def random_swin(seed=0, size=(24, 40), window=2):
    """Two stages of two blocks, the second one of each shifted."""
    torch.manual_seed(seed)
    net = SwinTransformer(
        img_size=size, patch_size=4, embed_dim=8, depths=(2, 2), num_heads=(1, 2), window_size=window,
        num_classes=3,
    )  # fmt: skip
    return _randomised(net)


def _randomised(net):
    for name, parameter in net.named_parameters():
        spread = 0.4 if parameter.ndim > 1 else 0.2
        nn.init.normal_(parameter, mean=float(name.endswith("weight") and parameter.ndim == 1), std=spread)
    return net.double().eval().requires_grad_(False)


def reading_vit(pool="token"):
    """A transformer of two blocks that reads one patch by its place.

    Channels: 0 the patch's content (its mean red value), 1 marks the patch READ (by its position embedding),
    2 collects what attention brings. Every token asks for the mark, so attention to READ is a = e^t / (e^t +
    T - 1), t = SHARPNESS, and to each other token b = 1 / (e^t + T - 1). Values are the content. The score of
    class 0 is channel 2 of the class token, or of the mean over the patches:

        s = 2 (a content_READ + b sum of the other contents)
    """
    net = VisionTransformer(
        img_size=SIZE, patch_size=PATCH, embed_dim=4, depth=2, num_heads=1, num_classes=2, mlp_ratio=1,
        global_pool=pool, class_token=pool == "token", norm_layer=nn.Identity, fc_norm=False,
    )  # fmt: skip
    for parameter in net.parameters():
        nn.init.zeros_(parameter)
    front = net.num_prefix_tokens
    with torch.no_grad():
        net.patch_embed.proj.weight[0, 0] = 1 / PATCH**2
        net.pos_embed[0, front + READ, 1] = 1.0
        for block in net.blocks:
            block.attn.qkv.bias[0] = SHARPNESS / block.attn.scale  # every query
            block.attn.qkv.weight[4, 1] = 1.0  # the key's first channel is the mark
            block.attn.qkv.weight[8, 0] = 1.0  # the value's first channel is the content
            block.attn.proj.weight[2, 0] = 1.0
        net.head.weight[0, 2] = 1.0
        net.head.weight[1, 2] = -1.0
    return net.double().eval().requires_grad_(False)


def two_headed_vit(pool="token", classes=3):
    """Two blocks of two heads. Channels as in `reading_vit`. Head 0 attends to all T tokens alike; every
    query of head 1 asks for the mark, so it attends to READ with a = e^t / (e^t + T - 1) and to each other
    token with b = 1 / (e^t + T - 1). Both move the content to channel 2, which is the score of class 0:

        s = 2 (mean of all contents over T + a content_READ + b sum of the other contents)
    """
    net = VisionTransformer(
        img_size=SIZE, patch_size=PATCH, embed_dim=4, depth=2, num_heads=2, num_classes=classes, mlp_ratio=1,
        global_pool=pool, class_token=pool == "token", norm_layer=nn.Identity, fc_norm=False,
    )  # fmt: skip
    net = net.double()
    for parameter in net.parameters():
        nn.init.zeros_(parameter)
    with torch.no_grad():
        net.patch_embed.proj.weight[0, 0] = 1 / PATCH**2
        net.pos_embed[0, net.num_prefix_tokens + READ, 1] = 1.0
        for block in net.blocks:
            block.attn.qkv.bias[2] = SHARPNESS / block.attn.scale  # every query of head 1
            block.attn.qkv.weight[6, 1] = 1.0  # its key's first channel is the mark
            block.attn.qkv.weight[8, 0] = block.attn.qkv.weight[10, 0] = 1.0  # both heads' values
            block.attn.proj.weight[2, 0] = block.attn.proj.weight[2, 2] = 1.0
        net.head.weight[0, 2], net.head.weight[1, 2] = 1.0, -1.0
    return net.eval().requires_grad_(False)


CONTENT = torch.tensor([[0.3, 0.9, 0.1, 0.5, 1.2, 0.7]], dtype=torch.float64)


def contents(values=CONTENT):
    """A picture (N, 3, H, W) whose patches have these mean red values (N, 6)."""
    red = values.view(len(values), 1, *GRID)
    red = red.repeat_interleave(PATCH, 2).repeat_interleave(PATCH, 3)
    return torch.cat([red, torch.full_like(red, 0.5), -red], 1)


def pictures(n=2, size=SIZE, seed=1):
    return torch.randn(n, 3, *size, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def attention_of(net, x):
    return Attention(net, x, find_layers(net, x[:1]))
