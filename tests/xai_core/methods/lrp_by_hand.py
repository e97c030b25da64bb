"""Relevance of a VisionTransformer by the rules as the papers write them: R_in from R_out, layer by layer,
one share z_ij / z_j R_j at a time. `lost` collects what each rule keeps from going on."""

import torch
from torch.nn import functional as F

from . import vit_by_hand


class Ledger(dict):
    def add(self, name, relevance):
        self[name] = self.get(name, 0.0) + float(relevance.sum())


def linear(x, weight, bias, out, lost, name="bias"):
    """0-rule of y = x W^T + b for x (T, I), R_out (T, O)."""
    y = x @ weight.T + bias
    shares = x[:, None, :] * weight[None] / y[:, :, None]  # (T, O, I)
    lost.add(name, bias / y * out)
    return (shares * out[:, :, None]).sum(1)


def norm(layer, x, out, lost):
    """LayerNorm as y = gamma (x - mean) / std + beta with std as a constant."""
    n = x.shape[1]
    std = (x.var(1, unbiased=False, keepdim=True) + layer.eps).sqrt()
    matrix = torch.eye(n, dtype=x.dtype) - 1 / n
    total = torch.zeros_like(x)
    for t in range(len(x)):
        weight = layer.weight[:, None] * matrix / std[t]
        total[t] = linear(x[t : t + 1], weight, layer.bias, out[t : t + 1], lost)[0]
    return total


def added(a, b, out):
    """A residual sum: each summand by its share."""
    return a / (a + b) * out, b / (a + b) * out


def product(a, b, out):
    """O = A B: half of each share A_ik B_kj / O_ij R_ij to each factor."""
    shares = a[:, :, None] * b[None] / (a @ b)[:, None, :] * out[:, None, :]  # (I, K, J)
    return shares.sum(2) / 2, shares.sum(0) / 2


def attend(block, tokens, out, lost, through):
    """From relevance of the attention module's output to relevance of its input (behind the norm)."""
    heads, weights, values = block.attn.num_heads, *vit_by_hand.attention(block, tokens)
    given = block.norm1(tokens)
    joined = torch.cat(list(weights @ values), 1)
    r_joined = linear(joined, block.attn.proj.weight, block.attn.proj.bias, out, lost)
    w_q, w_k, w_v = block.attn.qkv.weight.chunk(3)
    b_q, b_k, b_v = block.attn.qkv.bias.chunk(3)
    q, k = given @ w_q.T + b_q, given @ w_k.T + b_k
    width = given.shape[1] // heads
    r_q, r_k, r_v = torch.zeros_like(q), torch.zeros_like(k), torch.zeros_like(q)
    for h in range(heads):
        own = slice(h * width, (h + 1) * width)
        r_a, r_values = product(weights[h], values[h], r_joined[:, own])
        if not through:
            r_v[:, own] = 2 * r_values
            continue
        r_v[:, own] = r_values
        logits = q[:, own] @ k[:, own].T / width**0.5
        r_logits = logits * (r_a - weights[h] * r_a.sum(1, keepdim=True))
        lost.add("softmax", r_a.sum() - r_logits.sum())
        r_q[:, own], r_transposed = product(q[:, own], k[:, own].T, r_logits)
        r_k[:, own] = r_transposed.T
    total = linear(given, w_v, b_v, r_v, lost)
    if through:
        total = total + linear(given, w_q, b_q, r_q, lost) + linear(given, w_k, b_k, r_k, lost)
    return norm(block.norm1, tokens, total, lost)


def relevance(net, x, k, through):
    """The map (h, w) of one picture (3, H, W) for class k, and what was lost on the way."""
    lost = Ledger()
    tokens = [vit_by_hand.embed(net, x)]
    for block in net.blocks:
        tokens.append(vit_by_hand.through(block, tokens[-1])[0])
    last, front = tokens[-1], net.num_prefix_tokens
    if net.global_pool == "token":
        normed = net.norm(last)
        start = normed[:1]
    else:
        pooled = last[front:].mean(0, keepdim=True)
        start = net.fc_norm(pooled)
    logits = start @ net.head.weight.T + net.head.bias
    wanted = torch.zeros_like(logits)
    wanted[0, k] = logits[0, k]
    r_start = linear(start, net.head.weight, net.head.bias, wanted, lost)
    r = torch.zeros_like(last)
    if net.global_pool == "token":
        r[:1] = norm(net.norm, last[:1], r_start, lost)
    else:
        r_pooled = norm(net.fc_norm, pooled, r_start, lost)
        r[front:] = last[front:] / last[front:].sum(0) * r_pooled
    for block, given in zip(reversed(net.blocks), reversed(tokens[:-1]), strict=True):
        weights, values = vit_by_hand.attention(block, given)
        attended = torch.cat(list(weights @ values), 1) @ block.attn.proj.weight.T + block.attn.proj.bias
        middle = given + attended
        normed = block.norm2(middle)
        hidden = normed @ block.mlp.fc1.weight.T + block.mlp.fc1.bias
        active = F.gelu(hidden)
        r, r_mlp = added(middle, active @ block.mlp.fc2.weight.T + block.mlp.fc2.bias, r)
        r_hidden = linear(active, block.mlp.fc2.weight, block.mlp.fc2.bias, r_mlp, lost)  # GELU: identity
        r_normed = linear(normed, block.mlp.fc1.weight, block.mlp.fc1.bias, r_hidden, lost)
        r = r + norm(block.norm2, middle, r_normed, lost)
        r, r_attended = added(given, attended, r)
        r = r + attend(block, given, r_attended, lost, through)
    lost.add("class token", r[:front])
    r, r_position = added(tokens[0][front:] - net.pos_embed[0, front:], net.pos_embed[0, front:], r[front:])
    lost.add("position", r_position)
    return r.sum(1).view(net.patch_embed.grid_size), float(logits[0, k]), lost
