"""Work while it goes on: its place in line, its bar, and its map as it grows."""

from __future__ import annotations

import time
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

from streamlit.delta_generator import DeltaGenerator

import xai_core as xai
from xai_core.figures import encode, overlay

from .results import pictures
from .results.flights import PULSE, Flight, Job, Report, follow
from .state.subject import Subject
from .widgets import layout, look, waits
from .widgets.waiting import Waiting

IN_LINE = "Waits for its turn"


@dataclass(eq=False)
class Work:
    """A job that a group waits for: what it is called on the bar, the seconds that it takes on an idle
    machine, and the tile in which it grows."""

    job: Job
    text: str = ""
    seconds: float = 0.0
    tile: Waiting | None = None


@dataclass(eq=False)
class Going:
    """Pieces of work, one after the other: the `bar` that they share, what they take (`course`), and whose
    maps they are."""

    work: list[Work]
    bar: DeltaGenerator
    course: waits.Course
    subject: Subject | None

    def into(self, kept: dict[Hashable, Any]) -> None:
        """Do it, and keep what comes out, or the InputError; a cancel leaves what is done."""
        for number, one in enumerate(self.work):
            with follow(one.job, one.seconds) as flight:
                self._in_line(number, one, flight)
                self.course.join(number, flight.report.share)
                shown = None
                while not flight.wait(PULSE):
                    shown = self._show(number, one, flight, shown)
                try:
                    kept[one.job.key] = flight.result()
                except xai.InputError as error:
                    kept[one.job.key] = error
            self._finished(one, kept[one.job.key])

    def _in_line(self, number: int, one: Work, flight: Flight) -> None:
        """Say what comes before it, until it has its place."""
        began, told = time.perf_counter(), False
        while (before := flight.ahead()) is not None and not flight.wait(PULSE):
            said = waits.in_line(before.count, before.own, before.seconds)
            self.bar.progress(self.course.share(number, 0.0), said)
            if not told and one.tile is not None:
                _say(one.tile, IN_LINE)
            told = True
        self.course.waited(time.perf_counter() - began)

    def _show(self, number: int, one: Work, flight: Flight, shown: xai.Coarse | None) -> xai.Coarse | None:
        """The bar, and the growing map in its tile. Streamlit ends a run only when it draws something, so
        the bar is drawn at every look."""
        report = flight.report
        left = self.course.left(number, report.share, time.perf_counter())
        self.bar.progress(self.course.share(number, report.share), self._said(number, one, report, left))
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
