"""The one way in which a page has long work done: announced, run, shown, cancelled, and handed back.

Quick work runs where it is asked for. Long work is announced with a measured estimate and a button. When the
page is drawn to its end, the work that was asked for runs as jobs (`results.flights`), which are shared with
other visitors who want the same; its progress and its growing maps are shown where they stand. What comes out
is handed to the session that asked, so that a page finds its results however small the memory of results
is."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any

import streamlit as st

import xai_core as xai

from . import work
from .results import idle, maps
from .results.flights import MEMORY, Job
from .state.subject import Subject
from .widgets import frames, late, layout
from .widgets.waiting import Waiting
from .work import LONG_SECONDS, Group

FIRST_LOOK = 120.0  # a page's first view starts by itself on slow machines too, with its bar and Cancel

Tile = xai.Explanation | Waiting | str


@contextmanager
def when_drawn(page: bool = False) -> Iterator[None]:
    """Around the drawing of a page, or of a dialog: the work that it asked for runs at the end of the block,
    and then everything is drawn again with what came out."""
    with idle.foreground():
        with work.groups() as groups, late.last() if page else nullcontext():
            yield
        if page:
            work.hold_what_is_shown()
        working = [group for group in groups.values() if group.work]
        for group in working:
            group.run()
    if working:
        st.rerun()


def tiles(
    subject: Subject, requests: Sequence[xai.Request], group: str = "", patience: float = LONG_SECONDS
) -> list[Tile]:
    """For each request its map, the sentence that says why there is none, or what waits for it.

    A page that asks several times names each `group`, since each announces its own long work. What takes less
    than `patience` seconds runs without being asked for."""
    distinct = list(dict.fromkeys(requests))
    quick = [request for request in distinct if not xai.METHODS[request.method].long]
    with frames.until_done(len(distinct), needed=not maps.are_known(subject.model, subject.image, quick)):
        made = maps.attempt(subject.model, subject.image, quick)
    found: dict[xai.Request, Tile] = {
        request: _tile(request, e) for request, e in zip(quick, made, strict=True)
    }
    jobs: dict[xai.Request, Job] = {}
    for request in distinct:
        if request in found:
            continue
        try:
            xai.check(subject.handle, request)
        except xai.InputError as error:
            found[request] = str(error)
        else:
            jobs[request] = maps.job(subject.model, subject.image, request)
    known = _known(group, jobs.values())
    waiting = {request: job for request, job in jobs.items() if known[job.key] is None}
    found |= {
        request: _tile(request, known[job.key]) for request, job in jobs.items() if request not in waiting
    }
    signature = (subject.handle.identity, subject.image.sha256, tuple(jobs))  # all, also of what is known
    found |= Group(group, patience, signature).maps(subject, waiting)
    return [found[request] for request in requests]


def results(
    subject: Subject,
    jobs: Sequence[Job],
    name: str,
    group: str = "",
    patience: float = LONG_SECONDS,
    button: str = "Compute",
) -> list[Any | None]:
    """What the jobs give: at once where it is known or quick, else None for each that is not known, and an
    announcement ("`name` about 20 s here.") with the button that starts them. Raises the InputError of a job
    that cannot be done."""
    found = _known(group, jobs)
    for value in found.values():
        if isinstance(value, xai.InputError):
            raise value
    missing = [job for job in jobs if found[job.key] is None]
    signature = (subject.handle.identity, tuple(job.key for job in jobs))
    with frames.until_done(2, "charts", needed=bool(missing)):
        found |= Group(group, patience, signature, button).results(missing, name)
    return [found[job.key] for job in jobs]


def part_first(
    subject: Subject, part: Job, whole: Job, name: str, group: str, patience: float
) -> tuple[Any | None, bool]:
    """What `whole` gives where that is known, else what `part` of it gives, and whether it is the whole. The
    part starts by itself. Then the whole follows, with its bar above what the part shows, or it is announced
    by `name` where it takes longer than `patience`. Raises InputError."""
    if part.key == whole.key or _known(group, [whole])[whole.key] is not None:
        (found,) = results(subject, [whole], name, group, max(patience, FIRST_LOOK * (part.key == whole.key)))
        return found, True
    (some,) = results(subject, [part], "The first of them take", f"{group}-part", FIRST_LOOK)
    if some is None:
        return None, False
    (found,) = results(subject, [whole], name, group, patience)
    return (some, False) if found is None else (found, True)


def known(job: Job) -> Any | None:
    """What a job has given, to anybody, where that is in memory; else None. Nothing runs."""
    return MEMORY.get(job.key)


def on_click(job: Job, button: str, group: str, words: str = "") -> Any | None:
    """What a job gives that runs only when its button is pressed, once for each time; None until then. The
    `words` stand before the button, and lead to the time where that is known. Raises the InputError of a job
    that could not be done; its button then stands there again."""
    outcome = work.handed(group, [job.key]).get(job.key)
    made = Group(group, -1.0, job.key, button)
    if outcome is None or isinstance(outcome, xai.InputError):
        made.offer(job, words)
    if isinstance(outcome, xai.InputError):
        raise outcome
    return outcome


def last() -> str:
    """What was announced of this visitor's last long work, and what it took."""
    announced, taken = work.last()
    if not taken:
        return "none yet"
    return f"announced as {layout.duration(announced)}, took {layout.duration(taken)}"


def _known(group: str, jobs: Iterable[Job]) -> dict[Hashable, Any]:
    """By key what was handed back to this session, else what is in memory, else None."""
    handed = work.handed(group, [job.key for job in jobs])
    return {job.key: handed.get(job.key, MEMORY.get(job.key)) for job in jobs}


def _tile(request: xai.Request, e: xai.Explanation | xai.InputError) -> Tile:
    return str(e) if isinstance(e, xai.InputError) else maps.as_asked(e, request)
