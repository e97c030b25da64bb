"""The results of a study, as they come in."""

from __future__ import annotations

import pandas as pd
import streamlit as st

import xai_core as xai
from xai_core import trust_study
from xai_core.escaping import in_html, in_markdown
from xai_core.figures import Favour, favour_lines, vote_bars
from xai_core.trust_study import Study, Summary

from .. import state
from ..results import database
from ..widgets import layout, look
from ..widgets.charts import chart
from . import data, guesses, host, verdict
from .take import nothing_here

EVERY = 5  # seconds
MOST_LINES = 30
FAVOURS = "← less accurate · mean score · more accurate →"


def show() -> None:
    """What the results' link opens."""
    found = database.store().for_results(state.get("results"))
    if found is None:
        nothing_here()
    else:
        number, study = found
        st.title("Trust study")
        layout.heading(study.title)
        host.links(state.get("results"))
        _live(number, study)
    st.button("New study", icon=":material/add:", type="tertiary", on_click=state.put, kwargs={"results": ""})


@st.fragment(run_every=EVERY)
def _live(number: int, study: Study) -> None:
    store = database.store()
    try:
        people, answers = store.participants(number), store.answers(number)
    except xai.InputError as error:
        st.error(in_markdown(error))
        return
    scores = trust_study.score_table(study, answers)
    total = trust_study.summary(scores)
    layout.say(_finding(study, total))
    layout.note("Right: shares of right answers, as the study was made with them.")
    if scores.empty:
        begun = f"{len(people)} of your group have begun." if len(people) else "Nobody has begun."
        layout.note(f"{begun} This page follows as answers come in.")
        return
    _numbers(study, people, scores, total)
    left, right = st.columns(2, gap="large")
    with left:
        layout.heading("All answers")
        better, worse = (data.names(study)[place] for place in (study.better, 1 - study.better))
        kinds = (
            f"{in_html(worse)}<br>clearly",
            "slightly",
            "equal",
            "slightly ",
            f"{in_html(better)}<br>clearly",
        )
        counts = list(trust_study.distribution(scores).values())
        chart(vote_bars(kinds, counts, look.accent(), look.quiet(), look.ink()), "study-answers")
    with right:
        layout.heading("By method")
        methods = trust_study.by_method(scores)
        rows = [_method_line(xai.METHODS[method].label, found) for method, found in methods.items()]
        chart(favour_lines(rows, FAVOURS, look.accent(), look.ink()), "study-methods")
    left, right = st.columns(2, gap="large")
    with left:
        _spread(
            scores, "participant", "By participant", dict(zip(people["number"], people["name"], strict=True))
        )
    with right:
        _spread(scores, "picture", "By picture", {})
    if study.guess_first:
        guesses.show(number, study, store.marks(number))
    _notes(people)
    csv = scores.to_csv(index=False)
    st.download_button("All answers as CSV", csv, "trust_study.csv", "text/csv", on_click="ignore")


def _finding(study: Study, total: Summary) -> str:
    """The page's sentence."""
    better, worse = (
        f"{data.names(study)[place]} ({100 * study.accuracy[place]:.1f} % right)"
        for place in (study.better, 1 - study.better)
    )
    return verdict.finding(better, worse, total)


def _numbers(study: Study, people: pd.DataFrame, scores: pd.DataFrame, total: Summary) -> None:
    """The figures in a row, and the width of the interval for which raters are counted."""
    finished = int((scores.groupby("participant").size() >= study.count).sum())
    interval = f"{layout.signed(total.low)} … {layout.signed(total.high)}" if total.low == total.low else "–"
    left, right = st.columns([6, 1.2], gap="medium", vertical_alignment="center")
    width = right.number_input(
        "Wanted interval",
        0.1,
        4.0,
        0.5,
        step=0.1,
        format="%.1f",
        help="How wide the 95 % interval may be: the number of raters needed is for this width.",
    )
    with left:
        needed = trust_study.raters_needed(scores, width)
        layout.numbers(
            **{
                "mean score": layout.signed(total.mean),
                "95 % interval": interval,
                "Krippendorff’s α": layout.fixed(trust_study.alpha(scores)),
                "raters needed": "–" if needed is None else str(needed),
                "answers": str(total.answers),
                "finished": f"{finished} of {len(people)}",
            }
        )


def _method_line(name: str, found: Summary) -> Favour:
    low, high = (found.mean, found.mean) if found.low != found.low else (found.low, found.high)
    return Favour(name, found.mean, low, high, f"{found.answers} answers")


def _spread(scores: pd.DataFrame, by: str, title: str, names: dict[int, str]) -> None:
    """Means with one standard deviation to each side; the variance on hover."""
    layout.heading(title)
    table = trust_study.spread(scores, by).sort_values("mean", ascending=False, kind="stable")
    rows = []
    for line in table.head(MOST_LINES).itertuples():
        key = getattr(line, by)
        name = in_html(names.get(key) or f"Participant {key + 1}") if by == "participant" else in_html(key)
        deviation = 0.0 if line.variance != line.variance else line.variance**0.5
        about = f"variance {layout.fixed(line.variance)}, {line.answers} answers"
        rows.append(Favour(name, line.mean, line.mean - deviation, line.mean + deviation, about))
    chart(favour_lines(rows, "Mean score ± one standard deviation", look.accent(), look.ink()), f"study-{by}")


def _notes(people: pd.DataFrame) -> None:
    said = people[people["note"] != ""]
    if not said.empty:
        layout.heading("What people added")
        names = [row.name or f"Participant {row.number + 1}" for row in said.itertuples(index=False)]
        frame = pd.DataFrame({"who": names, "what": said["note"].tolist()})
        st.dataframe(frame, hide_index=True, width="stretch")
