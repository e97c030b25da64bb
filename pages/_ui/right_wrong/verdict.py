"""What is different where a model errs, in words."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import numpy as np

from xai_core.metrics.groups import Difference, difference
from xai_core.metrics.paired import apart

SURE = 0.05  # p, made larger for several questions, below which a difference counts
WORDS = {  # of the maps of wrong answers: where the measure is smaller, and where it is larger
    "concentration": ("less concentrated", "more concentrated"),
    "offset": ("nearer to the centre", "further from the centre"),
    "edge": ("less at the edge", "more at the edge"),
}


def compared(values: np.ndarray, right: np.ndarray, photographs: Sequence[Collection[str]]) -> Difference:
    """Right minus wrong. Where pictures share photographs, interval and p count these (`paired.apart`)."""
    found = difference(values[right], values[~right])
    if not shared(photographs):
        return found
    gap = apart(values, right, photographs)
    return replace(found, low=gap.low, high=gap.high, p=gap.p)


def shared(photographs: Sequence[Collection[str]]) -> bool:
    """Whether any picture holds a photograph that another one holds too."""
    held = [name for one in photographs for name in one]
    return len(set(held)) < len(held)


def finding(found: Mapping[str, tuple[float, float]], method: str) -> str:
    """What is more than chance; `found` holds right minus wrong, and its p, by measure."""
    if all(p != p for _, p in found.values()):
        return f"Too few photographs to say whether {method} lies otherwise where the model errs."
    said = [WORDS[measure][gap < 0] for measure, (gap, p) in found.items() if p < SURE]
    if not said:
        return f"Nothing about where {method} lies differs between right and wrong answers beyond chance."
    return f"Where the model errs, {method} is {' and '.join(said)}, beyond chance."


def counting(photographs: Sequence[Collection[str]]) -> str:
    """What interval and p count."""
    if not shared(photographs):
        return "from, to: 95 % interval of the difference (Welch); p: Mann and Whitney"
    count = len({name for one in photographs for name in one})
    return (
        f"from, to and p count the {count} photographs behind {len(photographs)} pictures, since pictures of "
        "one photograph do not speak independently"
    )
