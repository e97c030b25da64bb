"""What the table of methods can be narrowed to. Filters of one kind widen it, those of several kinds narrow
it: "Attention" and "Perturbation" show both families, "Perturbation" and "Adds up" what is both."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import xai_core as xai
from xai_core.methods import FAMILIES, NEEDS, PLACES, Card, MethodSpec, card

from ..state.fields import choice, words

QUICK, LONG = 4, 100  # passes up to which a method is quick, and above which it is long


@dataclass(frozen=True)
class Filter:
    """One filter: what a person reads, its kind, and which cards fit."""

    label: str
    kind: str
    fits: Callable[[Card], bool]


def _families() -> dict[str, Filter]:
    return {
        family.lower().replace(" ", "-"): Filter(family, "family", lambda c, one=family: c.family == one)
        for family in FAMILIES
    }


def _needs() -> dict[str, Filter]:
    return {
        f"needs-{need}": Filter(f"Needs {need}", "needs", lambda c, one=need: one in c.needs)
        for need in NEEDS
        if any(need in spec.needs for spec in xai.METHODS.values())
    }


def _places() -> dict[str, Filter]:
    return {
        place: Filter(f"One value a {place}", "places", lambda c, one=place: c.places == one)
        for place in PLACES
    }


FILTERS: dict[str, Filter] = {
    **_families(),
    "any-network": Filter("Any network", "needs", lambda c: not c.needs),
    **_needs(),
    "quick": Filter(f"Up to {QUICK} passes", "cost", lambda c: c.passes <= QUICK),
    "medium": Filter(f"{QUICK + 1} to {LONG} passes", "cost", lambda c: QUICK < c.passes <= LONG),
    "long": Filter(f"More than {LONG} passes", "cost", lambda c: c.passes > LONG),
    "by-class": Filter("Depends on the class", "class", lambda c: c.knows_class),
    "every-class": Filter("Same for every class", "class", lambda c: not c.knows_class),
    "adds-up": Filter("Adds up", "sum", lambda c: bool(c.adds_up)),
    "no-sum": Filter("Adds up to nothing", "sum", lambda c: not c.adds_up),
    "every-seed": Filter("Same for every seed", "seed", lambda c: not c.draws),
    "by-seed": Filter("Depends on the seed", "seed", lambda c: c.draws),
    "signed": Filter("Can be negative", "sign", lambda c: c.signed != "never"),
    "unsigned": Filter("Never negative", "sign", lambda c: c.signed == "never"),
    **_places(),
}


def read(text: str) -> tuple[str, ...]:
    """The filters of a link. Raises ValueError for one that does not exist."""
    one = choice(*FILTERS)
    return tuple(one(word) for word in words(text))


def found(search: str, only: Iterable[str]) -> list[str]:
    """The keys of the methods that hold every word of the search in their name, key, paper or family, and fit
    the filters; in the order of the registry."""
    chosen = [FILTERS[one] for one in only]
    wanted = search.casefold().split()
    return [
        key
        for key, spec in xai.METHODS.items()
        if all(word in _text(spec) for word in wanted) and _fits(card(spec), chosen)
    ]


def _text(spec: MethodSpec) -> str:
    return f"{spec.label} {spec.key} {spec.paper} {spec.family}".casefold()


def _fits(one: Card, chosen: list[Filter]) -> bool:
    kinds = {part.kind for part in chosen}
    return all(any(part.fits(one) for part in chosen if part.kind == kind) for kind in kinds)
