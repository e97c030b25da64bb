"""What a search found, in sentences. Each says first whether the control was beaten."""

from __future__ import annotations

from .findings import Affected, Findings
from .planning import Cluster
from .verdicts import LEVEL, Result

# measured with planted cues: `python -m tests.benchmarks.spuriosity planted`
MISSED = "A cue that fewer than one picture in five of a class shows can be missed."
NAMES = ("taken out", "pasted", "beyond the class's own best parts")


def headline(found: Findings) -> str:
    """How many clusters beat their controls, and in how many classes."""
    tried, beaten = len(found.results), found.shortcuts
    classes = "1 class" if len(found.classes) == 1 else f"{len(found.classes)} classes"
    if not tried:
        return f"No cluster could be tried: in {classes} no two clusters have three pictures."
    unknown = sum(one.corrected != one.corrected for one in found.results)
    clusters = "1 cluster" if tried == 1 else f"{tried} clusters"
    if beaten:
        return (
            f"The interventions beat their controls in {len(beaten)} of {clusters} of {classes}: "
            + "; ".join(_where(found, one.cluster) for one in beaten)
            + "."
        )
    if unknown == tried:
        return f"Undecided: none of {clusters} of {classes} has enough different photographs for an interval."
    rest = f"; {unknown} had too few photographs" if unknown else ""
    return f"No control was beaten: no shortcut is found in {clusters} of {classes}{rest}. {MISSED}"


def _where(found: Findings, cluster: Cluster) -> str:
    return f"{found.classes[cluster.of].label}, {cluster.place.words}, {cluster.size} pictures"


def verdict(one: Result, label: str) -> str:
    """The verdict on a cluster, and what decided it."""
    place = one.cluster.place.words
    if one.corrected != one.corrected:
        return f"Undecided: too few different photographs for an interval ({place})."
    if one.shortcut:
        return (
            f"Controls beaten: pictures are answered {label} because of the region at the {place}. "
            f"{_pasting(one)} p after Holm: {_p(one.corrected)}."
        )
    held = [
        name
        for name, effect in zip(NAMES, one.effects, strict=True)
        if not (effect.margin.mean > 0 and effect.margin.p < LEVEL)
    ]
    if not held:
        return f"Controls not beaten after Holm's correction (p: {_p(one.corrected)}): {place}."
    return f"Control not beaten ({', '.join(held)}): no shortcut at the {place}."


def _pasting(one: Result) -> str:
    return (
        f"Pasted into {one.pasted.pictures} pictures of other classes it turns {_share(one.pasted.flips)}, "
        f"another region {_share(one.pasted.control_flips)}, the best parts of ordinary pictures "
        f"{_share(one.beyond.control_flips)}."
    )


def left(one: Affected) -> str:
    """The accuracy over the class, and what is left of it without the affected pictures."""
    count = len(one.table)
    said = f"{count} pictures are affected; {_share(one.every.share)} of the class is answered right"
    if one.without is not None and count:
        said += f", {_share(one.without.share)} of the {one.without.count} others"
    if one.repaired is not None:
        said += f", and {_share(one.repaired.share)} of the affected with the region taken out"
    return said + "."


def _share(value: float) -> str:
    return "–" if value != value else f"{100 * value:.0f}\u00a0%"


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"{value:.3f}"
