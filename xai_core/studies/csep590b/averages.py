"""What part 4 shows of all pictures: average curves, areas, and which differences are larger than chance."""

from __future__ import annotations

from .. import verdicts
from .._recipe import Bench, Found
from ..clauses import about
from ..drawing import mean_chart
from ..outcome import Cell, Figure, Outcome, Table
from .curves import CHANCE, METHODS, areas, stacked


def conclude_mean(which: str, key: str, bench: Bench, found: Found) -> Outcome:
    """The average curves, their areas, and whether each method beats a random order."""
    each = areas(found, which)
    rows = []
    for name, values in each.items():
        mean = verdicts.mean_of(values.tolist())
        rows.append((name, mean.value, mean.low, mean.high, mean.pictures))
    estimates = {
        f"{which}.{method}": verdicts.gap_of(each[name].tolist(), each[CHANCE].tolist())
        for method, name in METHODS.items()
    }
    measure = f"the area under the {which} curve"
    clauses = tuple(
        about(
            "larger", {"measure": measure, "one": name, "other": "a random order"}, each[name], each[CHANCE]
        )
        for name in METHODS.values()
    )
    caption = f"Average {which} curves over {len(found)} pictures, with bands of one standard error."
    columns = ("order of", "mean area", "from", "to", "pictures")
    return Outcome(
        (
            Figure(key, caption, chart=mean_chart(stacked(found, which))),
            Table(key, "Mean areas with their 95 % intervals.", columns, tuple(rows)),
        ),
        estimates,
        clauses,
    )


def conclude_insertion(bench: Bench, found: Found) -> Outcome:
    """Figure 4d."""
    return conclude_mean("insertion", "4d", bench, found)


def conclude_deletion(bench: Bench, found: Found) -> Outcome:
    """Figure 4e."""
    return conclude_mean("deletion", "4e", bench, found)


def conclude_areas(bench: Bench, found: Found) -> Outcome:
    """Every picture's areas, and the methods compared with one another, picture by picture."""
    both = {which: areas(found, which) for which in ("insertion", "deletion")}
    rows = list[tuple[Cell, ...]]()
    for place, step in enumerate(found):
        numbers = [float(both[which][name][place]) for which in both for name in METHODS.values()]
        rows.append((bench.examples[step.picture].name, *numbers))
    columns = ("picture", *(f"{which}, {name}" for which in both for name in METHODS.values()))
    pairs = [(a, b) for n, a in enumerate(METHODS.values()) for b in list(METHODS.values())[n + 1 :]]
    clauses = tuple(
        about(
            "larger", {"measure": f"the area under the {which} curve", "one": a, "other": b}, each[a], each[b]
        )
        for which, each in both.items()
        for a, b in pairs
    )
    return Outcome((Table("4f", "Areas by picture and method.", columns, tuple(rows)),), clauses=clauses)
