"""What taking parts out of a picture shows, in words: the control decides."""

from __future__ import annotations

from ..widgets.layout import percent

NOTICEABLE = 0.05  # a change of probability that counts as one
RARE = 0.05  # of random places, that may do as much while a region still counts as special
FEW = 0.2  # of random places, at which an answer may flip as well while the map's region still counts


def flip(before: str, after: str | None, share: float, flipped: int, draws: int) -> str:
    """Whether taking out what the map points at flips the answer sooner than random places of the same area.
    `share` is the per cent taken out where it flips, or (without `after`) the most that was; `flipped` of
    `draws` random places flip it too by then."""
    if after is None:
        start = f"Up to {share:.0f} % taken out, the answer stays {before}"
        if not flipped:
            return f"{start}; so it does at random places of the same area."
        return f"{start}, although it flips at {flipped} of {draws} random places of the same area."
    start = f"Once {share:.0f} % of the picture is taken out, the answer flips from {before} to {after}"
    if flipped <= FEW * draws:
        return (
            f"{start}. Random places of the same area do that in {flipped} of {draws}: what the map shows "
            "matters."
        )
    return (
        f"{start}, but random places of the same area do that too, in {flipped} of {draws}: that is no proof "
        "for the map."
    )


def measured(drop: float) -> str:
    """What the probability did without a region: falls, rises or stays."""
    return "falls" if drop > NOTICEABLE else "rises" if drop < -NOTICEABLE else "stays"


def region(expected: str, before: float, after: float, rarer: float) -> str:
    """What was measured, against what was expected and against chance. `rarer` is the share of random places
    of the same area that move the probability at least as far the same way."""
    found = measured(before - after)
    start = "As expected" if found == expected else "Not as expected"
    if found == "stays":
        end = "This region alone hardly matters to the class."
    elif rarer <= RARE:
        end = f"Only {percent(rarer)} of random places of the same area do as much: the region matters."
        end = end.replace("Only 0.0\u00a0%", "None")
    else:
        end = f"But {percent(rarer)} of random places of the same area do as much: no more than chance."
    return f"{start}: {percent(before)} → {percent(after)}. {end}"
