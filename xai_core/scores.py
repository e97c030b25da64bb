"""The number that a map explains, as a function of a network's output."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from .types import ClassScore


@dataclass(frozen=True)
class Score:
    """s = logit[target], or logit[target] - logit[contrast]; `negate` gives -s (the counterfactual);
    `probability` takes the softmax of the logits first.

    `targets` holds one class an image; a single target serves every row of a batch.
    """

    targets: tuple[int, ...]
    contrast: int | None = None
    negate: bool = False
    probability: bool = False

    def __call__(self, logits: torch.Tensor) -> torch.Tensor:
        """(N, K) logits -> (N,) scores."""
        values = logits.softmax(1) if self.probability else logits
        rows = torch.arange(len(values), device=values.device)
        columns = torch.tensor(self.targets, device=values.device)
        score = values[rows, columns.expand(len(values))]
        if self.contrast is not None:
            score = score - values[:, self.contrast]
        return -score if self.negate else score

    def of(self, image: int) -> Score:
        """The same score for one image of the batch, to be used on many perturbed copies of it."""
        return dataclasses.replace(self, targets=(self.targets[image],))


def rank(logits: torch.Tensor, labels: Sequence[str]) -> tuple[ClassScore, ...]:
    """All classes of one image's logits (K,), best first."""
    probabilities = logits.softmax(0)
    order = torch.argsort(logits, descending=True, stable=True)
    return tuple(ClassScore(int(i), labels[int(i)], float(logits[i]), float(probabilities[i])) for i in order)
