"""Whether an order of superpixels beats a random one, in words."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

import xai_core as xai
from xai_core.metrics.paired import Gap, paired

from ..widgets.versus import counted, names

CLEAR = 0.1  # of the score; on one picture the areas of two random orders differ by 0.03 to 0.05 (one s.d.)


def one_picture(labels: Sequence[str], found: Sequence[xai.Curves]) -> str:
    """The maps of one picture against the random order that comes last in `found`. Areas of logits have no
    scale, so CLEAR is then a share of how far the random curves reach."""
    chance = found[-1]
    clear = CLEAR * (1.0 if chance.score == "probability" else float(np.ptp(chance.insertion)))
    better: list[tuple[str, xai.Curves]] = []
    worse: list[tuple[str, xai.Curves]] = []
    alike: list[tuple[str, xai.Curves]] = []
    for label, one in zip(labels, found, strict=False):
        gains = (one.insertion_auc - chance.insertion_auc, chance.deletion_auc - one.deletion_auc)
        sort = _sorted_into(gains, clear)
        {"better": better, "worse": worse, "alike": alike}[sort].append((label, one))
    if better:
        listed = "; ".join(f"{label} ({_areas(one, chance)})" for label, one in better)
        said = f"Ahead of a random order on this picture: {listed}."
    else:
        said = "No map is clearly ahead of a random order on this picture."
    said += f" Hardly to be told from it: {names([row[0] for row in alike])}." if alike else ""
    return said + (f" Behind it: {names([row[0] for row in worse])}." if worse else "")


def _sorted_into(gains: tuple[float, float], clear: float) -> str:
    """Better where one curve is clearly ahead and the other is not behind; worse the other way round."""
    if max(gains) >= clear and min(gains) >= 0:
        return "better"
    return "worse" if min(gains) <= -clear and max(gains) <= 0 else "alike"


def _areas(one: xai.Curves, chance: xai.Curves) -> str:
    return (
        f"insertion {one.insertion_auc:.2f} against {chance.insertion_auc:.2f}, "
        f"deletion {one.deletion_auc:.2f} against {chance.deletion_auc:.2f}"
    ).replace("-", "−")


def gaps(
    areas: Sequence[Sequence[xai.Curves]], photographs: Sequence[Collection[str]] | None = None
) -> list[tuple[Gap, Gap]]:
    """For each map, over pictures (rows; the random order comes last): by how much insertion is larger and
    deletion smaller than for the random order, all intervals together at 95 %."""
    maps = len(areas[0]) - 1
    insertion = np.array([[one.insertion_auc for one in row] for row in areas])
    deletion = np.array([[one.deletion_auc for one in row] for row in areas])
    return [
        (
            paired(insertion[:, n], insertion[:, -1], photographs, 2 * maps),
            paired(deletion[:, -1], deletion[:, n], photographs, 2 * maps),
        )
        for n in range(maps)
    ]


def whole_set(labels: Sequence[str], found: Sequence[tuple[Gap, Gap]]) -> tuple[str, str]:
    """The finding over a set, and how its intervals count."""
    note = counted(found[0][0], "pictures", 2 * len(found)).replace(f"all {2 * len(found)}", "all")
    if any(gap.low != gap.low for pair in found for gap in pair):
        return "Too few photographs to tell any map from a random order.", note
    kinds = [_kind(pair) for pair in found]
    better = [(label, pair) for label, pair, kind in zip(labels, found, kinds, strict=True) if kind == "both"]
    if better:
        listed = "; ".join(
            f"{label} (insertion {_span(i)}, deletion {_span(d, -1)})" for label, (i, d) in better
        )
        said = f"Better than a random order on both curves: {listed}."
    else:
        said = "None of these maps beats a random order on both curves."
    for kind, words in (
        ("insertion", "On insertion alone"),
        ("deletion", "On deletion alone"),
        ("neither", "Cannot be told apart from it"),
        ("worse", "Worse than it"),
    ):
        own = [label for label, own_kind in zip(labels, kinds, strict=True) if own_kind == kind]
        said += f" {words}: {names(own)}." if own else ""
    return said, note


def _kind(pair: tuple[Gap, Gap]) -> str:
    insertion, deletion = pair
    if insertion.below or deletion.below:
        return "worse"
    if insertion.above and deletion.above:
        return "both"
    return "insertion" if insertion.above else "deletion" if deletion.above else "neither"


def _span(gap: Gap, sign: int = 1) -> str:
    low, high = sorted((sign * gap.low, sign * gap.high))
    return f"{low:+.2f} to {high:+.2f}".replace("-", "−")
