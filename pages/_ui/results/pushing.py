"""The server begins the runs of those who follow a meeting, so that nobody's browser has to ask all the time.

One thread of this process looks where the presenters of its followers are: at once when this process writes
something about a meeting, and else every `LOOK` seconds, because the presenter may be at another server with
the same database. It begins a run in each session that has not seen the last move. A session in the middle of
a run, perhaps because somebody has just clicked, is tried again soon; after `GRACE` seconds its run is ended
for the new one, so that who waits for a long map of the last view comes along too.

Streamlit has no public call that begins a run of a session from outside. Used here is what Streamlit does
itself where a source file has changed. Browsers still look by themselves every few seconds (meeting.bar), so
that a phone that slept finds back."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime import Runtime
from streamlit.runtime.app_session import AppSession, AppSessionState
from streamlit.runtime.scriptrunner import get_script_run_ctx

import xai_core as xai

from . import meetings

LOOK = 0.25  # seconds between two looks
START = "overview"  # the page at the root of the address
BUSY = 0.05  # seconds until a session in the middle of a run is tried again
GRACE = 0.5  # seconds that a run may go on after a move
ANSWER = 30.0  # seconds that the server's loop may take
_log = logging.getLogger(__name__)


@dataclass
class _Follower:
    """What a session follows, the number of the last move that it has seen or was sent to, and since when it
    is to be sent to the next one."""

    meeting: int
    seen: int | None
    since: float | None = None


class Pushes:
    """The sessions of this process that follow. `begin` begins a run of a session on a page, also in the
    middle of another run where the last value is True, and says whether it did; None for a session that is
    gone. `now` gives the number of a meeting's last move, and the page that is shown there."""

    def __init__(self, begin: Callable[[str, str, bool], bool | None], now: Callable[[int], tuple[int, str]]):
        self._begin, self._now = begin, now
        self._guard = threading.Lock()
        self._followers: dict[str, _Follower] = {}
        self._thread: threading.Thread | None = None

    def follow(self, session: str, meeting: int, seen: int | None) -> None:
        """This session follows; from now on its runs are begun here."""
        with self._guard:
            self._followers[session] = _Follower(meeting, seen)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._watch, name="meetings", daemon=True)
                self._thread.start()

    def leave(self, session: str) -> None:
        """It follows no more."""
        with self._guard:
            self._followers.pop(session, None)

    def _watch(self) -> None:
        while True:
            with self._guard:
                if not self._followers:
                    self._thread = None
                    return
                following = dict(self._followers)
            try:
                late = self._send(following)
            except xai.InputError as error:  # the database does not answer; the next look may find it
                _log.warning("Followers are not sent on: %s", error)
                late = False
            meetings.WRITTEN.wait(BUSY if late else LOOK)
            meetings.WRITTEN.clear()

    def _send(self, following: dict[str, _Follower]) -> bool:
        """Begin what is to be begun; whether some session was in the middle of a run."""
        late = False
        shown = {meeting: self._now(meeting) for meeting in {one.meeting for one in following.values()}}
        for session, one in following.items():
            moves, page = shown[one.meeting]
            if one.seen == moves:
                continue
            one.since = one.since or time.monotonic()
            begun = self._begin(session, page, time.monotonic() - one.since > GRACE)
            late |= begun is False
            with self._guard:
                if self._followers.get(session) is one:  # it has not said meanwhile what it has seen
                    if begun is None:
                        del self._followers[session]
                    elif begun:
                        one.seen, one.since = moves, None
        return late


def _now(meeting: int) -> tuple[int, str]:
    """The number of the last move there and the page; -1 and no page where the meeting is over."""
    shown = meetings.now(meeting)
    return (-1, "") if shown is None or shown.ended else (shown.moves, shown.page)


def _begin(session: str, page: str, at_once: bool) -> bool | None:
    """Begin a run of this session on that page, where that is known; the address and, on the page where it is
    already, the widgets are those that its browser has. In the middle of another run only `at_once`."""
    runtime = Runtime.instance()
    loop = runtime._get_async_objs().eventloop

    async def begin() -> bool | None:  # sessions belong to the server's loop
        found = runtime._session_mgr.get_active_session_info(session)
        if found is None:
            return None
        may = at_once or found.session._state == AppSessionState.APP_NOT_RUNNING
        if may:
            found.session.request_rerun(_client(found.session, page))
        return may

    return asyncio.run_coroutine_threadsafe(begin(), loop).result(ANSWER)


def _client(session: AppSession, page: str) -> ClientState:
    """What the browser would send that opens the page."""
    client = ClientState()
    client.CopyFrom(session._client_state)
    known = session._pages_manager.get_pages().items()
    pages = {about.get("url_pathname", "") or START: number for number, about in known}
    if pages.get(page, client.page_script_hash) != client.page_script_hash:
        client.page_script_hash = pages[page]
        client.ClearField("widget_states")
    return client


_PUSHES = Pushes(_begin, _now)


def follow(meeting: int, seen: int | None) -> None:
    """The session of this run follows a meeting, whose move `seen` it shows."""
    context = get_script_run_ctx()
    # a test of a page has no server, but something that says it is one
    if context is not None and Runtime.exists() and type(Runtime.instance()) is Runtime:
        _PUSHES.follow(context.session_id, meeting, seen)


def leave() -> None:
    """The session of this run follows nobody."""
    context = get_script_run_ctx()
    if context is not None:
        _PUSHES.leave(context.session_id)
