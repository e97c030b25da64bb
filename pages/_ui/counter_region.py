"""A hypothesis about a region: choose it, say what to expect, and compare with chance."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from xai_core.figures import beside_chance, encode
from xai_core.metrics.removal import RegionEffect, hidden

from . import cache, compute, drag_box, jobs, layout, look, state
from .counter_proof import choose_fill
from .subject import Subject

SHAPES = {"box": "Box", "superpixels": "Superpixels"}
EXPECT = {"falls": "falls", "stays": "stays the same", "rises": "rises"}
SUPERPIXELS, CONTROLS = 40, 60
NOTICEABLE = 0.05  # a change of probability that counts as one
PATIENCE = 15.0


def show_controls() -> None:
    """How regions are chosen, and what hides them."""
    shape = st.segmented_control(
        "Region", list(SHAPES), key=state.bind("shape"), format_func=SHAPES.get, required=True
    )
    state.keep("shape", shape)
    choose_fill()


def show(subject: Subject) -> None:
    """The part "Test a guess" of the page."""
    left, middle, right = st.columns([1, 1, 1.2], gap="medium")
    with left:
        layout.heading("Your region")
        mask = _box(subject) if state.get("shape") == "box" else _superpixels(subject)
    with right:
        expected = st.radio(
            f"Without it, the probability of {subject.target.label}", list(EXPECT), key=state.bind("expect"),
            format_func=EXPECT.get, horizontal=True,
        )  # fmt: skip
        state.keep("expect", expected)
    if not mask.any() or mask.all():
        with right:
            st.info("Choose some of the picture, not all of it.")
        return
    job = jobs.region(subject.model, subject.image, mask, state.get("fill"), CONTROLS)
    with right:
        (found,) = compute.results(subject, [job], "62 pictures take", "region", PATIENCE)
    with middle:
        layout.heading("Without it")
        layout.caption(f"{100 * mask.mean():.1f} % of the picture")
        view = cache.view(subject.model, subject.image, 1)
        layout.picture(encode(hidden(view, mask, state.get("fill"))), "The picture without the region")
    if found is not None:
        with middle:
            _answer(subject, found)
        with right:
            _verdict(subject, found, expected)


def _box(subject: Subject) -> np.ndarray:
    """What lies in the chosen box."""
    box = drag_box.choose(subject)
    mask = np.zeros(subject.handle.input_size, bool)
    mask[int(box.y0) : int(box.y1), int(box.x0) : int(box.x1)] = True
    return mask


def _superpixels(subject: Subject) -> np.ndarray:
    """Superpixels, clicked on the picture or chosen by number."""
    labels = cache.segments(subject.model, subject.image, SUPERPIXELS)
    count = int(labels.max()) + 1
    chosen = tuple(label for label in state.get("superpixels") if label < count)
    state.put_quietly("superpixels", chosen)
    mask = np.isin(labels, chosen)
    figure = _figure(subject, labels, mask)
    rows, columns = np.indices(labels.shape)
    area = np.bincount(labels.ravel(), minlength=count)
    y, x = (np.bincount(labels.ravel(), v.ravel(), minlength=count) / area for v in (rows, columns))
    figure.add_scatter(
        x=x + 0.5, y=y + 0.5, mode="markers", customdata=np.arange(count), showlegend=False,
        marker={"size": 13, "color": ["#2F5BD0" if label in chosen else "white" for label in range(count)],
                "line": {"width": 2, "color": "black"}},
        selected={"marker": {"opacity": 1}}, unselected={"marker": {"opacity": 1}},
        hovertemplate="superpixel %{customdata}<extra></extra>",
    )  # fmt: skip
    figure.update_layout(dragmode=False, clickmode="event+select")
    key = f"click-{'.'.join(map(str, chosen))}"

    def clicked() -> None:
        points = {int(point["customdata"]) for point in st.session_state[key].selection.points}
        state.put(superpixels=tuple(sorted(set(chosen) ^ points)))

    layout.caption("Click the points of the superpixels that make it")
    st.plotly_chart(
        figure, key=key, on_select=clicked, selection_mode="points", config={"displayModeBar": False}
    )
    picked = st.multiselect("Superpixels", range(count), key=state.bind("superpixels"), select_all=False)
    if tuple(sorted(picked)) != chosen:
        state.put(superpixels=tuple(sorted(picked)))
        st.rerun()
    return mask


def _figure(subject: Subject, labels: np.ndarray, mask: np.ndarray) -> go.Figure:
    """The picture with superpixels outlined and the chosen ones tinted."""
    from skimage.segmentation import mark_boundaries

    view = cache.view(subject.model, subject.image, 1)
    view = np.where(mask[..., None], 0.55 * view + 0.45 * np.array([47, 91, 208]), view)
    outlined = mark_boundaries(view / 255, labels, color=(1, 1, 1), mode="inner")
    return drag_box.picture((255 * outlined).astype(np.uint8))


def _answer(subject: Subject, found: RegionEffect) -> None:
    best = int(found.after.argmax())
    layout.caption(
        f"Answer: {subject.handle.labels[best]}", layout.percent(float(found.after[best])),
        f"before: {subject.handle.labels[int(found.before.argmax())]}",
    )  # fmt: skip


def _verdict(subject: Subject, found: RegionEffect, expected: str) -> None:
    """What was measured, against what was expected and against chance."""
    target = subject.target.index
    drop, chance = found.drop(target), found.control_drops(target)
    measured = "falls" if drop > NOTICEABLE else "rises" if drop < -NOTICEABLE else "stays"
    before, after = layout.percent(float(found.before[target])), layout.percent(float(found.after[target]))
    start = "As expected" if measured == expected else "Not as expected"
    layout.say(f"{start}: {before} → {after}. {_against_chance(found, target, measured)}")
    sign = 1 if drop >= 0 else -1
    layout.numbers(
        **{"drop": layout.fixed(drop), "mean drop at random places": layout.fixed(float(chance.mean())),
           "places that move it less": f"{int((sign * chance < sign * drop).sum())} of {len(chance)}"}
    )  # fmt: skip
    titles = (f"Drop of the probability of {subject.target.label}", "Random places")
    figure = beside_chance(chance, drop, titles, (look.accent(), look.quiet()), 260)
    st.plotly_chart(figure, key="chart-region", config={"displaylogo": False})


def _against_chance(found: RegionEffect, target: int, measured: str) -> str:
    share = found.percentile(target)
    unusual = share >= 0.95 if measured == "falls" else share <= 0.05
    if measured == "stays":
        return "This region hardly matters to the class."
    return (
        "Random places of the same area hardly ever do that: the region matters."
        if unusual
        else "Random places of the same area do that too: no more than chance."
    )
