"""Proof by deletion: take out what the map points at, and see whether the answer follows."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

import xai_core as xai
from xai_core.figures import Curve, curves, encode, enlarged
from xai_core.metrics.fillers import hidden
from xai_core.metrics.removal import Removal, order_of

from .. import compute, state
from ..results import jobs, pictures
from ..state.subject import Subject
from ..widgets import choose, frames, grid, layers, layout, look
from ..widgets.charts import chart
from . import verdict

EVIDENCE = {"against": "What speaks against it", "for": "What speaks for it"}
NAMES = {"grey": "Grey", "blur": "Blur", "inpaint": "Inpaint"}
DENSE, COARSE = tuple(range(61)), tuple(range(0, 61, 5))
SLOW, SLOW_CONTROL = tuple(range(0, 41, 5)), tuple(range(0, 41, 10))  # inpainting takes its time
PATIENCE = 15.0
OTHER = "#D55E00"


def show(subject: Subject, method: str) -> None:
    """The part "Take it out" of the page."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="large"):
        evidence = choose.one_of(f"Take out, of {subject.target.label}", EVIDENCE, "evidence")
        fill = choose_fill()
        with st.container(width=260):
            layer = layers.choose_layer(subject.handle, "layer") if xai.METHODS[method].takes_layer else None
    params = {"relu": False, "counterfactual": evidence == "against"}
    request = grid.request(subject, method, layer, subject.target.index, params)
    slow = fill == "inpaint"
    job = jobs.taken_out(
        subject.model,
        subject.image,
        request,
        fill,
        SLOW if slow else DENSE,
        SLOW_CONTROL if slow else COARSE,
        3 if slow else 5,
    )
    (tile,) = compute.tiles(subject, [request])
    if not isinstance(tile, xai.Explanation):
        layout.blank(tile)
        return
    (found,) = compute.results(subject, [job], "The curve takes", "removal", PATIENCE)
    if found is None:
        frames.charts()
        return
    layout.say(_finding(subject, found))
    left, right = st.columns([1, 1.6], gap="large")
    with left:
        _picture(subject, tile, found)
    with right:
        _curve(subject, found)


def choose_fill() -> str:
    """What hides a region."""
    words = "Grey 127; a blur of 10 pixels; or biharmonic inpainting from what surrounds it."
    return choose.one_of("Hidden by", NAMES, "fill", help=words)


def _finding(subject: Subject, found: Removal) -> str:
    """Whether, and where, the answer flips, beside random places."""
    labels = subject.handle.labels
    before = labels[int(found.answers[0])]
    share = float(found.percents[-1]) if found.flip is None else found.flip
    after = None if found.flip is None else labels[int(found.answers[found.percents == found.flip][0])]
    turned = (found.control.argmax(2) != found.answers[0])[:, found.control_percents <= share].any(1)
    return verdict.flip(before, after, share, int(turned.sum()), len(turned))


def _picture(subject: Subject, tile: xai.Explanation, found: Removal) -> None:
    """The picture with the region taken out, at any share."""
    last = int(found.percents[-1])
    state.put_quietly("removed", min(state.get("removed"), last))
    step = int(found.percents[1])
    state.put_quietly("removed", state.get("removed") // step * step)
    share = st.slider("Taken out", 0, last, key=state.bind("removed"), step=step, format="%d %%")
    state.keep("removed", share)
    view = pictures.view(subject.model, subject.image, 1)
    mask = order_of(tile.upsampled()) < round(share / 100 * view[..., 0].size)
    layout.picture(
        encode(enlarged(hidden(view, mask, found.how))), f"The picture without {share} %", "taken-out"
    )
    row = found.probabilities[int(np.flatnonzero(found.percents == share)[0])]
    whole = found.probabilities[0]
    for score in (subject.target, subject.versus):
        before, after = (layout.percent(float(p[score.index])) for p in (whole, row))
        layout.numbers(**{score.label: f"{before} → {after}"})
    best = int(row.argmax())
    layout.caption(f"Answer: {subject.handle.labels[best]}", layout.percent(float(row[best])))


def _curve(subject: Subject, found: Removal) -> None:
    """The probability of both classes over the share, beside random places."""
    layout.heading("As more is taken out")
    target, versus = subject.target, subject.versus
    control = found.control[:, :, target.index]
    mean, spread = control.mean(0), control.std(0)
    series = {
        f"{target.label}": Curve(found.percents, found.probabilities[:, target.index], look.accent()),
        f"{versus.label}": Curve(found.percents, found.probabilities[:, versus.index], OTHER),
        f"{target.label}, random places": Curve(
            found.control_percents,
            mean,
            "#8A9099",
            np.clip(mean - spread, 0, 1),
            np.clip(mean + spread, 0, 1),
            "dash",
        ),
    }
    figure = curves(series, ("Taken out, % of the picture", "Probability"), height=460)
    if found.flip is not None:
        figure.add_vline(x=found.flip, line={"color": look.ink(), "width": 2, "dash": "dot"})
        figure.add_annotation(
            x=found.flip,
            y=1.0,
            yref="paper",
            showarrow=False,
            text=f" flips at {found.flip:.0f} %",
            xanchor="left",
            yanchor="top",
            font={"size": 15, "color": look.ink()},
        )
    chart(figure, "removal", "Proof by taking it out")
    step = int(found.percents[1])
    layout.caption(
        f"Steps of {step} %",
        f"random places: the same region moved, {len(found.control)} times, mean and standard deviation",
    )
    table = pd.DataFrame(
        {
            "percent": found.percents,
            target.label: found.probabilities[:, target.index],
            versus.label: found.probabilities[:, versus.index],
            "answer": [subject.handle.labels[i] for i in found.answers],
        }
    )
    st.download_button(
        "Table as CSV", table.to_csv(index=False), "removal.csv", "text/csv", on_click="ignore"
    )
