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

from .going import IN_LINE, Going, Work
from .results import maps
from .results.flights import Job, expected, fetch
from .state.subject import Subject
from .widgets import waits
from .widgets.waiting import Waiting

LONG_SECONDS = 2.0  # work that takes longer is announced
SHORT_SECONDS = 0.5  # work that takes less is done before the page goes on

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
        Going(self.work, self._bar, course, self.subject).into(kept)
        if self.announced:
            st.session_state[_LAST] = (self.announced, time.perf_counter() - course.began)
        _forget(self.name)


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
