"""Which way a map points, in words: for captions, titles, names of files and the ends of colour bars.

A map explains the score of one class. With `counterfactual` it explains the negated score, so that its
positive values speak against the class; with `contrast` it explains the logit of one class minus that of
another. None of these words depends on a page, so a notebook and a board say the same."""

from __future__ import annotations

from .types import NO_CLASS, Explanation


def negated(e: Explanation) -> bool:
    """Whether positive values speak against the class."""
    return bool(e.params.get("counterfactual"))


def other(e: Explanation) -> str:
    """The label of the class that the map sets its class against; "" where there is none."""
    index = e.params.get("contrast")
    return "" if index is None else e.versus or f"class {index}"


def named(e: Explanation, after: str = "") -> str:
    """What the map is about: "tiger cat", "against tiger cat", "for tiger cat and not tabby". `after` follows
    the name of the explained class, for its index or its probability."""
    label = f"{e.label} {after}" if after else e.label
    if other(e):
        return f"for {other(e)} and not {label}" if negated(e) else f"for {label} and not {other(e)}"
    return f"against {label}" if negated(e) else label


def with_probability(e: Explanation, percent: str) -> str:
    """`named` with the probability of the class, in brackets where the map points another way: it is not the
    probability of the opposite. A score of one's own has none."""
    if e.target == NO_CLASS:
        return named(e)
    return named(e, percent if named(e) == e.label else f"({percent})")


def ends(e: Explanation) -> tuple[str, str]:
    """What the low and the high end of the colour bar mean. Both are "" for a map that says no more than how
    much a place counts, and for one that is drawn at random."""
    if e.method == "random":
        return "", ""
    down, up = (f"for {other(e)}", f"for {e.label}") if other(e) else ("lowers", "raises")
    low, high = (up, down) if negated(e) else (down, up)
    if e.signed:
        return low, high
    return "", high if negated(e) or other(e) else ""


def slug(e: Explanation) -> str:
    """The same for the name of a file: "282", "against_282", "282_not_281"."""
    contrast = e.params.get("contrast")
    explained = "score" if e.target == NO_CLASS else str(e.target)
    pair = [explained] if contrast is None else [explained, "not", str(contrast)]
    if negated(e):
        pair = ["against", *pair] if contrast is None else pair[::-1]
    return "_".join(pair)


def reading(e: Explanation, high: str, low: str) -> str:
    """What the two colours of a signed map mean, in a sentence; `high` and `low` are their names. "" for a
    map without signs, and for one whose values mean nothing."""
    down, up = ends(e)
    if not e.signed or not up:
        return ""
    if other(e):
        return f"{high} speaks {up}, {low} speaks {down}; places without colour count for neither."
    return (
        f"{high} marks what {up} the score of {e.label}, {low} what {down} it; places without colour hardly "
        "change it."
    )
