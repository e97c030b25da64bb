"""Shared by the methods that collect gradients on the straight way from baselines to the picture."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import nn

from ..network.batches import Progress, batch_size, run_batches
from ..network.scores import Score
from ._inputs import input_gradients


def coarse_first(count: int) -> np.ndarray:
    """0..count - 1 in an order whose beginnings are spread over all of it: by their bits, read backwards."""
    bits = max(1, (count - 1).bit_length())
    return np.array(sorted(range(count), key=lambda n: int(f"{n:0{bits}b}"[::-1], 2)))


def straight(
    scorer: nn.Module,
    x: torch.Tensor,
    starts: torch.Tensor,
    score: Score,
    steps: int,
    progress: Progress,
    look: Callable[[torch.Tensor, int, int], None],
) -> torch.Tensor:
    """mean_b (x - b) integral_0^1 ds/dx (b + a (x - b)) da, (1, 3, H, W), for one picture `x` of that shape
    and the baselines `starts` (S, 3, H, W).

    Each integral is a Gauss-Legendre sum of `steps` terms, a forward and a backward pass each. While it
    grows, `look(attribution, passes, of)` is given what is known."""
    along, share = _gauss_legendre(steps, x)
    size, of = batch_size(x.device, gradient=True), steps * len(starts)
    total = torch.zeros_like(x)
    for number, start in enumerate(starts.split(1)):

        def work(first: int, stop: int, start: torch.Tensor = start) -> torch.Tensor:
            inputs = torch.lerp(start, x, along[first:stop])
            return (share[first:stop] * input_gradients(scorer, inputs, score)).sum(0, keepdim=True)

        def grown(
            found: torch.Tensor,
            count: int,
            number: int = number,
            start: torch.Tensor = start,
            total: torch.Tensor = total,
        ) -> None:
            mean = found.sum(0, keepdim=True) / share[:count].sum()
            look((total + (x - start) * mean) / (number + 1), number * steps + count, of)

        found = run_batches(work, steps, x.device, progress, size, grown).sum(0, keepdim=True)
        total = total + (x - start) * found
    return total / len(starts)


def _gauss_legendre(steps: int, like: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The places in 0..1 and their weights, (steps, 1, 1, 1) each, in the order of `coarse_first`."""
    order = coarse_first(steps)
    places, weights = np.polynomial.legendre.leggauss(steps)
    along, share = (places[order] + 1) / 2, weights[order] / 2
    return torch.tensor(along).to(like).view(-1, 1, 1, 1), torch.tensor(share).to(like).view(-1, 1, 1, 1)
