"""What a checked request explains in one picture: a class, which may be the predicted one, or a person's own
score; with its name and its numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..network.handle import ModelHandle
from ..network.scores import OwnScore, Score
from ..types import NO_CLASS, InputError, Request
from .arguments import Arguments


@dataclass(frozen=True)
class Target:
    """`score` is the number that is explained; `index`, `label`, `logit` and `probability` are those of the
    class. For a person's own score they are NO_CLASS, the function's name, its value and not a number."""

    score: Score
    index: int
    label: str
    logit: float
    probability: float

    @property
    def described(self) -> str:
        return self.label if self.score.own else f"class {self.index}"


def target_of(
    handle: ModelHandle, request: Request, params: Mapping[str, Any], arguments: Arguments
) -> Target | InputError:
    """The target of a request with complete parameters; an InputError where a class is contrasted with
    itself, or where a score of one's own gives something else than a number."""
    if request.score is not None:
        own = OwnScore(request.score, handle.form)
        score = Score.of_own(own, negate=params.get("counterfactual", False))
        try:
            value = float(own(arguments.logits))
        except InputError as error:
            return error
        return Target(score, NO_CLASS, own.name, value, math.nan)
    best = int(arguments.ranked.argmax())
    if request.target is None and params.get("contrast") == best:
        return InputError(f"contrast is {best}, which is the predicted class; give another class.")
    index = best if request.target is None else int(request.target)
    score = Score.asked(index, params, handle.activation)
    numbers = float(arguments.ranked[index]), float(arguments.chances[index])
    return Target(score, index, handle.labels[index], *numbers)
