"""What is measured of one picture: the plan, and the rows that it gives. Every engine calls `outcome`."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Generator, Sequence

from ..datasets import Example
from ..engine.explain import explain_many, predict
from ..methods import METHODS
from ..metrics.insertion import chance
from ..metrics.localization import centre_gaussian
from ..metrics.measures import MEASURES, Case
from ..network.batches import Progress
from ..network.handle import ModelHandle
from ..types import Explanation, InputError, IsCancelled, Params, Request

COLUMNS = ("image", "method", "metric", "value", "target", "probability", "seconds")
UNSEEING = CENTRE, CHANCE = "centre", "chance"
Row = dict[str, object]
Outcome = list[Row] | str  # a picture's rows, or the sentence that says why it has none
Waiting = Sequence[tuple[int, Example]]
Outcomes = Generator[tuple[int, Outcome], None, None]


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

    def request(self, name: str, target: int) -> Request:
        """The map that one of the methods asks for."""
        method, _, layer = name.partition("@")
        return Request(method, target, layer or None, self.params.get(name, {}))

    def settings(self) -> dict[str, object]:
        """The plan in plain values, for JSON."""
        return {
            "methods": list(self.methods),
            "metrics": list(self.metrics),
            "predicted": self.predicted,
            "params": {name: dict(values) for name, values in self.params.items()},
        }


# measures what is waiting and yields it as it is done, in any order; closed early when a run is cancelled
Engine = Callable[[ModelHandle, Plan, Waiting], Outcomes]


def outcome(
    handle: ModelHandle, example: Example, plan: Plan, cancelled: IsCancelled | None = None
) -> Outcome:
    """The rows of one picture, or the sentence that says why it has none. Raises Cancelled."""
    try:
        return measure(handle, example, plan, cancelled)
    except InputError as error:
        return str(error)


def measure(
    handle: ModelHandle, example: Example, plan: Plan, cancelled: IsCancelled | None = None
) -> list[Row]:
    """The rows of one picture. `cancelled()` is asked between two steps and two batches of its maps. Raises
    InputError where it cannot be read or explained, Cancelled."""
    steps = Progress(cancelled=cancelled)
    image = example.image()
    steps.check()
    scores = predict(handle, image, 5)
    target = scores[0].index if plan.predicted else example.target
    known = [name for name in plan.methods if _sees(name)]
    requests = [plan.request(name, target) for name in known or ["gradient"]]
    found = explain_many(handle, image, requests, cancelled=cancelled)
    maps = dict(zip(known, found, strict=False)) | {
        name: _unseeing(found[0], name) for name in plan.methods if not _sees(name)
    }
    rows = []
    for name in plan.methods:
        steps.check()
        case = Case(handle, image, example.targets, scores, maps[name])
        for metric in plan.metrics:
            start = time.perf_counter()
            value = float(MEASURES[metric](case))
            spent = maps[name].seconds + time.perf_counter() - start
            values = (example.name, name, metric, value, target, maps[name].probability, spent)
            rows.append(dict(zip(COLUMNS, values, strict=True)))
    return rows


def _sees(name: str) -> bool:
    """Whether this is a method of the registry, and not one that has not looked."""
    return name not in UNSEEING


def _unseeing(e: Explanation, name: str) -> Explanation:
    if name == CHANCE:
        return dataclasses.replace(chance(e), seconds=0.0, forwards=0)
    return dataclasses.replace(
        chance(e), heatmap=centre_gaussian(e.view_size), method=CENTRE, seconds=0.0, forwards=0
    )
