"""The number that a map explains, as a function of a network's output."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from ..types import NO_CLASS, ClassScore, InputError, ScoreFunction
from .outputs import RowForm

ACTIVATIONS = ("softmax", "sigmoid")


def probabilities(logits: torch.Tensor, activation: str = "softmax") -> torch.Tensor:
    """Logits (..., K) -> probabilities (..., K): "softmax", of which one class is right, or "sigmoid", of
    which each is right or wrong by itself."""
    return logits.sigmoid() if activation == "sigmoid" else logits.softmax(-1)


@dataclass(frozen=True)
class OwnScore:
    """A person's own score: `function` of what the network returns, which `form` makes of rows (None: the
    rows are what it returns)."""

    function: ScoreFunction
    form: RowForm | None = None

    @property
    def name(self) -> str:
        """The function's name, "score" for one without a name."""
        name = getattr(self.function, "__name__", type(self.function).__name__)
        return "score" if name == "<lambda>" else name

    def __call__(self, rows: torch.Tensor) -> torch.Tensor:
        """(N, M) rows -> (N,). Raises InputError where the function gives something else than one number a
        picture, or cuts the gradient that is asked for."""
        found = self.function(rows if self.form is None else self.form.unpack(rows))
        if not isinstance(found, torch.Tensor) or found.shape != (len(rows),):
            what = tuple(found.shape) if isinstance(found, torch.Tensor) else f"a {type(found).__name__}"
            raise InputError(
                f"{self.name} gave {what} for {len(rows)} pictures; a tensor ({len(rows)},) is accepted, one "
                "number for each."
            )
        if rows.requires_grad and torch.is_grad_enabled() and not found.requires_grad:
            raise InputError(
                f"{self.name} has no gradient with respect to the network's output; this method needs a "
                "differentiable score."
            )
        return found


@dataclass(frozen=True)
class Score:
    """s = logit[target], or logit[target] - logit[contrast]; `negate` gives -s (the counterfactual);
    `probability` turns the logits into probabilities by `activation` first.

    `targets` holds one class an image; a single target serves every row of a batch. With `own` the score is
    that function instead, and the targets are NO_CLASS.
    """

    targets: tuple[int, ...]
    contrast: int | None = None
    negate: bool = False
    probability: bool = False
    activation: str = "softmax"
    own: OwnScore | None = None

    def __post_init__(self) -> None:
        if self.own is None and NO_CLASS in self.targets:
            raise InputError(
                "This map explains a score of its own and no class, so it cannot be judged by one."
            )

    @classmethod
    def of_own(cls, own: OwnScore, images: int = 1, negate: bool = False) -> Score:
        """A person's own score of so many images."""
        return cls((NO_CLASS,) * images, negate=negate, own=own)

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
        if self.own is not None:
            found = self.own(logits)
            return -found if self.negate else found
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
