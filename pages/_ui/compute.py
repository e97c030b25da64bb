"""From requests to maps: quick ones at once, long ones announced with a measured estimate, shown running,
cancellable.
"""

from __future__ import annotations

import streamlit as st

import xai_core as xai

from . import cache, layout
from .subject import Subject

LONG_SECONDS = 2.0

Tile = xai.Explanation | str | None


def tiles(subject: Subject, requests: list[xai.Request]) -> list[Tile]:
    """A map for each tile, a sentence where there can be none, or None where it is not computed yet."""
    quick = [request for request in requests if not xai.METHODS[request.method].long]
    found: dict[xai.Request, Tile] = {}
    try:
        found |= dict(zip(quick, cache.explain(subject.model, subject.image, quick), strict=True))
    except xai.InputError:
        for request in quick:  # one of them cannot be made; find out which, so that the others show
            found[request] = _one(subject, request)
    slow = [request for request in dict.fromkeys(requests) if xai.METHODS[request.method].long]
    found |= {request: cache.known(subject.model, subject.image, request) for request in slow}
    missing = [request for request in slow if found[request] is None]
    if missing:
        found |= _announce(subject, missing)
    return [found[request] for request in requests]


def _one(subject: Subject, request: xai.Request) -> Tile:
    try:
        return cache.explain(subject.model, subject.image, [request])[0]
    except xai.InputError as error:
        return str(error)


def _announce(subject: Subject, missing: list[xai.Request]) -> dict[xai.Request, Tile]:
    """Run long maps at once if they are quick here, else say how long they take and wait for a click."""
    seconds = cache.seconds_needed(subject.model, subject.image, missing)
    names = ", ".join(dict.fromkeys(xai.METHODS[request.method].label for request in missing))
    box = st.container(horizontal=True, vertical_alignment="center")
    signature = (subject.model, subject.image.sha256, tuple(missing))
    if seconds > LONG_SECONDS and st.session_state.get("_run") != signature:
        count = "1 map takes" if len(missing) == 1 else f"{len(missing)} maps take"
        box.markdown(f"{names}: {count} about {layout.duration(seconds)} here.", width="content")
        box.button("Compute", type="primary", on_click=_run, args=(signature,))
        return {}
    box.button("Cancel", on_click=_run, args=(None,))
    bar = st.progress(0.0)
    for number, request in enumerate(missing):  # one by one, so that a cancel keeps those that are done
        text = f"{xai.METHODS[request.method].label}, {request.layer}: map {number + 1} of {len(missing)}"
        done_before = number / len(missing)

        def show(done: int, total: int, text: str = text, base: float = done_before) -> None:
            bar.progress(min(1.0, base + done / max(total, 1) / len(missing)), text)

        cache.explain(subject.model, subject.image, [request], show)
    _run(None)
    st.rerun()
    return {}


def _run(signature: tuple | None) -> None:
    st.session_state["_run"] = signature
