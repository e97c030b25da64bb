"""A second, literal way through timm's VisionTransformer: loops over heads, and full matrices.

`run` takes what is added to each attention matrix, so that a derivative by attention is a derivative by that.
"""

import torch
from torch.nn import functional as F


def embed(net, x):
    """Tokens (T, C) of one picture (3, H, W), position and class token added."""
    side = net.patch_embed.patch_size[0]
    patches = x.unfold(1, side, side).unfold(2, side, side)  # (3, h, w, side, side)
    h, w = patches.shape[1:3]
    flat = patches.permute(1, 2, 0, 3, 4).reshape(h * w, -1)
    tokens = flat @ net.patch_embed.proj.weight.flatten(1).T + net.patch_embed.proj.bias
    if net.cls_token is not None:
        tokens = torch.cat([net.cls_token[0], tokens])
    return tokens + net.pos_embed[0]


def attention(block, tokens):
    """Attention (H, T, T) and values (H, T, d) of one block."""
    given = block.norm1(tokens)
    heads = block.attn.num_heads
    width = given.shape[1] // heads
    q, k, v = (given @ part.T + bias for part, bias in zip(
        block.attn.qkv.weight.chunk(3), block.attn.qkv.bias.chunk(3), strict=True
    ))  # fmt: skip
    weights, values = [], []
    for h in range(heads):
        own = slice(h * width, (h + 1) * width)
        logits = q[:, own] @ k[:, own].T / width**0.5
        weights.append(logits.exp() / logits.exp().sum(1, keepdim=True))
        values.append(v[:, own])
    return torch.stack(weights), torch.stack(values)


def through(block, tokens, added=0.0):
    """Tokens behind one block, and its attention; `added` (H, T, T) is added to the attention."""
    weights, values = attention(block, tokens)
    joined = torch.cat(list((weights + added) @ values), 1)
    tokens = tokens + joined @ block.attn.proj.weight.T + block.attn.proj.bias
    inner = block.norm2(tokens) @ block.mlp.fc1.weight.T + block.mlp.fc1.bias
    inner = F.gelu(inner) @ block.mlp.fc2.weight.T + block.mlp.fc2.bias
    return tokens + inner, weights


def head(net, tokens):
    """Logits (K,) of tokens."""
    tokens = net.norm(tokens)
    read = tokens[net.num_prefix_tokens :].mean(0) if net.global_pool == "avg" else tokens[0]
    return net.fc_norm(read) @ net.head.weight.T + net.head.bias


def run(net, x, added=None):
    """Logits, and the attention of each block."""
    tokens, matrices = embed(net, x), []
    for number, block in enumerate(net.blocks):
        tokens, weights = through(block, tokens, 0.0 if added is None else added[number])
        matrices.append(weights)
    return head(net, tokens), matrices


def by_attention(net, x, k):
    """Attention and d logit_k / d attention of each block, as a Jacobian by what is added to it."""
    _, matrices = run(net, x)
    zeros = tuple(torch.zeros_like(one) for one in matrices)
    jacobian = torch.autograd.functional.jacobian(lambda *added: run(net, x, added)[0][k], zeros)
    return matrices, list(jacobian)


def row(net, matrix):
    """What the head reads of a matrix over tokens, at the patches: (h, w)."""
    front = net.num_prefix_tokens
    read = matrix[0] if net.global_pool == "token" else matrix[front:].mean(0)
    return read[front:].view(net.patch_embed.grid_size)
