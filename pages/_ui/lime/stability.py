"""How stable LIME's weights are over seeds."""

from __future__ import annotations

import numpy as np
import streamlit as st

import xai_core as xai
from xai_core.figures import encode, error_bars, spotlight
from xai_core.metrics import lime_study
from xai_core.metrics.stability import stability

from .. import compute, state
from ..results import pictures
from ..state.entries import Entry
from ..state.subject import Subject
from ..widgets import layout, look
from ..widgets.charts import chart
from . import verdict


def show(subject: Subject, entry: Entry) -> None:
    """The part "Stability" of the page."""
    seeds = st.slider("Seeds", 2, 12, key=state.bind("seeds"), width=320)
    state.keep("seeds", seeds)
    request = lime_study.requests(dict(entry.params), subject.target.index)[0]
    runs = compute.tiles(subject, [request.replace(seed=seed) for seed in range(seeds)], "seeds")
    done = [e for e in runs if isinstance(e, xai.Explanation)]
    if len(done) < seeds:
        layout.blank(next(tile for tile in runs if not isinstance(tile, xai.Explanation)))
        return
    table = stability(done).sort_values("mean", ascending=False)
    stable = table["stable"]
    layout.say(verdict.weights_over_seeds(int(stable.sum()), len(table), seeds))
    left, right = st.columns([1.6, 1], gap="medium")
    with left:
        layout.heading(f"Weights over {seeds} seeds: mean and standard deviation")
        figure = error_bars(
            table["superpixel"].tolist(),
            table["mean"],
            table["std"],
            stable,
            (xai.METHODS["lime"].colour, look.quiet()),
            "Weight",
        )
        chart(figure, "stability", f"LIME over {seeds} seeds")
        layout.caption("Clear of zero: a mean weight more than two standard deviations from it")
        st.download_button(
            "Table as CSV", table.to_csv(index=False), "stability.csv", "text/csv", on_click="ignore"
        )
    with right:
        layout.heading("Stable superpixels, for and against")
        view = pictures.view(subject.model, subject.image)
        segments = done[0].segments
        groups = [table.loc[stable & (sign * table["mean"] > 0), "superpixel"] for sign in (1, -1)]
        picture = spotlight(view, *(np.isin(segments, group) for group in groups))
        layout.picture(encode(picture, "JPEG"), "LIME's stable superpixels", "stable")
        layout.caption(
            "As it is: speaks for the class, clear of zero", "blue: against it", "grey: not clear of zero"
        )
