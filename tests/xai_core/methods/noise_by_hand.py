"""The noise that a seed draws, and a statistic of values computed one copy at a time in Python's own loop."""

import torch


def drawn(x, samples, seed=0):
    """The standard normal noise (samples, 3, H, W) that is added to the one picture x (1, 3, H, W)."""
    seeds = torch.randint(2**62, (1, samples), generator=torch.Generator().manual_seed(seed))[0].tolist()
    return torch.cat(
        [torch.randn(x.shape, generator=torch.Generator().manual_seed(one)) for one in seeds]
    ).to(x)


def statistic(kind, values):
    """Of a list of tensors, by the definition: two passes, no running sums."""
    mean = sum(values) / len(values)
    if kind == "mean":
        return mean
    if kind == "square":
        return sum(value**2 for value in values) / len(values)
    return sum((value - mean) ** 2 for value in values) / len(values)
