"""What a ranking found, in sentences. The first says which methods beat the random map; each follows from the
numbers of the ranking and from nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..evaluation.plan import CHANCE
from .directions import label_of as metric_label
from .plan import UNTIL
from .result import Ranking
from .standing import Standing


def headline(found: Ranking) -> str:
    """Which methods beat the random map, on every metric and on some."""
    control = found.plan.control
    rows = [n for n, name in enumerate(found.plan.rows) if name != CHANCE]
    if not rows:
        return "There is no method beside the random map."
    held = [one for one in found.standings if one.counts[control]]
    if not held:
        return "The random map has no value on what was measured, so no method is held against a control."
    won = {n: sum(bool(one.better[n, control]) for one in held) for n in rows}
    metrics = len(held)
    on_all = [found.labels[n] for n in rows if won[n] == metrics]
    on_some = [found.labels[n] for n in rows if 0 < won[n] < metrics]
    on_none = [found.labels[n] for n in rows if not won[n]]
    where = f"on {metric_label(held[0].metric)}" if metrics == 1 else f"on all {metrics} metrics"
    if not on_all and not on_some:
        kind = "any metric" if metrics > 1 else metric_label(held[0].metric)
        return f"No method is shown to beat the random map on {kind}."
    said = (
        f"Better than the random map {where}: {listed(on_all)}."
        if on_all
        else f"No method is shown to beat the random map {where}."
    )
    said += f" On some of them: {listed(on_some)}." if on_some else ""
    return said + (f" Not shown to be better: {listed(on_none)}." if on_none else "")


def on_metric(found: Ranking, one: Standing) -> str:
    """The random map first, then who leads, on one metric."""
    control = found.plan.control
    others = [n for n in map(int, one.order) if found.plan.rows[n] != CHANCE and one.counts[n]]
    better = [n for n in others if one.better[n, control]]
    worse = [n for n in others if one.better[control, n]]
    start = f"{metric_label(one.metric)}: {len(better)} of {len(others)} methods beat the random map"
    if not one.counts[control]:
        start = f"{metric_label(one.metric)}: the random map has no value, so nothing is held against it"
    said = start + (f", and {_names(found, worse)} {_are(worse)} worse than it. " if worse else ". ")
    first = [n for n in map(int, one.order) if one.rank_low[n] == 1 and one.counts[n]]
    if len(first) == 1:
        return said + f"{found.labels[first[0]]} is better than all others."
    if len(first) == sum(one.counts > 0):
        return said + "No two methods are told apart."
    return said + f"First may be any of {_names(found, first)}: none is shown to be better than these."


def ended(found: Ranking) -> str:
    """How many pictures it took, and what is left open."""
    pictures, budget = found.pictures + found.failed, found.budget
    open_pairs, pairs = undecided(found)
    wanted = UNTIL[found.plan.until]
    many = count(pictures, "picture")
    said = f"Decided after {many} of at most {budget:,}: {wanted}." if found.settled else ""
    if not found.settled:
        said = f"Not decided with {many}, all that may be drawn. Asked was that {wanted}."
    if open_pairs:
        said += f" {open_pairs} of {count(pairs, 'pair')} cannot be told apart."
    if found.photographs < found.pictures:
        said += f" They show {count(found.photographs, 'independent photograph')}, which the tests count."
    return said + (f" {count(found.failed, 'picture')} could not be measured." if found.failed else "")


def undecided(found: Ranking) -> tuple[int, int]:
    """How many pairs over all metrics are not told apart, and how many there are."""
    rows = range(len(found.plan.rows))
    asked = [(one, i, j) for one in found.standings for i in rows for j in rows if i < j]
    return sum(not one.apart(i, j) for one, i, j in asked), len(asked)


def method(found: Ranking) -> str:
    """How the tests were made, for people."""
    level = f"{100 * found.plan.confidence:g} %"
    looks = len(found.looks)
    taken = f"{looks} looks at most, each with an equal share of the error" if looks > 1 else "one look"
    return (
        f"Paired bootstrap over pictures; Holm's correction over all pairs and metrics; {taken}. All pairs "
        f"told apart and all rank intervals hold together with {level}, and so do, as a family of their own, "
        "all intervals of differences. Those are a little wider than the test, so that a pair told apart may "
        "have one that just reaches zero. Methods that share a letter cannot be told apart; that is not the "
        "same as equal, and a letter that two methods share with a third says nothing about the two."
    )


def disagreements(found: Ranking) -> list[str]:
    """Where metrics put methods into opposite orders, and how far they agree; nothing for one metric."""
    said = []
    for one in found.agreements:
        a, b = metric_label(one.first), metric_label(one.second)
        if one.tau != one.tau:
            continue
        line = f"{a} and {b}: Kendall's tau {number(one.tau)} (from {number(one.low)} to {number(one.high)})"
        if one.contradictions:
            shown = [f"{found.labels[i]} above {found.labels[j]}" for i, j in one.contradictions]
            said.append(f"{line}. They contradict each other: {a} puts {listed(shown)}, {b} the reverse.")
        else:
            said.append(f"{line}. No pair is told apart in opposite directions.")
    return said


def number(value: float, digits: int = 2) -> str:
    """A number with fixed digits and a true minus; a dash where there is none."""
    if value != value:
        return "–"
    text = f"{value:.{digits}f}"
    return (text.lstrip("-") if float(text) == 0 else text).replace("-", "−")


def span(low: float, high: float, digits: int = 3) -> str:
    """An interval, or what stands in its place."""
    return "no interval" if low != low else f"{number(low, digits)} to {number(high, digits)}"


def ranks(one: Standing, n: int) -> str:
    """ "1 to 3", or "1"; a dash for a method without a value."""
    low, high = int(one.rank_low[n]), int(one.rank_high[n])
    if not one.counts[n]:
        return "–"
    return str(low) if low == high else f"{low}\u00a0to\u00a0{high}"


def count(many: int, what: str) -> str:
    """ "1 picture", "2,000 pictures"."""
    return f"{many:,} {what}{'' if many == 1 else 's'}"


def listed(names: Sequence[str]) -> str:
    """A list in words."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _names(found: Ranking, rows: Iterable[int]) -> str:
    return listed([found.labels[n] for n in rows])


def _are(rows: Sequence[int]) -> str:
    return "is" if len(rows) == 1 else "are"
