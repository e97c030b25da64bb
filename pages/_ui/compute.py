"""From requests to maps: quick ones at once, long ones announced with a measured estimate, shown running,
cancellable.

A long map is computed when the page is drawn, so that it grows where its tile stands."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import streamlit as st

import xai_core as xai
from xai_core.figures import encode, overlay

from .results import cache
from .state.subject import Subject
from .widgets import layout, look
from .widgets.waiting import Waiting

LONG_SECONDS = 2.0

Tile = xai.Explanation | Waiting | str

_this = threading.local()  # Streamlit runs a script in one thread from its first line to its last


@contextmanager
def when_drawn() -> Iterator[None]:
    """Long maps that the block asks for are computed at its end."""
    _this.work = []
    try:
        yield
        done = [work() for work in _this.work]
    finally:
        del _this.work
    if done and all(done):
        st.rerun()


def tiles(
    subject: Subject, requests: list[xai.Request], group: str = "", patience: float = LONG_SECONDS
) -> list[Tile]:
    """A map for each tile, a sentence where there can be none, or what waits for it.

    A page that asks several times names each `group`, since each announces its own long work.
    What takes less than `patience` seconds runs without asking."""
    quick = [request for request in requests if not xai.METHODS[request.method].long]
    found: dict[xai.Request, Tile] = {}
    try:
        found |= dict(zip(quick, cache.explain(subject.model, subject.image, quick), strict=True))
    except xai.InputError:
        for request in quick:  # one of them cannot be made; find out which, so that the others show
            found[request] = _one(subject, request)
    slow = [request for request in dict.fromkeys(requests) if xai.METHODS[request.method].long]
    known = {request: cache.known(subject.model, subject.image, request) for request in slow}
    found |= {request: e for request, e in known.items() if e is not None}
    missing = [request for request in slow if request not in found]
    work = _Work(group, patience)
    if missing:
        # all of them, so that a rerun in the midst of the work goes on with it
        signature = (subject.model, subject.image.sha256, tuple(slow))
        found |= _announce(subject, missing, signature, work)
    return [found[request] for request in requests]


def _one(subject: Subject, request: xai.Request) -> Tile:
    try:
        return cache.explain(subject.model, subject.image, [request])[0]
    except xai.InputError as error:
        return str(error)


def _announce(
    subject: Subject, missing: list[xai.Request], signature: tuple, work: _Work
) -> dict[xai.Request, Tile]:
    """Run long maps at once if they are quick here, else say how long they take and wait for a click."""
    try:
        seconds = cache.seconds_needed(subject.model, subject.image, missing)
    except xai.InputError as error:  # a map that cannot be made has no cost
        return (
            dict.fromkeys(missing, str(error))
            if len(missing) == 1
            else _each(subject, missing, signature, work)
        )
    names = ", ".join(dict.fromkeys(xai.METHODS[request.method].label for request in missing))
    count = "1 map takes" if len(missing) == 1 else f"{len(missing)} maps take"
    about = "at most" if any(request.params.get("stable") for request in missing) else "about"
    sentence = f"{names}: {count} {about} {layout.duration(seconds)} here."
    if not work.may_run(signature, seconds, sentence):
        return {request: Waiting() for request in missing}
    waiting = {request: Waiting("Waits for its turn") for request in missing}
    waiting[missing[0]].sentence = "Begins"
    _this.work.append(lambda: _compute(subject, waiting, work))
    return waiting


def _compute(subject: Subject, waiting: dict[xai.Request, Waiting], work: _Work) -> bool:
    """The long maps, one by one, so that a cancel keeps those that are done; whether all of them came out."""
    view, drawn, refused = cache.view(subject.model, subject.image), look.chosen(), 0
    for number, (request, tile) in enumerate(waiting.items()):
        text = f"{xai.METHODS[request.method].label}, {request.layer}: map {number + 1} of {len(waiting)}"
        text = text.replace(", None", "")

        def show(done: int, total: int, text: str = text, number: int = number) -> None:
            work.progress((number + done / max(total, 1)) / len(waiting), text)

        def grow(coarse: xai.Coarse, tile: Waiting = tile) -> None:
            file = encode(overlay(view, coarse.map, drawn), "JPEG")
            _draw(tile, file, "Coarse so far", f"{coarse.samples:,} of {coarse.of:,} samples")

        try:
            (e,) = cache.explain(subject.model, subject.image, [request], show, grow)
        except xai.InputError as error:
            refused += 1
            for slot in tile.slots:
                with slot.container():
                    layout.blank(str(error))
            continue
        _draw(tile, encode(overlay(view, e, drawn), "JPEG"), xai.METHODS[e.method].label, "done")
    work.done()
    return not refused


def _draw(tile: Waiting, file: bytes, *facts: str) -> None:
    """A map where its tile stands, with what is behind it."""
    for slot in tile.slots:
        with slot.container():
            layout.picture(file, ", ".join(facts))
            layout.caption(*facts)


def _each(
    subject: Subject, missing: list[xai.Request], signature: tuple, work: _Work
) -> dict[xai.Request, Tile]:
    """Sentences for those that cannot be made, and the others announced."""
    found: dict[xai.Request, Tile] = {}
    for request in missing:
        try:
            cache.seconds_needed(subject.model, subject.image, [request])
        except xai.InputError as error:
            found[request] = str(error)
    left = [request for request in missing if request not in found]
    return found | (_announce(subject, left, signature, work) if left else {})


def over(
    subject: Subject, pictures: list[tuple[str, xai.ImageInput]], requests: list[xai.Request]
) -> list[tuple[str, xai.ImageInput, list[xai.Explanation]]]:
    """The maps of each picture of a set, each for its own predicted class; those that are known already,
    until the rest is asked for. Ends the run with what is done when it is cancelled."""

    def known(image: xai.ImageInput) -> list[xai.Explanation] | None:
        found = [cache.known(subject.model, image, request) for request in requests]
        return None if any(e is None for e in found) else found

    missing = [(name, image) for name, image in pictures if known(image) is None]
    work = _Work("set", LONG_SECONDS)
    if missing:
        seconds = cache.seconds_needed(subject.model, missing[0][1], requests) * len(missing)
        signature = (subject.model, tuple(image.sha256 for _, image in pictures), tuple(requests))
        count = f"{len(missing)} of {len(pictures)} pictures take about {layout.duration(seconds)} here."
        if work.may_run(signature, seconds, count):
            for number, (name, image) in enumerate(missing):

                def show(done: int, total: int, text: str = name, base: float = number) -> None:
                    work.progress((base + done / max(total, 1)) / len(missing), text)

                cache.explain(subject.model, image, requests, show)
            work.done()
            st.rerun()
    return [(name, image, maps) for name, image in pictures if (maps := known(image)) is not None]


def results(
    subject: Subject, jobs: list[cache.Job], name: str, group: str = "", patience: float = LONG_SECONDS
) -> list[Any | None]:
    """What the jobs give: at once where they are quick or known, else None for each that is not known, and an
    announcement ("`name` about 20 s here") with the button that starts them."""
    missing = [job for job in jobs if job.result() is None]
    work = _Work(group, patience)
    if missing:
        seconds = sum(job.seconds() for job in missing)
        signature = (subject.model, tuple(job.key for job in jobs))
        if work.may_run(signature, seconds, f"{name} about {layout.duration(seconds)} here."):
            for number, job in enumerate(missing):

                def show(done: int, total: int, base: float = number) -> None:
                    share = (base + done / max(total, 1)) / len(missing)
                    work.progress(share, f"{int(base) + 1} of {len(missing)}")

                job.do(show)
            work.done()
            st.rerun()
    return [job.result() for job in jobs]


class _Work:
    """Where a page announces long work, with the button that starts or cancels it, and shows it running. It
    takes the same place on the page whatever it says, so that nothing below it moves."""

    def __init__(self, group: str, patience: float):
        self._announced, self._began = 0.0, 0.0
        place = st.container()
        row = place.container(horizontal=True, vertical_alignment="center")
        self._words, self._button, self._bar = row.empty(), row.empty(), place.empty()
        self._group, self._patience = group, patience

    def may_run(self, signature: tuple, seconds: float, sentence: str) -> bool:
        """Whether the work may run now: it is quick, or was asked for; else it is announced."""
        announced = seconds > self._patience
        if announced:
            self._words.markdown(sentence, width="content")
        if announced and st.session_state.get("_run") != signature:
            key = f"compute.{self._group}"
            self._button.button("Compute", type="primary", on_click=_run, args=(signature,), key=key)
            return False
        self._button.button("Cancel", on_click=_run, args=(None,), key=f"cancel.{self._group}")
        self._bar.progress(0.0)
        self._announced, self._began = seconds, time.perf_counter()
        return True

    def progress(self, share: float, text: str) -> None:
        """How much is done, 0 to 1, and of what."""
        self._bar.progress(min(1.0, share), text)

    def done(self) -> None:
        """The work is through: what was announced can be held against what it took."""
        st.session_state["_last"] = (self._announced, time.perf_counter() - self._began)
        _run(None)


def last() -> str:
    """What was announced of this visitor's last long work, and what it took."""
    announced, taken = st.session_state.get("_last", (0.0, 0.0))
    if not taken:
        return "none yet"
    return f"announced as {layout.duration(announced)}, took {layout.duration(taken)}"


def _run(signature: tuple | None) -> None:
    st.session_state["_run"] = signature
