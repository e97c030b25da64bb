"""A map or an attack that a person asked for, with its parameters, as one short word in a link.

    occlusion~window=4~stride=4        grad_cam@blocks.4~relu=off        pgd~epsilon=4

Only what differs from the defaults is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import xai_core as xai
from xai_core.attacks import AttackSpec
from xai_core.methods import MethodSpec
from xai_core.parameters import Param
from xai_core.types import Params

from .subject import Subject

LIMIT = 8  # maps beside each other


@dataclass(frozen=True)
class Entry:
    """One wanted map or attack (`method` is the key of either); `layer` is "" for the default one, `params`
    holds what differs from the defaults."""

    method: str
    layer: str = ""
    params: Mapping[str, Any] = field(default_factory=Params)

    @property
    def spec(self) -> MethodSpec | AttackSpec:
        """What the method or the attack declares about itself."""
        return {**xai.METHODS, **xai.ATTACKS}[self.method]

    @property
    def place(self) -> str:
        """The method and, where it is not the default one, its layer: "grad_cam@blocks.4"."""
        return self.method + (f"@{self.layer}" if self.layer else "")

    def request(self, subject: Subject, target: int | None = None) -> xai.Request:
        """For the chosen class, with the layer's full name. Raises InputError for an unknown layer."""
        spec = xai.METHODS[self.method]
        layer = None
        if spec.takes_layer or (spec.layered and self.layer):
            layer = subject.handle.layer(self.layer or None).key
        chosen = subject.target.index if target is None else target
        return xai.Request(self.method, chosen, layer, self.params)

    def label(self) -> str:
        """The method, and what sets this map apart: "Occlusion, window 4"."""
        parts = [self.spec.label, *([self.layer] if self.layer else [])]
        return ", ".join(parts + [_words(self._params()[name], value) for name, value in self.chosen()])

    def chosen(self) -> list[tuple[str, Any]]:
        """What differs from the defaults, in the order in which the method declares its parameters."""
        return [(name, self.params[name]) for name in self._params() if name in self.params]

    def _params(self) -> dict[str, Param]:
        return {param.name: param for param in self.spec.params}

    def differing(self, params: Mapping[str, Any]) -> Entry:
        """The same map with these parameters, of which only those that are no defaults are kept."""
        kept = {name: value for name, value in params.items() if value != self._params()[name].default}
        return Entry(self.method, self.layer, Params(kept))


def _words(param: Param, value: Any) -> str:
    title = (param.label or param.name.replace("_", " ")).lower() if param.label != "ReLU" else "ReLU"
    if param.kind == "bool":
        return title if value else f"no {title}"
    number = f"{value:g}" if param.kind == "float" else value
    return str(value) if param.kind == "choice" else f"{title} {number}"


def write(entries: tuple[Entry, ...]) -> str:
    """Several maps as they stand in a link."""
    return ",".join(_write(entry) for entry in entries)


def _write(entry: Entry) -> str:
    return entry.place + "".join(f"~{n}={_text(v)}" for n, v in entry.chosen())


def _text(value: Any) -> str:
    return {True: "on", False: "off"}[value] if isinstance(value, bool) else f"{value}"


def read(text: str, registry: Mapping[str, Any] = xai.METHODS) -> tuple[Entry, ...]:
    """The maps of a link (or the attacks, from their registry); raises ValueError (InputError) with one
    sentence for what it does not accept.
    """
    entries = tuple(_read(word, registry) for word in text.split(",") if word)
    if len(entries) > LIMIT:
        raise ValueError(f"At most {LIMIT} maps are accepted.")
    return entries


def _read(word: str, registry: Mapping[str, Any]) -> Entry:
    head, *pairs = word.split("~")
    method, _, layer = head.partition("@")
    if method not in registry:
        kind = "methods" if registry is xai.METHODS else "attacks"
        raise ValueError(f"The {kind} are {', '.join(registry)}.")
    known, params = {param.name: param for param in registry[method].params}, {}
    for pair in pairs:
        name, _, value = pair.partition("=")
        if name not in known:
            raise ValueError(f"{method} has the parameters {', '.join(known)}.")
        params[name] = known[name].check(_value(known[name], value), method)
    return Entry(method, layer).differing(params)


def _value(param: Param, text: str) -> Any:
    """The text in the parameter's type; text that does not fit is left for `Param.check` to refuse."""
    if param.kind == "bool":
        return {"on": True, "off": False}.get(text, text)
    if param.kind == "choice":
        return text
    try:
        return float(text) if param.kind == "float" else int(text)
    except ValueError:
        return text
