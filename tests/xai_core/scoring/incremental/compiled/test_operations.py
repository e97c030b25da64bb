"""Each operation that is translated gives what PyTorch gives, on maps that are not square."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from xai_core.scoring.incremental import Incremental
from xai_core.scoring.incremental.compiled import NotTranslatable, Program

SIZE = (3, 10, 14)


class Net(nn.Module):
    """One operation, as the only thing that is done to the picture before it is flattened."""

    def __init__(self, run):
        super().__init__()
        self.run = run
        run(torch.zeros(1, *SIZE))
        for number, own in enumerate(_WEIGHTS.values()):
            self.register_buffer(f"weight{number}", own)

    def forward(self, x):
        return self.run(x).flatten(1)


_WEIGHTS: dict[tuple[int, ...], torch.Tensor] = {}


def weights(*size: int) -> torch.Tensor:
    """Weights of this size, the same tensor each time."""
    if size not in _WEIGHTS:
        _WEIGHTS[size] = torch.randn(size, generator=torch.Generator().manual_seed(1))
    return _WEIGHTS[size]


POSITIVE = _WEIGHTS.setdefault((0,), torch.tensor([0.5, 1.0, 2.0]))
OPERATIONS = {
    "conv2d": lambda x: F.conv2d(x, weights(6, 3, 3, 5), weights(6), (2, 1), (1, 2), (1, 2)),
    "conv2d in groups": lambda x: F.conv2d(x, weights(6, 1, 3, 3), None, 1, 1, 1, 3),
    "linear": lambda x: F.linear(x, weights(5, 14), weights(5)),
    "batch_norm": lambda x: F.batch_norm(x, weights(3), POSITIVE, weights(3), None, eps=1e-3),
    "layer_norm": lambda x: F.layer_norm(x, (14,), weights(14), weights(14), 1e-6),
    "layer_norm of two": lambda x: F.layer_norm(x, (10, 14)),
    "max_pool2d": lambda x: F.max_pool2d(x, 3, 2, 1),
    "max_pool2d rounded up": lambda x: F.max_pool2d(x, 3, 2, ceil_mode=True),
    "avg_pool2d": lambda x: F.avg_pool2d(x, (2, 3), 2),
    "avg_pool2d with its border": lambda x: F.avg_pool2d(x, 3, 1, 1),
    "avg_pool2d without its border": lambda x: F.avg_pool2d(x, 3, 1, 1, count_include_pad=False),
    "avg_pool2d rounded up": lambda x: F.avg_pool2d(x, 2, 2, ceil_mode=True),
    "adaptive_avg_pool2d to one": lambda x: F.adaptive_avg_pool2d(x, 1),
    "adaptive_avg_pool2d to parts": lambda x: F.adaptive_avg_pool2d(x, (5, 7)),
    "adaptive_avg_pool2d to itself": lambda x: F.adaptive_avg_pool2d(x, (10, 14)),
    "mean": lambda x: x.mean((2, 3)),
    "mean kept": lambda x: x.mean(-1, keepdim=True),
    "sums": lambda x: x + 2 * x - 0.5 * x,
    "with a weight": lambda x: x * weights(3, 1, 1) + weights(1, 3, 10, 14),
    "divided": lambda x: x / 3,
    "relu": F.relu,
    "relu6": lambda x: F.relu6(4 * x),
    "hardtanh": lambda x: F.hardtanh(x, -0.5, 0.7),
    "leaky_relu": lambda x: F.leaky_relu(x, 0.2),
    "silu": F.silu,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "hardswish": lambda x: F.hardswish(4 * x),
    "hardsigmoid": lambda x: F.hardsigmoid(4 * x),
    "gelu": F.gelu,
    "gelu by tanh": lambda x: F.gelu(x, approximate="tanh"),
    "softmax": lambda x: F.softmax(x, dim=-1),
    "dropout": lambda x: F.dropout(x, 0.5, training=False),
    "cat": lambda x: torch.cat([x, 2 * x, x.relu()], 1),
    "permute": lambda x: x.permute(0, 2, 3, 1) + weights(3),
    "transpose": lambda x: x.transpose(1, -1) + weights(3),
    "flatten": lambda x: x.flatten(2).transpose(1, 2) + weights(3),
    "flatten of two": lambda x: x.flatten(1, 2) + weights(14),
    "reshape": lambda x: x.reshape(x.shape[0], 3, 5, 2, 14)[:, :, 1],
    "reshape with an open size": lambda x: x.reshape(x.shape[0], -1, 7) + weights(7),
    "one channel": lambda x: x[:, 1],
    "some channels": lambda x: x[:, 1:],
    "some columns": lambda x: x[:, :, :, 2:-3],
    "unbind": lambda x: x.unbind(1)[2] + x.unbind(1)[0],
    "expand": lambda x: torch.cat([weights(1, 1, 10, 14).expand(x.shape[0], -1, -1, -1), x], 1),
    "products": lambda x: torch.matmul(x, x.transpose(2, 3)),
    "attention": lambda x: F.scaled_dot_product_attention(x, x * 2, x + 1),
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation(name):
    net = Net(OPERATIONS[name]).eval()
    x = torch.randn(3, *SIZE, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        found, expected = Program(Incremental(net, x[:1]))(x), net(x)
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=2e-5)


class Attending(nn.Module):
    def __init__(self, first: bool):
        super().__init__()
        torch.manual_seed(0)
        self.attention = nn.MultiheadAttention(12, 3, batch_first=first)
        self.conv, self.first = nn.Conv2d(3, 12, 2, 2), first

    def forward(self, x):
        tokens = self.conv(x).flatten(2).transpose(1, 2)
        tokens = tokens if self.first else tokens.transpose(0, 1)
        found = self.attention(tokens, tokens, tokens, need_weights=False)[0]
        return (found if self.first else found.transpose(0, 1)).flatten(1)


def test_multi_head_attention():
    """Without gradients PyTorch runs another kernel where the pictures come first; recorded is the other."""
    net = Attending(False).eval().requires_grad_(False)
    x = torch.randn(3, *SIZE, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        found, expected = Program(Incremental(net, x[:1]))(x), net(x)
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("run", "what"),
    [
        (lambda x: x.cumsum(1), "cumsum"),
        (lambda x: F.adaptive_avg_pool2d(x, (3, 3)), "adaptive_avg_pool2d"),
        (lambda x: F.conv2d(x, weights(4, 3, 1, 1), padding="same"), "conv2d"),
        (lambda x: x[..., ::2], "getitem"),
        (lambda x: torch.add(x, x, alpha=2), "add"),
    ],
)
def test_what_has_no_translation_is_named(run, what):
    x = torch.randn(1, *SIZE)
    with pytest.raises(NotTranslatable, match=what):
        Program(Incremental(Net(run).eval(), x))
