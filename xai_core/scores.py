"""The number that a map explains, as a function of a network's output."""

from __future__ import annotations

from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class Score:
    """s = logit[target], or logit[target] - logit[contrast]; `negate` gives -s (the counterfactual).

    `targets` holds one class an image; a single target serves every row of a batch.
    """

    targets: tuple[int, ...]
    contrast: int | None = None
    negate: bool = False

    def __call__(self, logits: torch.Tensor) -> torch.Tensor:
        """(N, K) logits -> (N,) scores."""
        rows = torch.arange(len(logits), device=logits.device)
        columns = torch.tensor(self.targets, device=logits.device)
        score = logits[rows, columns.expand(len(logits))]
        if self.contrast is not None:
            score = score - logits[:, self.contrast]
        return -score if self.negate else score

    def of(self, image: int) -> Score:
        """The same score for one image of the batch, to be used on many perturbed copies of it."""
        return Score((self.targets[image],), self.contrast, self.negate)
