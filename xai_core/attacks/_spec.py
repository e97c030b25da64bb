"""What an attack declares about itself, and what all of them are given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from ..inputs.views import InputGrid
from ..network.batches import Progress
from ..parameters import Param

EPSILON = Param(
    "epsilon",
    "float",
    8.0,
    "How far a pixel may move, in steps of the 8-bit image (0 to 255).",
    low=0,
    high=255,
    step=1,
    label="Epsilon",
)


@dataclass(frozen=True)
class Goal:
    """The classifier as a function of 8-bit pixel values, and what the attack wants of it.

    `scorer` takes what `grid` makes of pixels. `label` is the class to be left (untargeted) or to be reached
    (targeted)."""

    scorer: nn.Module
    grid: InputGrid
    label: int
    targeted: bool
    progress: Progress
    activation: str = "softmax"

    def logits(self, pixels: torch.Tensor) -> torch.Tensor:
        """(N, 3, H, W) in 0..255 -> (N, K)."""
        x = self.grid.normalise(pixels)
        return self.scorer(x.contiguous(memory_format=torch.channels_last))

    def loss(self, logits: torch.Tensor) -> torch.Tensor:
        """(N, K) -> (N,): the cross-entropy to be raised, -log p[label]; targeted, that of the wanted class
        to be lowered. Of a sigmoid it is the binary one of that class alone."""
        if self.activation == "sigmoid":
            value = F.softplus(-logits[:, self.label])
        else:
            labels = torch.full((len(logits),), self.label, device=logits.device)
            value = F.cross_entropy(logits, labels, reduction="none")
        return -value if self.targeted else value

    def reached(self, logits: torch.Tensor) -> torch.Tensor:
        """(N, K) -> bool (N,): whether the answer is what the attack wants."""
        hit = logits.argmax(1) == self.label
        return hit if self.targeted else ~hit

    def gradient(self, pixels: torch.Tensor) -> torch.Tensor:
        """d loss / d pixel for each row, one forward and one backward pass."""
        leaf = pixels.detach().clone().requires_grad_()
        with torch.enable_grad():
            (found,) = torch.autograd.grad(self.loss(self.logits(leaf)).sum(), leaf)
        return found

    def judge(self, pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """(reached, loss) of 8-bit pictures."""
        with torch.inference_mode():
            logits = self.logits(pixels)
        self.progress.note(len(pixels))
        return self.reached(logits), self.loss(logits)


@dataclass(frozen=True)
class AttackSpec:
    """An attack of the registry. `run(goal, pixels, generator, **params)` takes whole pixel values (1, 3, H,
    W) in 0..255 and returns such; `passes(params)` is how many inputs it sends through the network at
    most."""

    key: str
    label: str
    run: Callable[..., torch.Tensor]
    params: tuple[Param, ...]
    formula: str
    paper: str
    url: str
    reading: str
    passes: Callable[[Mapping[str, Any]], int]
    colour: str
    strength: str = "epsilon"  # the parameter that makes it stronger
    strengths: tuple[float, ...] = (1, 2, 4, 8, 16, 32)  # a sweep over it
    gradient: bool = True  # whether a pass goes backward too


def whole_within(pixels: torch.Tensor, moved: torch.Tensor, epsilon: float) -> torch.Tensor:
    """The 8-bit picture nearest to `moved` whose every value lies within `epsilon` of `pixels`."""
    limit = int(epsilon)  # whole values cannot use the rest
    change = (moved - pixels).round().clamp(-limit, limit)
    return (pixels + change).clamp(0, 255)


def better(goal: Goal, one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
    """Of two 8-bit pictures the one that the attack prefers: reached first, then the larger loss."""
    reached, loss = goal.judge(torch.cat([one, other]))
    first = (bool(reached[0]), float(loss[0])) >= (bool(reached[1]), float(loss[1]))
    return one if first else other
