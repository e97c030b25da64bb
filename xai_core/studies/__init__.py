"""Classic studies from beginning to end: recipes that are run, and whose results become a report.

A recipe is one file here and one line in STUDIES. `_recipe` says what it is made of, `runner` does it, and
`report_html`, `report_zip`, `report_markdown` and `notebook` write what came out."""

from __future__ import annotations

from ..types import InputError
from . import assignment4, cifar10, csep590b, dd2412, layers
from ._recipe import Recipe

_RECIPES = (cifar10.RECIPE, assignment4.RECIPE, dd2412.RECIPE, layers.RECIPE, csep590b.RECIPE)
STUDIES: dict[str, Recipe] = {recipe.key: recipe for recipe in _RECIPES}


def find_study(key: str) -> Recipe:
    """The study of that name; raises InputError for any other."""
    if key not in STUDIES:
        raise InputError(f"There is no study {key!r}; the studies are {', '.join(STUDIES)}.")
    return STUDIES[key]


__all__ = ["STUDIES", "Recipe", "find_study"]
