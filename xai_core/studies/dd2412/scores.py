"""What people said in the trust study of task 4: the mean score by method, and the difference of the two."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...methods import METHODS
from .. import verdicts
from .._recipe import Values
from ..outcome import Cell, Estimate

if TYPE_CHECKING:
    import pandas as pd

    from ...trust_study import Study


def table_of(study: Study, given: Values) -> tuple[tuple[tuple[Cell, ...], ...], dict[str, Estimate]]:
    """A line for each method, and the estimates by its key and for the difference of the two."""
    import pandas as pd

    from ...trust_study import by_method, score_table

    answers = pd.DataFrame({name: given[name].tolist() for name in given}).assign(name="", given=0.0)
    scores = score_table(study, answers)
    rows, estimates = [], {}
    for method, one in by_method(scores).items():
        rows.append((METHODS[method].label, one.mean, one.low, one.high, one.participants, one.answers))
        estimates[method] = Estimate(one.mean, one.low, one.high, one.participants, "participant")
    if len(study.methods) == 2:
        estimates["more"] = _difference(scores, *study.methods)
    return tuple(rows), estimates


def _difference(scores: pd.DataFrame, first: str, second: str) -> Estimate:
    """The mean difference of the two methods' scores, over the people who judged by both."""
    means = scores.pivot_table(index="participant", columns="method", values="score", aggfunc="mean")
    means = means.reindex(columns=[first, second])
    gap = verdicts.gap_of(means[first].tolist(), means[second].tolist())
    return Estimate(gap.value, gap.low, gap.high, gap.pictures, "participant")
