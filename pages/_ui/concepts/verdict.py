"""What can be said of named units, in words. 'Because' is never said without switching units off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..widgets.layout import fixed, percent
from .words import Words, one

CHANCE = 0.01  # the share of units that answer at random and yet pass (`xai_core.concepts.chance`)
TIMES = 2.0  # as many as chance gives, which units must pass at least, or their names are guesses
FEW = 3  # photographs, below which a name rests on too few to be one
NOTICEABLE = 0.02  # a change of probability that counts as one
OVERLAP = 0.04  # IoU with masks, from which on a unit bears their name (`concepts.network_dissection`)
UNITS = Words()
RARE = 0.1  # of other units switched off as a control, that may change the answer as well


def guesses(passed: int, units: int) -> bool:
    """Whether hardly more units are named above chance than chance gives."""
    return passed < TIMES * CHANCE * units


def all_units(units: int, passed: int, concepts: int, photographs: int, words: Words = UNITS) -> str:
    """The finding over all units, named by similarity."""
    by_chance = CHANCE * units
    shown = words.shown(photographs)
    if guesses(passed, units):
        return (
            f"The names are guesses: {passed:,} of {units:,} {words.units} pass, and chance alone gives "
            f"about {by_chance:.0f}. {shown} are too few to name these {words.units}."
        )
    return (
        f"{passed:,} of {units:,} {words.units} are named better than chance, which gives about "
        f"{by_chance:.0f}; they name {concepts:,} concepts. Shown were {shown}."
    )


def by_masks(units: int, passed: int, concepts: int, words: Words = UNITS) -> str:
    """The finding of Network Dissection, whose threshold is an overlap and no chance."""
    if not passed:
        return (
            f"None of {units:,} {words.units} overlaps with a concept's masks by an IoU of {OVERLAP} or more."
        )
    number = "1 concept" if concepts == 1 else f"{concepts:,} concepts"
    return f"{passed:,} of {units:,} {words.units} overlap with masks by an IoU above {OVERLAP}: {number}."


def silent(layer: str, unit: int) -> str:
    """Said of a unit that never changes."""
    return f"{_begun(layer, unit)} answers the same to every picture."


def one_unit(layer: str, unit: int, name: str, good: bool, photographs: int, words: Words = UNITS) -> str:
    """What a unit may be called, and on what that rests."""
    rests = f"1 {words.picture}" if photographs == 1 else f"{photographs} different {words.pictures}"
    said = _begun(layer, unit)
    if not good:
        return f"{said} may answer to {name}, but the name is a guess: it rests on {rests}."
    if photographs < FEW:
        return f"{said}: {name}, by its answers to {rests} only."
    return f"{said}: {name}. The name rests on {rests}."


def one_by_masks(layer: str, unit: int, name: str, good: bool, overlap: float) -> str:
    """What a unit may be called by its overlap (IoU) with masks."""
    said, value = _begun(layer, unit), fixed(overlap)
    if not good:
        return f"{said} has no name: it overlaps most with {name}, by an IoU of {value}; {OVERLAP} is needed."
    return f"{said}: {name}. Where it is most active, it overlaps with masks of {name} by an IoU of {value}."


def _begun(layer: str, unit: int) -> str:
    """The unit at the beginning of a sentence."""
    said = one(layer, unit)
    return said[0].upper() + said[1:]


@dataclass(frozen=True)
class Off:
    """What switching units off did: the answer before and after by name, the probability of the class that is
    explained, and how many of the control's draws (as many other units) changed the answer too."""

    answer: tuple[str, str]
    target: tuple[float, float]
    control_changed: int
    control_draws: int


def speaking(target: str, units: Sequence[tuple[str, float, int | None, bool]], words: Words = UNITS) -> str:
    """What the units switched off are: name, share of what speaks for the class, photographs behind the name
    (None where it is a matter of masks), and whether the name is better than chance."""
    parts = []
    for name, share, photographs, good in units:
        facts = ["" if good else "a guess", "" if photographs is None else words.shown(photographs)]
        known = ", ".join(filter(None, facts))
        parts.append(f"{name} ({percent(share)}{'; ' if known else ''}{known})")
    alone = len(units) == 1
    return (
        f"The {words.unit} that speaks most for {target}"
        if alone
        else f"The {len(units)} {words.units} that speak most for {target}"
    ) + f", with {'its' if alone else 'their'} share of all that speaks for it: {'; '.join(parts)}."


def effect(target: str, count: int, off: Off, words: Words = UNITS) -> str:
    """What becomes of the answer without them, beside as many other units."""
    without = f"Without this {words.unit}" if count == 1 else f"Without these {count} {words.units}"
    before, after = off.answer
    change = f"{target} goes from {percent(off.target[0])} to {percent(off.target[1])}"
    control = f"{off.control_changed} of {off.control_draws} draws of as many other {words.units}"
    changes = "changes" if off.control_changed == 1 else "change"
    them = "it" if count == 1 else "them"
    if before == after:
        moved = off.target[0] - off.target[1]
        weight = f"it does not rest on {them}{' alone' if moved > NOTICEABLE else ''}"
        return f"{without} the answer stays {after} ({change}): {weight}."
    these = f"this {words.unit}" if count == 1 else f"these {words.units}"
    comma = "," if count == 1 else ""
    if off.control_changed > RARE * off.control_draws:
        return (
            f"{without} the answer becomes {after} ({change}), but {control} {changes} it too: "
            f"that shows nothing about {'this one' if count == 1 else 'these'}."
        )
    return (
        f"The answer is {before} because of {these}: without {them}{comma} it becomes {after} ({change}); "
        f"{control} {changes} it."
    )
