"""The verdict of a check: the sentence, its claims with their intervals, and how the intervals closed in."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from xai_core.escaping import in_markdown
from xai_core.figures import Curve, curves
from xai_core.testing import FAIL, PASS, REFUSED, UNDECIDED, Result, words
from xai_core.testing.gate import counted
from xai_core.testing.judging import BROKEN, HOLDS, OPEN
from xai_core.testing.junit import junit_xml
from xai_core.testing.report import report_html, reported
from xai_core.testing.spec import toml_of

from ..results import networks
from ..widgets import layout
from ..widgets.charts import chart

KINDS_OF_MARK = {PASS: "good", FAIL: "bad", UNDECIDED: "fair", REFUSED: "bad"}
STATES = {HOLDS: "✓ holds", BROKEN: "✗ does not hold", OPEN: "~ not settled"}
ACCENT, QUIET = "#0b6e99", "#8A9099"


def show(result: Result) -> None:
    """The headline, the claims, and the chart beside what the verdict is about."""
    after = "" if result.verdict == REFUSED else f"after {counted(result.looked)}"
    layout.mark(after, words.VERDICTS[result.verdict], KINDS_OF_MARK[result.verdict])
    layout.say(words.answered(result))
    if result.verdict == REFUSED:
        layout.note("Choose another map: see the page Trust check for how each one changes.")
        return
    layout.grid_table(_claims(result))
    for sentence in (words.about_sentence(result), result.gate.sentence, *words.left_out(result)):
        layout.note(sentence)
    if words.advice(result):
        layout.note(words.advice(result))
    if len(result.path) > 1:
        layout.heading("The interval as pictures came")
        chart(_path(result), "check-path", "The interval as pictures came")


def takeaways(result: Result, model: str, data: str) -> None:
    """The report, the file for CI servers, and the specification that runs the same check there."""
    stem = f"check-{result.check.kind}"
    network = networks.handle(model)
    with st.container(horizontal=True, gap="medium"):
        st.download_button(
            "Report as HTML",
            lambda: report_html([reported(network, result)], f"Explanation test: {result.check.name}"),
            f"{stem}.html",
            "text/html",
            on_click="ignore",
        )
        st.download_button(
            "JUnit XML", lambda: junit_xml([result]), f"{stem}.xml", "application/xml", on_click="ignore"
        )
        st.download_button(
            "Numbers as CSV",
            lambda: result.rows.to_csv(index=False),
            f"{stem}.csv",
            "text/csv",
            on_click="ignore",
        )
    with st.expander("The same check in CI"):
        st.markdown(in_markdown("Save this as SPEC.toml and run saliency-lab check SPEC.toml --out checked."))
        st.code(toml_of(model, data, result.check), language="toml")


def _claims(result: Result) -> pd.DataFrame:
    rows = []
    for found in result.findings:
        claim = found.claim
        sign = ">" if claim.above else "<"
        rows.append(
            {
                "Asked of the mean": f"{claim.noun[0].upper()}{claim.noun[1:]}",
                "Mean": layout.fixed(found.mean, 3),
                "Interval": f"{layout.fixed(found.low, 3)} to {layout.fixed(found.high, 3)}",
                "Asked for": f"{sign} {layout.fixed(claim.limit)}",
                "": STATES[found.state],
            }
        )
    return pd.DataFrame(rows)


def _path(result: Result) -> go.Figure:
    """The first claim's interval after each picture, and what was asked for."""
    claim = result.findings[0].claim
    x = [point.pictures for point in result.path]
    low, high = ([point.intervals[0][side] for point in result.path] for side in (0, 1))
    means = [point.means[0] for point in result.path]
    series = {
        "Mean, with its interval": Curve(x, means, ACCENT, low, high),
        "Asked for": Curve(x, [claim.limit] * len(x), QUIET, dash="dash"),
    }
    return curves(series, ("Pictures looked at", claim.column.capitalize()), height=340)
