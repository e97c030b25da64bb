"""What a pin is, in words: how its map was made, and what sets it apart from another of the same title."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl

from ..direction import named, with_probability
from ..methods import METHODS
from ..models import find_model
from ..parameters import Param
from ..types import Explanation, InputError
from .pin import Pin
from .schema import MAX_TITLE

DIRECTED = ("counterfactual", "contrast")
PLAIN = "default settings"
_LINKED = ("model", "image", "layer", "target")  # of a chart's link, what may set it apart


def facts(pin: Pin) -> tuple[str, ...]:
    """How the result was made: class, method, layer, model, picture, and what was set; empty for a chart."""
    if pin.map is None:
        return ()
    e = pin.map.e
    layer = (e.layer,) if e.layer else ()
    where = (model_label(pin.map.model), pin.map.picture_name)
    return (with_probability(e, percent(e.probability)), method_label(e.method), *layer, *where, *settings(e))


def settings(e: Explanation) -> tuple[str, ...]:
    """What differs from the method's defaults: "without ReLU", "window 4", "seed 3". Its class says which
    way a map points."""
    known = {param.name: param for param in METHODS[e.method].params} if e.method in METHODS else {}
    said = [
        _setting(known.get(name), name, value)
        for name, value in e.params.items()
        if value is not None and name not in DIRECTED and (name not in known or value != known[name].default)
    ]
    return (*said, *([f"seed {e.seed}"] if e.seed else []))


def told_apart(pin: Pin, others: Sequence[Pin]) -> Pin:
    """The pin under a title that none of the others has: what differs from those of its title is added, and a
    number where nothing does."""
    taken = {other.title for other in others}
    if pin.title not in taken:
        return pin
    mine = _details(pin)
    theirs = [_details(other) for other in others if other.title == pin.title]
    added = [word for name, word in mine.items() if word and any(t.get(name) != word for t in theirs)]
    wanted = ", ".join([pin.title, *added])
    title, number = wanted[:MAX_TITLE], 1
    while title in taken:
        number += 1
        title = f"{wanted[: MAX_TITLE - 6]} ({number})"
    return dataclasses.replace(pin, title=title)


def method_label(key: str) -> str:
    """A method's name for people; its key where this version does not have it."""
    return METHODS[key].label if key in METHODS else key


def model_label(key: str) -> str:
    """A model's name for people; its key where this machine does not know it."""
    try:
        return find_model(key).label
    except InputError:
        return key


def percent(value: float) -> str:
    """A probability with sensible digits."""
    if 0 < value < 0.001:
        return "< 0.1\u00a0%"
    return f"{100 * value:.{0 if value >= 0.1 else 1}f}\u00a0%"


def _setting(param: Param | None, name: str, value: Any) -> str:
    if name == "relu":
        return "with ReLU" if value else "without ReLU"
    title = ((param.label if param else "") or name.replace("_", " ")).lower()
    if isinstance(value, bool):
        return title if value else f"without {title}"
    return f"{title} {value:g}" if isinstance(value, float) else f"{title} {value}"


def _details(pin: Pin) -> dict[str, str]:
    """What can set a pin apart, by name."""
    if pin.map is None:
        linked = dict(parse_qsl(pin.link))
        found = {name: linked[name].removeprefix("upload:") for name in _LINKED if name in linked}
        return {
            name: word if name in ("model", "image") else f"{name} {word}" for name, word in found.items()
        }
    e = pin.map.e
    return {
        "settings": ", ".join(settings(e)) or PLAIN,
        "about": "" if named(e) == e.label else named(e),
        "layer": e.layer or "",
        "class": named(e) if named(e) != e.label else f"class {e.target}",
        "model": model_label(pin.map.model),
        "picture": pin.map.picture_name,
    }
