"""What a method declares about itself. Pages draw their widgets, captions and estimates from this alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch

from ..types import InputError, LayerSpec, Params

SUPPLIES = (
    "net",
    "scorer",
    "x",
    "score",
    "logits",
    "layer",
    "activations",
    "gradients",
    "generator",
    "baseline",
    "segments",
    "facts",
    "watch",
)
FAMILIES = ("Class activation", "Input gradients", "Perturbation", "Control")
Passes = Callable[[LayerSpec | None, Mapping[str, Any], tuple[int, int]], int]


@dataclass(frozen=True)
class Param:
    """One parameter: its default and what it accepts. `label` is its name for people.

    `kind` is "bool", "int", "float", "choice" (one of `choices`) or "class" (a class index or None).
    Numbers lie in `low`..`high`; `step` is for the widget.
    """

    name: str
    kind: str
    default: Any
    help: str
    low: float | None = None
    high: float | None = None
    step: float | None = None
    choices: tuple[str, ...] = ()
    label: str = ""

    def check(self, value: Any, method: str) -> Any:
        """The value in its own type; raises InputError naming it and what is accepted."""
        accepted = {
            "bool": lambda: isinstance(value, bool),
            "int": lambda: isinstance(value, int) and not isinstance(value, bool) and self._within(value),
            "float": lambda: (
                isinstance(value, (int, float)) and not isinstance(value, bool) and self._within(value)
            ),
            "choice": lambda: value in self.choices,
            "class": lambda: value is None or (isinstance(value, int) and not isinstance(value, bool)),
        }[self.kind]()
        if not accepted:
            raise InputError(f"{self.name} of {method} is {value!r}; accepted is {self._range()}.")
        return float(value) if self.kind == "float" else value

    def _within(self, value: float) -> bool:
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)

    def _range(self) -> str:
        if self.kind in ("int", "float"):
            number = "a whole number" if self.kind == "int" else "a number"
            return f"{number} from {self.low} to {self.high}"
        return {"bool": "True or False", "class": "a class index or None"}.get(self.kind) or ", ".join(
            self.choices
        )


@dataclass(frozen=True)
class MethodSpec:
    """A method of the registry.

    `run` is a plain function over a batch that returns a Tensor (N, h, w) in its own units, positive where
    the score is raised. `uses` names the arguments it takes, out of SUPPLIES; the engine supplies them, and
    one capture serves every method that uses activations or gradients. `params` become keyword arguments,
    except those that the engine applies itself: to the score (score, counterfactual, contrast), to the result
    (relu), and to what it supplies (baseline and blur; segmentation and segments). `signed(params)` says
    whether the map may be negative, `passes(layer, params, size)` how many inputs it sends through a network
    whose input grid is `size`. `facts` names what the method measures about itself: it writes an array with
    one number an image into the supplied dictionary, under these names. `home(net, x, layers)` finds the
    default layer where it is not the last stage. `odd` says that negated gradients give exactly the negated
    map, so that a counterfactual is a change of sign. `colour` is the method's own in every chart."""

    key: str
    label: str
    run: Callable[..., torch.Tensor]
    uses: tuple[str, ...]
    params: tuple[Param, ...]
    formula: str
    paper: str
    url: str
    reading: str
    colour: str
    signed: Callable[[Mapping[str, Any]], bool]
    family: str
    passes: Passes = lambda layer, params, size: 1
    facts: Mapping[str, str] = field(default_factory=dict)
    home: Callable[..., str] | None = None
    odd: bool = False

    def __post_init__(self) -> None:
        unknown = set(self.uses) - set(SUPPLIES)
        if unknown:
            raise ValueError(f"{self.key} uses {sorted(unknown)}; the engine supplies {SUPPLIES}.")
        if self.family not in FAMILIES:
            raise ValueError(f"{self.key} is of family {self.family!r}; the families are {FAMILIES}.")

    @property
    def layered(self) -> bool:
        """Whether the method looks at one chosen layer."""
        return bool({"layer", "activations", "gradients"} & set(self.uses))

    @property
    def long(self) -> bool:
        """Whether the method needs more than one pass of its own, and so is worth an estimate."""
        return "watch" in self.uses

    def complete(self, given: Mapping[str, Any]) -> Params:
        """All parameters, checked, defaults filled in. Raises InputError for an unknown one."""
        known = {param.name: param for param in self.params}
        for name in given:
            if name not in known:
                accepted = ", ".join(known) or "none"
                raise InputError(f"{self.key} has no parameter {name!r}; it has {accepted}.")
        return Params({name: p.check(given.get(name, p.default), self.key) for name, p in known.items()})
