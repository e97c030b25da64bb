"""LIME and CAM: LIME's superpixels beside class activation maps, for one picture and over a set."""

from __future__ import annotations

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

import xai_core as xai
from pages._ui import compute, state
from pages._ui.compute import Tile
from pages._ui.lime import stability, verdict, whole_set
from pages._ui.results import pictures
from pages._ui.results.drawn import on_maps
from pages._ui.results.drawn import tile as tile_file
from pages._ui.state.entries import Entry
from pages._ui.state.subject import Subject
from pages._ui.widgets import choose, inspect, layout, look, parameters, scales
from pages._ui.widgets.charts import plot
from pages._ui.widgets.pins import pin_map
from xai_core.escaping import in_markdown
from xai_core.figures import encode, heatmap_figure, spotlight
from xai_core.metrics import agreement, lime_study

QUICK_SAMPLES = 100  # so few are the first look
PARTS = {"picture": "This picture", "set": "Over a set", "stability": "Stability"}


def show(subject: Subject) -> None:
    """The page."""
    st.title("LIME and CAM")
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        part = choose.one_of("Part", PARTS, "part", titled=False)
        entry = _settings(subject)
        more = st.container(horizontal=True, gap="small", width="content")
    if part == "picture":
        _picture(subject, entry, more)
        return
    with more:
        _more(entry, found=None)
    {"set": whole_set.show, "stability": stability.show}[part](subject, entry)


def _settings(subject: Subject) -> Entry:
    """LIME's parameters, which all parts share."""
    entry = state.get("lime")
    with st.popover("LIME's settings", icon=":material/tune:"):
        edited = parameters.edit(subject.handle, entry, f"lime.{hash(entry.params)}")
    if edited != entry:
        state.put(lime=edited)
        st.rerun()
    return entry


def _more(entry: Entry, found: xai.Explanation | None) -> None:
    """Ways to other samples. Where the map `found` is not stable, the way to a stable one stands out."""
    samples, stable = entry.params.get("samples", verdict.USUAL), entry.params.get("stable", 0.0)
    poor = found is not None and verdict.unstable(found.facts["reliability"])
    most = verdict.more_samples(samples) if poor or samples < verdict.USUAL else None
    if most is not None:
        why = (
            f"Up to {most:,} samples, fewer where another draw of them is expected to rank the superpixels "
            f"the same way ({verdict.STABLE:g})."
        )
        _offer(entry, "Until it is stable", why, {"samples": most, "stable": verdict.STABLE}, poor)
    if samples < verdict.USUAL or stable > 0:
        _offer(entry, "1,000 samples", "However well they agree.", {"samples": verdict.USUAL, "stable": 0.0})
    if samples >= verdict.USUAL and stable == 0 and entry != Entry("lime"):
        st.button("LIME's defaults", on_click=state.put, kwargs={"lime": Entry("lime")}, type="tertiary")


def _offer(entry: Entry, name: str, why: str, changed: dict[str, float], first: bool = False) -> None:
    more = entry.differing({**entry.params, **changed})
    kind = "primary" if first else "secondary"
    st.button(in_markdown(name), on_click=state.put, kwargs={"lime": more}, help=in_markdown(why), type=kind)


def _picture(subject: Subject, entry: Entry, more: DeltaGenerator) -> None:
    """The part "This picture" of the page; `more` is the place of the ways to other samples."""
    lime_request, *cams = lime_study.requests(dict(entry.params), subject.target.index)
    cams = [request.replace(layer=subject.handle.layer(None).key) for request in cams]
    quick = lime_request.params.get("samples", 1000) <= QUICK_SAMPLES
    patience = compute.FIRST_LOOK if quick else compute.LONG_SECONDS
    (lime_map,) = compute.tiles(subject, [lime_request], "lime", patience)
    with more:
        _more(entry, lime_map if isinstance(lime_map, xai.Explanation) else None)
    threshold, percent = look.choose_threshold()
    if isinstance(lime_map, xai.Explanation):
        _lime(subject, lime_map)
    else:
        layout.blank(lime_map)
    st.subheader("What each method highlights")
    tiles = compute.tiles(subject, cams, "cams", patience)
    seen = _mask(lime_map, threshold, percent)
    for column, tile, request in zip(
        st.columns(1 + len(cams), gap="small"), [lime_map, *tiles], [lime_request, *cams], strict=True
    ):
        with column:
            layout.heading(xai.METHODS[request.method].label)
            _highlight(subject, tile, seen, threshold, percent)


def _mask(tile: Tile, threshold: str, percent: float) -> np.ndarray | None:
    return (
        on_maps(agreement.highlighted, tile, threshold, percent)
        if isinstance(tile, xai.Explanation)
        else None
    )


def _lime(subject: Subject, e: xai.Explanation) -> None:
    """The weights on hover, and the superpixels that speak for and against the class."""
    view = pictures.view(subject.model, subject.image)
    left, middle, right = st.columns([1.25, 1, 0.75], gap="medium")
    with left:
        layout.heading(f"LIME's weights for {e.label}")
        figure = heatmap_figure(view, e, look.chosen(), None, height=400)
        plot(figure, width="content", key="lime-weights", config={"displaylogo": False})
        pin_map(subject, e, look.chosen(), None, "lime-weights")
    with middle:
        layout.heading("For, and against")
        most = max(float(abs(e.heatmap).max()), 1e-12)
        strong = 0.1 * most  # weaker superpixels speak neither way
        picture = spotlight(view, e.heatmap > strong, e.heatmap < -strong)
        layout.picture(encode(picture, "JPEG"), f"LIME: superpixels for and against {e.label}", "for-against")
        layout.caption("As it is: speaks for the class", "blue: against it", "grey: neither")
    with right:
        layout.heading("Can it be believed?")
        layout.numbers(
            **{"R²": f"{e.facts['r2']:.2f}"},
            superpixels=f"{e.facts['superpixels']:.0f}",
            samples=f"{e.facts['samples']:,.0f}",
            another_draw=f"{e.facts['reliability']:.2f}",
        )
        layout.caption("Another draw: the rank correlation expected with as many new samples")
        layout.numbers(time=layout.duration(e.seconds), probability=layout.percent(e.probability))
        st.write(
            in_markdown(verdict.believe(e.facts["r2"], e.facts["reliability"], round(e.facts["samples"])))
        )
        inspect.check(subject, e)
        layout.about("lime")


def _highlight(subject: Subject, tile: Tile, seen: np.ndarray | None, threshold: str, percent: float) -> None:
    if not isinstance(tile, xai.Explanation):
        layout.blank(tile)
        return
    view = pictures.view(subject.model, subject.image)
    drawn = look.chosen()
    mask = _mask(tile, threshold, percent)
    said = f"What {xai.METHODS[tile.method].label} highlights for {tile.label}"
    layout.picture(encode(spotlight(view, mask), "JPEG"), said, f"spotlight-{tile.method}")
    layout.picture(tile_file(view, tile, drawn), f"The map of {tile.method}")
    scales.bar(tile, drawn)
    inspect.facts(subject, tile)
    pin_map(subject, tile, drawn, None, f"highlight-{tile.method}")
    if tile.method != "lime" and seen is not None:
        layout.numbers(IoU_with_LIME=f"{agreement.iou(seen, mask):.2f}")
