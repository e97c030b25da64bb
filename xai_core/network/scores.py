"""The number that a map explains, as a function of a network's output."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from ..types import ClassScore

ACTIVATIONS = ("softmax", "sigmoid")


def probabilities(logits: torch.Tensor, activation: str = "softmax") -> torch.Tensor:
    """Logits (..., K) -> probabilities (..., K): "softmax", of which one class is right, or "sigmoid", of
    which each is right or wrong by itself."""
    return logits.sigmoid() if activation == "sigmoid" else logits.softmax(-1)


@dataclass(frozen=True)
class Score:
    """s = logit[target], or logit[target] - logit[contrast]; `negate` gives -s (the counterfactual);
    `probability` turns the logits into probabilities by `activation` first.

    `targets` holds one class an image; a single target serves every row of a batch.
    """

    targets: tuple[int, ...]
    contrast: int | None = None
    negate: bool = False
    probability: bool = False
    activation: str = "softmax"

    @classmethod
    def asked(cls, target: int, params: Mapping[str, Any], activation: str) -> Score:
        """The score of one class as a request's complete parameters want it."""
        return cls(
            (target,),
            params.get("contrast"),
            params.get("counterfactual", False),
            params.get("score") == "probability",
            activation,
        )

    def __call__(self, logits: torch.Tensor) -> torch.Tensor:
        """(N, K) logits -> (N,) scores."""
        values = probabilities(logits, self.activation) if self.probability else logits
        rows = torch.arange(len(values), device=values.device)
        columns = torch.tensor(self.targets, device=values.device)
        score = values[rows, columns.expand(len(values))]
        if self.contrast is not None:
            score = score - values[:, self.contrast]
        return -score if self.negate else score

    def of(self, image: int) -> Score:
        """The same score for one image of the batch, to be used on many perturbed copies of it."""
        return dataclasses.replace(self, targets=(self.targets[image],))


def rank(
    logits: torch.Tensor, labels: Sequence[str], activation: str = "softmax", top: int | None = None
) -> tuple[ClassScore, ...]:
    """The classes of one image's logits (K,), best first: all of them, or the first `top`."""
    values, p = logits.tolist(), probabilities(logits, activation).tolist()  # one copy for all
    order = torch.argsort(logits, descending=True, stable=True)[:top].tolist()
    return tuple(ClassScore(i, labels[i], values[i], p[i]) for i in order)
