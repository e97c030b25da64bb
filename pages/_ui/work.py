"""Where a page has work done: the words, the button and the bar there, and what was handed back."""

from __future__ import annotations

import threading
import time
from collections.abc import Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

import xai_core as xai
from xai_core.escaping import in_markdown
from xai_core.figures import encode, overlay

from .results import maps, pictures
from .results.flights import PULSE, Flight, Job, Report, expected, fetch, follow
from .state.subject import Subject
from .widgets import layout, look, waits
from .widgets.waiting import Waiting

LONG_SECONDS = 2.0  # work that takes longer is announced
SHORT_SECONDS = 0.5  # work that takes less is done before the page goes on

IN_LINE = "Waits for its turn"

_HANDED = "_handed"  # group -> key -> what was handed back to this session, or the InputError
_ASKED = "_asked"  # group -> the signature of the work that was asked for
_STOPPED = "_stopped"  # group -> the signature of the work that was cancelled
_LAST = "_last"  # what the last long work was announced to take, and what it took, in seconds

_this = threading.local()  # Streamlit runs a script in one thread from its first line to its last


@contextmanager
def groups() -> Iterator[dict[str, Group]]:
    """All groups that are made in the block, by name. Blocks may stand in one another, as a dialog's does in
    its page's."""
    outer = getattr(_this, "groups", None)
    if outer is None:
        _this.names = set()
    _this.groups = {}
    try:
        yield _this.groups
    finally:
        _this.names.update(_this.groups)
        _this.groups = outer


def handed(group: str, keys: Sequence[Hashable]) -> Mapping[Hashable, Any]:
    """What was handed back to this session for a group of the page; what is not among `keys` is let go."""
    kept = st.session_state.setdefault(_HANDED, {})
    kept[group] = {key: value for key, value in kept.get(group, {}).items() if key in keys}
    return kept[group]


def hold_what_is_shown() -> None:
    """Let go of what was handed back for groups that the page, with its dialogs, does not have now."""
    kept = st.session_state.get(_HANDED, {})
    for name in [name for name in kept if name not in _this.names]:
        del kept[name]


def last() -> tuple[float, float]:
    """What this visitor's last long work was announced to take, and what it took, in seconds; 0 for none."""
    return st.session_state.get(_LAST, (0.0, 0.0))


@dataclass(eq=False)
class Work:
    """A job that a group waits for: what it is called on the bar, the seconds that it takes on an idle
    machine, and the tile in which it grows."""

    job: Job
    text: str = ""
    seconds: float = 0.0
    tile: Waiting | None = None


@dataclass(eq=False)
class Group:
    """What a page asks for in one place, with the words, the button and the bar there. They take the same
    place whatever they say, so that nothing below them moves."""

    name: str
    patience: float
    signature: Hashable
    button: str = "Compute"
    work: list[Work] = field(default_factory=list)
    expected: float = 0.0
    announced: float = 0.0
    subject: Subject | None = None

    def __post_init__(self) -> None:
        if self.name in _this.groups:
            raise RuntimeError(f"Two places of a page announce work as {self.name!r}.")
        _this.groups[self.name] = self
        place = st.container(key=f"work-{self.name or 'page'}")
        row = place.container(horizontal=True, vertical_alignment="center")
        self._words, self._button, self._bar = row.empty(), row.empty(), place.empty()

    def maps(self, subject: Subject, waiting: dict[xai.Request, Job]) -> dict[xai.Request, Waiting]:
        """What stands in the tiles of long maps until they are there."""
        if not waiting:
            return {}
        self.subject = subject
        wanted = (subject.model, subject.image, list(waiting))
        seconds = maps.seconds_needed(*wanted, measured=False)
        if seconds > self.patience:  # only then has a visitor to decide, and is told what was measured
            seconds = maps.seconds_needed(*wanted)
        names = ", ".join(dict.fromkeys(xai.METHODS[request.method].label for request in waiting))
        count = "1 map takes" if len(waiting) == 1 else f"{len(waiting)} maps take"
        about = "at most" if any(request.params.get("stable") for request in waiting) else "about"
        if not self._may_run(seconds, f"{names}: {count} {about}"):
            return {request: Waiting() for request in waiting}
        for number, (request, job) in enumerate(waiting.items()):
            method = ", ".join(filter(None, [xai.METHODS[request.method].label, request.layer]))
            tile = Waiting(IN_LINE if number else "Begins")
            place = f", map {number + 1} of {len(waiting)}" if len(waiting) > 1 else ""
            self.work.append(Work(job, method + place, job.roughly(), tile))
        return {request: one.tile for request, one in zip(waiting, self.work, strict=True) if one.tile}

    def results(self, missing: list[Job], name: str) -> dict[Hashable, Any]:
        """Those of the missing results that are quick, which are made at once; None for the others."""
        if not missing:
            return {}
        each = [job.roughly() for job in missing]
        if sum(each) > self.patience:
            each = [job.seconds() for job in missing]
        if sum(each) < min(SHORT_SECONDS, self.patience):
            return {job.key: fetch(job) for job in missing}
        if self._may_run(sum(each), f"{name} about"):
            self.work = [Work(job, seconds=seconds) for job, seconds in zip(missing, each, strict=True)]
        return {job.key: None for job in missing}

    def offer(self, job: Job, words: str) -> None:
        """The button of a job that runs only when it is pressed. Where its time is known, `words` lead to it
        ("120 maps take")."""
        seconds = job.seconds()
        if self._may_run(seconds, f"{words} about" if seconds else words):
            self.work = [Work(job, seconds=seconds)]

    def _may_run(self, seconds: float, words: str) -> bool:
        """Whether the work may run now: it is short enough, or was asked for; else it is announced, by
        `words` and, where it is known, the time that it takes on the machine as it is now."""
        stopped = st.session_state.get(_STOPPED, {}).get(self.name) == self.signature
        long = seconds > self.patience or stopped
        self.expected = expected(seconds)
        self.announced = self.expected if long else 0.0
        asked = st.session_state.get(_ASKED, {}).get(self.name) == self.signature
        if long and words:
            time_here = f" {waits.roughly(self.expected)} here." if seconds else ""
            self._words.markdown(in_markdown(words + time_here), width="content")
        if long and not asked:
            key = f"compute.{self.name}"
            asks = (self.name, self.signature)
            self._button.button(in_markdown(self.button), type="primary", on_click=_ask, args=asks, key=key)
            return False
        asks = (self.name, self.signature)
        self._button.button("Cancel", on_click=_stop, args=asks, key=f"cancel.{self.name}")
        self._bar.progress(0.0)
        return True

    def run(self) -> None:
        """Do the work, one job after another; a cancel keeps what is done."""
        course = waits.Course([one.seconds for one in self.work], self.expected, time.perf_counter())
        kept = st.session_state.setdefault(_HANDED, {}).setdefault(self.name, {})
        for number, one in enumerate(self.work):
            with follow(one.job, one.seconds) as flight:
                self._in_line(number, one, flight, course)
                course.join(number, flight.report.share)
                shown = None
                while not flight.wait(PULSE):
                    shown = self._show(number, one, flight, course, shown)
                try:
                    kept[one.job.key] = flight.result()
                except xai.InputError as error:
                    kept[one.job.key] = error
            self._finished(one, kept[one.job.key])
        if self.announced:
            st.session_state[_LAST] = (self.announced, time.perf_counter() - course.began)
        _forget(self.name)

    def _in_line(self, number: int, one: Work, flight: Flight, course: waits.Course) -> None:
        """Say what comes before it, until it has its place."""
        began, told = time.perf_counter(), False
        while (before := flight.ahead()) is not None and not flight.wait(PULSE):
            said = waits.in_line(before.count, before.own, before.seconds)
            self._bar.progress(course.share(number, 0.0), said)
            if not told and one.tile is not None:
                _say(one.tile, IN_LINE)
            told = True
        course.waited(time.perf_counter() - began)

    def _show(
        self, number: int, one: Work, flight: Flight, course: waits.Course, shown: xai.Coarse | None
    ) -> xai.Coarse | None:
        """The bar, and the growing map in its tile. Streamlit ends a run only when it draws something, so
        the bar is drawn at every look."""
        report = flight.report
        left = course.left(number, report.share, time.perf_counter())
        self._bar.progress(course.share(number, report.share), self._said(number, one, report, left))
        partial = report.partial
        if one.tile is not None and partial is not None and partial is not shown:
            self._draw(
                one.tile, partial.map, "Coarse so far", f"{partial.samples:,} of {partial.of:,} samples"
            )
        return partial

    def _said(self, number: int, one: Work, report: Report, left: float | None) -> str:
        """What stands on the bar. Several pieces that are not maps are counted themselves."""
        if len(self.work) > 1 and one.tile is None:
            return waits.on_bar(number, len(self.work), one.job.thing, left)
        return waits.on_bar(report.done, report.total, one.job.unit, left, one.text)

    def _finished(self, one: Work, outcome: Any) -> None:
        if one.tile is None:
            return
        if isinstance(outcome, xai.InputError):
            _say(one.tile, str(outcome))
        else:
            self._draw(one.tile, outcome, xai.METHODS[outcome.method].label, "done")

    def _draw(self, tile: Waiting, e: xai.Explanation, *facts: str) -> None:
        """A map where its tile stands, with what is behind it."""
        assert self.subject is not None
        view = pictures.view(self.subject.model, self.subject.image)
        file = encode(overlay(view, e, look.chosen()), "JPEG")
        for slot in tile.slots:
            with slot.container():
                layout.picture(file, ", ".join(facts))
                layout.caption(*facts)


def _say(tile: Waiting, sentence: str) -> None:
    """A sentence in the place of a map."""
    for slot in tile.slots:
        with slot.container():
            layout.blank(sentence)


def _ask(group: str, signature: Hashable) -> None:
    st.session_state.get(_HANDED, {}).pop(group, None)  # what failed before is tried again
    st.session_state.setdefault(_ASKED, {})[group] = signature
    st.session_state.get(_STOPPED, {}).pop(group, None)


def _stop(group: str, signature: Hashable) -> None:
    """What was cancelled does not start again by itself."""
    _forget(group)
    st.session_state.setdefault(_STOPPED, {})[group] = signature


def _forget(group: str) -> None:
    st.session_state.get(_ASKED, {}).pop(group, None)
