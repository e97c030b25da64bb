"""Headlines that say first whether a control was beaten: a bump in the middle, noise, a random order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xai_core.metrics.paired import Gap


@dataclass(frozen=True)
class Held:
    """A map's value beside that of its control; `gap` is positive where the map is better."""

    label: str
    value: float
    control: float
    gap: Gap


def headline(held: Sequence[Held], control: str, measure: str, digits: int = 2) -> str:
    """Which maps beat the control on the measure, which cannot be told apart from it, and which are worse."""
    if any(one.gap.low != one.gap.low for one in held):
        listed = "; ".join(f"{one.label} {_pair(one, digits)}" for one in held)
        return f"Too few photographs to tell any map from {control} on {measure}: {listed}."
    better = [one for one in held if one.gap.above]
    worse = [one for one in held if one.gap.below]
    alike = [one for one in held if not one.gap.above and not one.gap.below]
    if better:
        listed = "; ".join(f"{one.label} {_numbers(one, digits)}" for one in better)
        said = f"Better than {control} on {measure}: {listed}."
    else:
        best = max(held, key=lambda one: one.gap.mean)
        start = f"{best.label} does not beat" if len(held) == 1 else "None of these maps beats"
        nearest = "" if len(held) == 1 else f"{best.label} comes nearest, "
        said = f"{start} {control} on {measure}: {nearest}{_numbers(best, digits)}."
    said += f" Cannot be told apart from it: {names([one.label for one in alike])}." if alike else ""
    return said + (f" Worse than it: {names([one.label for one in worse])}." if worse else "")


def counted(gap: Gap, pictures: str = "pictures", maps: int = 1) -> str:
    """How the intervals of `maps` maps count."""
    many = f"1 {pictures[:-1]}" if gap.pictures == 1 else f"{gap.pictures:,} {pictures}"
    if gap.low != gap.low:
        return f"{many}. An interval needs three photographs or more."
    together = f", and all {maps} hold together" if maps > 1 else ""
    if gap.photographs == gap.pictures:
        return f"{many}. The intervals are 95 % over them{together}."
    return (
        f"{many} of {gap.photographs:,} photographs. The intervals are 95 %{together}; they count "
        f"photographs, since {pictures} that share one do not speak independently."
    )


def names(labels: Sequence[str]) -> str:
    """A list in words."""
    return labels[0] if len(labels) == 1 else f"{', '.join(labels[:-1])} and {labels[-1]}"


def _pair(one: Held, digits: int) -> str:
    return f"{_fixed(one.value, digits)} against {_fixed(one.control, digits)}"


def _numbers(one: Held, digits: int) -> str:
    low, high = (f"{value:+.{digits}f}".replace("-", "−") for value in (one.gap.low, one.gap.high))
    return f"{_pair(one, digits)} (difference {low} to {high})"


def _fixed(value: float, digits: int) -> str:
    return f"{value:.{digits}f}".replace("-", "−")
