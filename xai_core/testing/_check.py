"""What a check is: a question about a network's maps, with everything that its answer depends on."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from ..evaluation.plan import CENTRE, CHANCE
from ..types import Box, InputError, Params, Request

THESE, LIKE = "these", "like"  # what a verdict is about: these pictures, or all pictures like them
TRUE, PREDICTED = "true", "predicted"
RANDOM = "random"
CONTROLS = (CENTRE, RANDOM)
UNSEEING = {CENTRE: CENTRE, CHANCE: CHANCE}


@dataclasses.dataclass(frozen=True)
class Check:
    """A check of `kind` (kinds.KINDS) with the kind's own `settings`.

    `method`, `layer` and `params` make the maps, of the class `explain`: the true or the predicted one.
    `against` is the control. The verdict is wrong with a probability of at most
    1 - `confidence`. `about` says for which
    pictures: LIKE for all pictures of the kind that the data were drawn from, THESE for the data alone.
    `region` and `stamp` are those of the kind "ignores" (`regions`), `boxes` the boxes by name of picture
    where the data have none of their own. At most `limit` pictures are looked at, in an order that follows
    from `seed` and their names."""

    kind: str
    name: str
    settings: Params
    method: str = "grad_cam"
    layer: str | None = None
    params: Params = dataclasses.field(default_factory=Params)
    explain: str = TRUE
    against: str = CENTRE
    confidence: float = 0.95
    about: str = LIKE
    region: str = ""
    stamp: str = ""
    boxes: Mapping[str, tuple[Box, ...]] | None = None
    limit: int | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        for name, accepted in (
            ("explain", (TRUE, PREDICTED)),
            ("against", CONTROLS),
            ("about", (LIKE, THESE)),
        ):
            if getattr(self, name) not in accepted:
                raise InputError(f"{name} is {getattr(self, name)!r}; accepted are {' and '.join(accepted)}.")
        if not isinstance(self.confidence, float) or not 0.5 <= self.confidence < 1:
            raise InputError(
                f"confidence is {self.confidence!r}; a number from 0.5 up to, but not, 1 is accepted."
            )
        if self.limit is not None and (type(self.limit) is not int or self.limit < 1):
            raise InputError(f"limit is {self.limit!r}; a whole number of at least 1 is accepted.")
        if type(self.seed) is not int or self.seed < 0:
            raise InputError(f"seed is {self.seed!r}; a whole number of at least 0 is accepted.")

    def request(self, target: int | None, seed: int = 0) -> Request:
        """The map of a class, drawn with the picture's own seed: with one seed for all, a random map would
        be the same for all, and might suit their boxes. What stands in for a method that does not look is a
        gradient, whose facts the control's map is given."""
        if self.method in UNSEEING:
            return Request("gradient", target, seed=seed)
        return Request(self.method, target, self.layer, self.params, seed)

    def plain(self) -> dict[str, object]:
        """All of it in plain values, for JSON."""
        found = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        found |= {"settings": dict(self.settings), "params": dict(self.params)}
        if self.boxes is not None:
            found["boxes"] = {name: [dataclasses.astuple(b) for b in own] for name, own in self.boxes.items()}
        return found
