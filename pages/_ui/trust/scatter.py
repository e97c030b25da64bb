"""Contrastivity against fidelity: a good map differs between classes and highlights what matters."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

import xai_core as xai
from xai_core.metrics import agreement, fidelity, insertion

from .. import compute
from ..results import answers
from ..results.drawn import on_maps
from ..state.entries import Entry
from ..state.subject import Subject
from ..widgets import frames, layout, look, tables
from ..widgets.charts import chart
from . import verdict


def show(subject: Subject, entries: tuple[Entry, ...], requests: list[xai.Request]) -> None:
    """The part "Contrast and fidelity" of the page."""
    threshold, percent = look.choose_threshold()
    own = compute.tiles(subject, requests, "own")
    other = compute.tiles(subject, [r.replace(target=subject.versus.index) for r in requests], "other")
    rows = []
    for entry, a, b in zip(entries, own, other, strict=True):
        if isinstance(a, xai.Explanation) and isinstance(b, xai.Explanation):
            masks = [on_maps(agreement.highlighted, e, threshold, percent) for e in (a, b)]
            found = answers.fidelity(subject.model, subject.image, a, threshold, percent)
            rows.append(
                {
                    "map": entry.label(),
                    "contrastivity": fidelity.contrastivity(*masks),
                    "fidelity": found.drop,
                    "logit_drop": found.logit_drop,
                    "area": found.area,
                    "sparsity": fidelity.sparsity(*masks),
                    "average_drop": found.average_drop,
                    "increase": found.increase,
                }
            )
        else:
            reason = next(tile for tile in (a, b) if not isinstance(tile, xai.Explanation))
            layout.caption(entry.label(), reason if isinstance(reason, str) else reason.sentence)
    if not rows:
        frames.charts()
        return
    known = next(e for e in own if isinstance(e, xai.Explanation))
    noise = answers.fidelity(subject.model, subject.image, insertion.chance(known), threshold, percent).drop
    layout.say(verdict.fidelity({row["map"]: row["fidelity"] for row in rows}, noise))
    layout.note(f"One picture. Noise: as many places chosen at random, fidelity {layout.fixed(noise)}.")
    table = pd.DataFrame(rows)
    left, right = st.columns([1.2, 1], gap="large")
    with left:
        chart(_figure(table, entries, noise), "contrastivity", "Contrastivity against fidelity")
    with right:
        layout.heading(f"{subject.target.label} against {subject.versus.label}")
        columns = {
            "map": "Map",
            "contrastivity": ("Contrastivity", "%.2f"),
            "fidelity": ("Fidelity", "%.2f"),
            "sparsity": ("Sparsity", "%.2f"),
        }
        tables.table(table, "contrastivity_table", "Contrastivity and fidelity", columns, list(columns))
        layout.caption(
            "Contrastivity: how much of what is highlighted differs between the two classes",
            "fidelity: by how much the probability falls when what is highlighted is blacked out",
        )


def _figure(table: pd.DataFrame, entries: tuple[Entry, ...], noise: float) -> go.Figure:
    colours = {entry.label(): entry.spec.colour for entry in entries}
    figure = go.Figure()
    for row in table.itertuples():
        figure.add_scatter(
            x=[row.contrastivity],
            y=[row.fidelity],
            mode="markers",
            name=row.map,
            marker={"size": 16, "color": colours[row.map]},
            hovertemplate=f"{row.map}<br>contrastivity %{{x:.2f}}<br>fidelity %{{y:.2f}}<extra></extra>",
        )
    figure.add_hline(y=noise, line={"dash": "dash", "width": 2, "color": "#8A9099"}, annotation_text="Noise")
    low = min(0.0, noise, float(table["fidelity"].min()) - 0.1)
    figure.update_xaxes(title="Contrastivity", range=[-0.05, 1.1], title_font_size=15, tickfont_size=14)
    figure.update_yaxes(title="Fidelity", range=[low - 0.05, 1.1], title_font_size=15, tickfont_size=14)
    figure.update_layout(height=440, margin={"l": 0, "r": 0, "t": 8, "b": 0})
    figure.update_layout(legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "font_size": 15})
    return figure
