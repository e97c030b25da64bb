"""Random choices of what is visible, drawn in pairs: each choice is followed by its opposite.

    first: u_j < p;   second: 1 - u_j <= p;   u_j uniform on [0, 1)

Each of the two shows part j with probability p. For p = 1/2 the second shows exactly what the first hides: a
pair shows every part once, and what the scores of the two have in common cancels from the difference between
shown and hidden. A mean over pairs estimates the same as a mean over independent choices.

Hammersley and Morton, A new Monte Carlo technique: antithetic variates, 1956.
"""

from __future__ import annotations

import numpy as np
import torch

from ..parameters import Param

PAIRS, INDEPENDENT = "pairs", "independent"


def draw_param(default: str, text: str) -> Param:
    """The parameter for how choices are drawn; `text` says which way is whose. Before it existed they were
    independent."""
    earlier = INDEPENDENT if default != INDEPENDENT else None
    return Param("draw", "choice", default, text, choices=(PAIRS, INDEPENDENT), earlier=earlier)


def followed_by(first: torch.Tensor, second: torch.Tensor, count: int) -> torch.Tensor:
    """first[0], second[0], first[1], ...: `count` rows in all."""
    return torch.stack([first, second], 1).flatten(0, 1)[:count]


def chosen(
    count: int, shape: tuple[int, ...], share: float, draw: str, generator: torch.Generator
) -> torch.Tensor:
    """bool (count, *shape), each True with probability `share`; with `draw` "pairs" row 2 k + 1 is the
    opposite of row 2 k."""
    if draw == INDEPENDENT:
        return torch.rand(count, *shape, generator=generator) < share
    u = torch.rand((count + 1) // 2, *shape, generator=generator)
    return followed_by(u < share, u >= 1 - share, count)


def halves_of(count: int, draw: str) -> tuple[np.ndarray, np.ndarray]:
    """Which of the first `count` samples belong to each half: every second sample, or every second pair."""
    numbers = np.arange(count)
    half = (numbers // 2 if draw == PAIRS else numbers) % 2
    return numbers[half == 0], numbers[half == 1]


def together(draw: str) -> int:
    """How many samples belong together: 2 in pairs, else 1."""
    return 2 if draw == PAIRS else 1
