"""What can be said of named units, in words. 'Because' is never said without switching units off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..widgets.layout import percent

CHANCE = 0.01  # the share of units that answer at random and yet pass (`xai_core.concepts.chance`)
TIMES = 2.0  # as many as chance gives, which units must pass at least, or their names are guesses
FEW = 3  # photographs, below which a name rests on too few to be one
NOTICEABLE = 0.02  # a change of probability that counts as one
RARE = 0.1  # of other units switched off as a control, that may change the answer as well


def guesses(passed: int, units: int) -> bool:
    """Whether hardly more units are named above chance than chance gives."""
    return passed < TIMES * CHANCE * units


def all_units(units: int, passed: int, concepts: int, photographs: int) -> str:
    """The finding over all units, named by similarity."""
    by_chance = CHANCE * units
    shown = f"{photographs:,} photographs"
    if guesses(passed, units):
        return (
            f"The names are guesses: {passed:,} of {units:,} units pass, and chance alone gives about "
            f"{by_chance:.0f}. {shown} are too few to name these units."
        )
    return (
        f"{passed:,} of {units:,} units are named better than chance, which gives about {by_chance:.0f}; "
        f"they name {concepts:,} concepts. Shown were {shown}."
    )


def by_masks(units: int, passed: int, concepts: int) -> str:
    """The finding of Network Dissection, whose threshold is an overlap and no chance."""
    if not passed:
        return f"None of {units:,} units overlaps with a concept's masks by an IoU of 0.04 or more."
    return f"{passed:,} of {units:,} units overlap with masks by an IoU above 0.04: {concepts:,} concepts."


def one_unit(layer: str, unit: int, name: str, good: bool, photographs: int) -> str:
    """What a unit may be called, and on what that rests."""
    rests = "1 photograph" if photographs == 1 else f"{photographs} different photographs"
    if not good:
        return f"Unit {unit} of {layer} may answer to {name}, but the name is a guess: it rests on {rests}."
    if photographs < FEW:
        return f"Unit {unit} of {layer}: {name}, by its answers to {rests} only."
    return f"Unit {unit} of {layer}: {name}. The name rests on {rests}."


@dataclass(frozen=True)
class Off:
    """What switching units off did: the answer before and after by name, the probability of the class that is
    explained, and how many of the control's draws (as many other units) changed the answer too."""

    answer: tuple[str, str]
    target: tuple[float, float]
    control_changed: int
    control_draws: int


def speaking(target: str, units: Sequence[tuple[str, float, int, bool]]) -> str:
    """What the units switched off are: name, share of what speaks for the class, photographs behind the name,
    and whether the name is better than chance."""
    parts = []
    for name, share, photographs, good in units:
        rests = "1 photograph" if photographs == 1 else f"{photographs} photographs"
        kind = "" if good else "a guess, "
        parts.append(f"{name} ({percent(share)}; {kind}{rests})")
    one = len(units) == 1
    return (
        f"The unit that speaks most for {target}"
        if one
        else f"The {len(units)} units that speak most for {target}"
    ) + f", with {'its' if one else 'their'} share of all that speaks for it: {'; '.join(parts)}."


def effect(target: str, count: int, off: Off) -> str:
    """What becomes of the answer without them, beside as many other units."""
    without = "Without this unit" if count == 1 else f"Without these {count} units"
    before, after = off.answer
    change = f"{target} goes from {percent(off.target[0])} to {percent(off.target[1])}"
    control = f"{off.control_changed} of {off.control_draws} draws of as many other units"
    changes = "changes" if off.control_changed == 1 else "change"
    if before == after:
        moved = off.target[0] - off.target[1]
        weight = "it does not rest on them alone" if moved > NOTICEABLE else "it does not rest on them"
        return f"{without} the answer stays {after} ({change}): {weight}."
    if off.control_changed > RARE * off.control_draws:
        return (
            f"{without} the answer becomes {after} ({change}), but {control} {changes} it too: "
            "that shows nothing about these."
        )
    return (
        f"The answer is {before} because of these units: without them it becomes {after} ({change}); "
        f"{control} {changes} it."
    )
