"""Networks small enough to be solved by hand, on inputs that are not square."""

import torch
from torch import nn

SIZE = (4, 6)


class Linear(nn.Module):
    """logit_k = sum W_k x + b_k."""

    def __init__(self, classes=3, size=SIZE, seed=0):
        super().__init__()
        generator = torch.Generator().manual_seed(seed)
        self.weight = nn.Parameter(torch.randn(classes, 3, *size, generator=generator, dtype=torch.float64))
        self.bias = nn.Parameter(torch.arange(classes, dtype=torch.float64))

    def forward(self, x):
        return torch.einsum("nchw,kchw->nk", x, self.weight) + self.bias


class Square(nn.Module):
    """logit_k = (k + 1) sum x^2: its gradient is 2 (k + 1) x."""

    def forward(self, x):
        return (x**2).sum((1, 2, 3))[:, None] * torch.arange(1, 4, dtype=x.dtype)


def pictures(n=2, size=SIZE, seed=1):
    return torch.randn(n, 3, *size, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
