"""What the checks of a map have shown, in words. All speak of one picture."""

from __future__ import annotations

from collections.abc import Mapping

from xai_core.metrics import sanity

from ..widgets.versus import names

ALIKE, UNLIKE = 0.9, 0.7  # mean rank correlations of seeds: nearly the same map, another map
LOST = 0.05  # of fidelity, by which a map must be ahead of noise


def badges(ranks: Mapping[str, float], where: str, prompts: bool = False) -> str:
    """How many of the maps change when weights are drawn anew, or `prompts` are replaced by nonsense; `where`
    is "a random head" or the like."""
    source = "the prompt" if prompts else "what was learned"
    kinds = {label: sanity.verdict(rank) for label, rank in ranks.items()}
    hardly = [label for label, kind in kinds.items() if kind == "hardly changes"]
    part = [label for label, kind in kinds.items() if kind == "changes in part"]
    clear = [label for label, kind in kinds.items() if kind == "changes"]
    said = []
    if hardly:
        one = len(hardly) == 1
        verb, it = ("hardly changes", "it shows") if one else ("hardly change", "they show")
        said.append(f"{names(hardly)} {verb} under {where}: {it} the picture, not {source}.")
    if part:
        said.append(f"{names(part)} {'changes' if len(part) == 1 else 'change'} in part.")
    if clear:
        passed = f"{names(clear)} {'changes' if len(clear) == 1 else 'change'} clearly"
        said.append(f"{passed}." if said else f"{passed} under {where}, as a map of {source} must.")
    return " ".join(said) or "No map can be judged: all are flat."


def cascade(last: Mapping[str, float], cascading: bool) -> str:
    """What is left of the maps: with `cascading` once all weights are random, else the most that any single
    random stage leaves unchanged (the lowest value over the stages)."""
    start = "With all weights random" if cascading else "With the one stage random that matters most"
    kept = [label for label, value in last.items() if value >= sanity.HARDLY]
    gone = [label for label, value in last.items() if value < sanity.CLEARLY]
    part = [label for label, value in last.items() if sanity.CLEARLY <= value < sanity.HARDLY]
    said = [
        f"{names(kept)} {'still looks' if len(kept) == 1 else 'still look'} like the trained one"
        if kept
        else "",
        f"{names(part)} {'keeps' if len(part) == 1 else 'keep'} a part of it" if part else "",
        f"nothing is left of {names(gone)}" if gone else "",
    ]
    return f"{start}, {'; '.join(filter(None, said)) or 'the maps are flat'}."


def seeds(label: str, rank: float, count: int) -> str:
    """How stable a random method is."""
    if rank != rank:
        return f"{label}: a map is flat, so nothing can be said."
    if rank >= ALIKE:
        return f"{label} is stable: {count} seeds give nearly the same map."
    if rank >= UNLIKE:
        return f"{label} is stable in part: {count} seeds agree on the large, not on the small."
    return f"{label} is not stable: another seed gives another map. Draw more samples."


def fidelity(drops: Mapping[str, float], noise: float) -> str:
    """Which maps highlight what matters more than noise does: falls of the probability when what is
    highlighted is blacked out."""
    ahead = [label for label, drop in drops.items() if drop > noise + LOST]
    behind = [label for label, drop in drops.items() if drop < noise - LOST]
    alike = [label for label in drops if label not in (*ahead, *behind)]
    said = (
        f"Ahead of noise in fidelity on this picture: {names(ahead)}."
        if ahead
        else ("No map is ahead of noise in fidelity on this picture.")
    )
    said += f" Hardly to be told from it: {names(alike)}." if alike else ""
    return said + (f" Behind it: {names(behind)}." if behind else "")
