"""The ranking as the page shows it: findings, rank intervals, tables, and what may be taken away."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from xai_core.figures.rank_intervals import RankRow, rank_intervals
from xai_core.ranking import words
from xai_core.ranking.chart import colour_of
from xai_core.ranking.directions import label_of
from xai_core.ranking.report import MEANS, PAIRS, means_rows, pair_rows, report_html
from xai_core.ranking.result import Ranking
from xai_core.ranking.standing import Standing

from ..widgets import layout, look, tables
from ..widgets.charts import chart


def show(found: Ranking) -> None:
    """The headline says first which methods beat the random map."""
    layout.say(words.headline(found))
    layout.note(words.ended(found))
    across = min(2, len(found.standings))
    for row in range(0, len(found.standings), across):
        columns = st.columns(across, gap="large")
        for column, one in zip(columns, found.standings[row : row + across], strict=False):
            with column:
                _metric(found, one)
    _disagreements(found)
    _pairs(found)
    st.download_button(
        "Report as HTML", lambda: report_html(found), "leaderboard.html", "text/html", on_click="ignore"
    )
    layout.note(words.method(found))


def _metric(found: Ranking, one: Standing) -> None:
    name = label_of(one.metric)
    layout.heading(f"{name}, {'larger' if one.sign > 0 else 'smaller'} is better")
    layout.note(words.on_metric(found, one))
    chart(rank_intervals(_rows(found, one), look.ink()), f"ranks-{one.metric}", f"Ranks by {name}")
    layout.caption(
        "Bar: ranks that are not ruled out", "dot: rank of the mean", "a shared letter: not told apart"
    )
    frame = pd.DataFrame(means_rows(found, one), columns=list(MEANS))
    shown = frame[["Method", "Rank", "Letters", "Mean", "Better than random by", "Passes a map"]]
    layout.grid_table(shown)
    tables.pin_table(frame, f"Ranking by {name}", f"means-{one.metric}")


def _rows(found: Ranking, one: Standing) -> list[RankRow]:
    return [
        RankRow(
            found.labels[n],
            colour_of(found.plan.rows[n]),
            int(one.rank_low[n]),
            int(one.rank_high[n]),
            place,
            one.letters[n],
        )
        for place, n in enumerate(map(int, one.order), 1)
        if one.counts[n]
    ]


def _disagreements(found: Ranking) -> None:
    said = words.disagreements(found)
    if not said:
        return
    layout.heading("Where the metrics disagree")
    layout.note(f"Kendall's W over the methods that look at the picture: {words.number(found.concordance)}")
    for line in said:
        layout.note(line)


def _pairs(found: Ranking) -> None:
    with st.expander("Every pair"):
        frame = pd.DataFrame(pair_rows(found), columns=list(PAIRS))
        tables.table(frame, "pairs", "Every pair", {}, whole=found.pairs(), csv="Pairs as CSV")
        layout.caption(f"Told apart: p after Holm is at most {found.look.alpha:.4g}, the share of this look")
