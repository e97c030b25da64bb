"""A parameter that a method or an attack declares: its default, what it accepts, and what it means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .types import InputError, Params


@dataclass(frozen=True)
class Param:
    """One parameter: its default and what it accepts. `label` is its name for people.

    `kind` is "bool", "int", "float", "choice" (one of `choices`) or "class" (a class index or None).
    Numbers lie in `low`..`high`; `step` is for the widget. `needs` holds pairs of a choice and what a network
    must have for it, by the names of `methods.NEEDS`. `earlier` is the value that maps were computed with
    before the parameter existed, where that is not its default: records of that time do not name it.
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
    needs: tuple[tuple[str, str], ...] = ()
    earlier: Any = None

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


def complete(params: Sequence[Param], given: Mapping[str, Any], owner: str) -> Params:
    """All parameters, checked, defaults filled in. Raises InputError for an unknown one; `owner` names whose
    they are."""
    known = {param.name: param for param in params}
    for name in given:
        if name not in known:
            accepted = ", ".join(known) or "none"
            raise InputError(f"{owner} has no parameter {name!r}; it has {accepted}.")
    return Params({name: p.check(given.get(name, p.default), owner) for name, p in known.items()})


def recorded(params: Sequence[Param], given: Mapping[str, Any]) -> Params:
    """The parameters of a kept result. A parameter that did not exist when it was computed gets the value
    that it was computed with."""
    missing = {p.name: p.earlier for p in params if p.earlier is not None and p.name not in given}
    return Params(dict(given) | missing)
