"""What is measured: methods and metrics, checked before anything runs."""

from __future__ import annotations

import dataclasses

from ..methods import METHODS
from ..metrics.measures import MEASURES, RUN_THE_NETWORK
from ..types import InputError, Params, Request

COLUMNS = ("image", "method", "metric", "value", "target", "probability", "seconds")
UNSEEING = CENTRE, CHANCE = "centre", "chance"


@dataclasses.dataclass(frozen=True)
class Plan:
    """What is measured: the same plan gives the same table. A method is its key, or key@layer for a layer
    other than its default; `params` holds parameters by method as it stands there."""

    methods: tuple[str, ...]
    metrics: tuple[str, ...]
    predicted: bool = False
    params: Params = dataclasses.field(default_factory=Params)

    def check(self) -> None:
        """Raise InputError for a method, metric or parameter that does not exist."""
        for kind, given, known in (
            ("method", self.methods, (*METHODS, CENTRE, CHANCE)),
            ("metric", self.metrics, tuple(MEASURES)),
        ):
            if not given:
                raise InputError(f"No {kind} is given; there are {', '.join(known)}.")
            for name in given:
                if name.partition("@")[0] not in known:
                    raise InputError(f"There is no {kind} {name!r}; there are {', '.join(known)}.")
        for name, values in self.params.items():
            if name not in self.methods or not _sees(name):
                takers = ", ".join(filter(_sees, self.methods)) or "none"
                raise InputError(
                    f"A parameter is given for {name!r}; the methods that take one are {takers}."
                )
            METHODS[name.partition("@")[0]].complete(values)

    @property
    def seeing(self) -> list[str]:
        """The methods that look at the picture. For a plan without one a gradient is computed, since the
        facts of a picture come with a map."""
        return [name for name in self.methods if _sees(name)]

    @property
    def quick(self) -> bool:
        """Whether everything is short: no method that sends many inputs through the network, no metric that
        sends any."""
        long = any(METHODS[name.partition("@")[0]].long for name in self.seeing)
        return not long and not RUN_THE_NETWORK & set(self.metrics)

    def requests(self, target: int | None) -> list[Request]:
        """The maps that are computed of a picture."""
        return [self.request(name, target) for name in self.seeing or ["gradient"]]

    def request(self, name: str, target: int | None) -> Request:
        """The map that one of the methods asks for."""
        method, _, layer = name.partition("@")
        return Request(method, target, layer or None, self.params.get(name, {}))

    def settings(self) -> dict[str, object]:
        """The plan in plain values, for JSON. With a default that has changed, `defaults` says which one is
        meant, so that a table from before the change is not continued with other maps."""
        changed = {name: self._changed_defaults(name) for name in self.seeing}
        changed = {name: values for name, values in changed.items() if values}
        return {
            "methods": list(self.methods),
            "metrics": list(self.metrics),
            "predicted": self.predicted,
            "params": {name: dict(values) for name, values in self.params.items()},
            **({"defaults": changed} if changed else {}),
        }

    def _changed_defaults(self, name: str) -> dict[str, object]:
        """The parameters of a method that maps were once computed without and that the plan leaves open."""
        given = self.params.get(name, {})
        params = METHODS[name.partition("@")[0]].params
        return {p.name: p.default for p in params if p.earlier is not None and p.name not in given}


def _sees(name: str) -> bool:
    """Whether this is a method of the registry, and not one that has not looked."""
    return name not in UNSEEING
