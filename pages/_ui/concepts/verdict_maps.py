"""What can be said of concept maps and of tested concepts. Each headline first says whether the control was
beaten."""

from __future__ import annotations

from collections.abc import Sequence

from xai_core.concepts import Importance, Tcav

from ..widgets.layout import fixed, percent

TIMES = 2.0  # the variance that shuffled channels explain, which concepts must explain at least


def beats_shuffled(explained: float, by_chance: float) -> bool:
    """Whether the concepts explain clearly more than those of shuffled channels."""
    return explained > TIMES * max(by_chance, 0.0)


def found(count: int, explained: float, by_chance: float, alike: float) -> str:
    """How good a factorization is, beside its control."""
    more = beats_shuffled(explained, by_chance)
    said = "The control is beaten" if more else "The control is not beaten"
    joined = "only " if more else ""
    return (
        f"{said}: {count} concepts explain {percent(explained)} of what varies in the layer, and {joined}"
        f"{percent(max(by_chance, 0.0))} where its channels are shuffled. Random starts find the same "
        f"concepts with a mean cosine of {fixed(alike)}."
    )


def answer(found: Importance) -> str:
    """Whether the concepts alone give the network's answer."""
    whole, alone = found.answer[0], found.rebuilt[0]
    if whole.index == alone.index:
        return (
            f"From the concepts alone the network also answers {whole.label} ({percent(alone.probability)})."
        )
    return (
        f"From the concepts alone the network answers {alone.label} ({percent(alone.probability)}) and not "
        f"{whole.label}: the concepts leave out a part that the answer needs."
    )


def without(found: Importance, names: Sequence[str]) -> str:
    """What becomes of that answer without the most important concept, and without each other one."""
    first = max(range(len(names)), key=lambda k: found.values[k])
    alone, gone = found.rebuilt[0], found.without[first][0]
    others = [one[0].index != alone.index for k, one in enumerate(found.without) if k != first]
    control = _others(sum(others), len(others))
    if gone.index == alone.index:
        return f"Without {names[first]}, the most important, the answer stays {alone.label}; {control}."
    return (
        f"Without {names[first]}, the most important, the answer becomes {gone.label} "
        f"({percent(gone.probability)}); {control}."
    )


def _others(count: int, of: int) -> str:
    """How many of the other concepts change the answer too."""
    if of == 1:
        return f"the other one, left out alone, {'changes it too' if count else 'does not change it'}"
    return f"of the {of} others, left out alone, {count or 'none'} {'change' if count > 1 else 'changes'} it"


def tested(found: Tcav, target: str) -> str:
    """Which concepts differ from random sets of pictures."""
    sets, count = len(found.control), len(found.concepts)
    passed = [one for one in found.concepts if one.beats_control]
    if not passed:
        none = "The concept does not beat" if count == 1 else f"None of the {count} concepts beats"
        return (
            f"{none} the control: {sets} random sets of pictures score as far apart (corrected p of 0.05 or "
            f"more). Nothing is shown about {target}."
        )
    middle = sum(found.control) / sets
    parts = [
        f"towards {one.name} the logit of {target} {'rises' if one.score > middle else 'falls'} more often "
        f"(score {fixed(one.score)}, random sets {fixed(middle)} on average)"
        for one in passed
    ]
    beat = "beats" if len(passed) == 1 else "beat"
    return f"{len(passed)} of {count} concepts {beat} the control of {sets} random sets: {'; '.join(parts)}."
