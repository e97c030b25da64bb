"""Those who are in a live meeting, for its benchmark: a presenter, connections that follow, and windows."""

from __future__ import annotations

import asyncio
import re
import sys
import time
from dataclasses import dataclass

from playwright.async_api import Page
from playwright.async_api import TimeoutError as PlaywrightTimeout
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from .visitors import MEDIA, Visitor

OWN = ("follow", "seat", "lead")
PASSES = re.compile(rb"Inputs computed</td><td>([\d,]+)")
LENGTH = re.compile(rb"content-length: (\d+)")
WATCH = """
window.came = [];
setInterval(() => {
  const state = document.querySelector('[data-testid=stApp]')?.dataset.testScriptState;
  const images = [...document.querySelectorAll('[data-testid=stMain] img')];
  const whole = images.length > 0 && images.every(i => i.complete && i.naturalWidth > 0);
  const query = new URLSearchParams(location.search);
  ['follow', 'seat'].forEach(name => query.delete(name));
  query.sort();
  const place = `${location.pathname.replace(/^\\/+|\\/+$/g, '') || 'overview'}?${query}`;
  if (state === 'notRunning' && whole && window.last !== place) {
    window.last = place;
    window.came.push([place, Date.now() / 1000, images.map(i => new URL(i.src).pathname)]);
  }
}, 25);
"""


@dataclass(frozen=True)
class Arrival:
    """When somebody's page was complete, and its pictures by their paths."""

    at: float
    pictures: set[str]


class Connected(Visitor):
    """A visitor who keeps what his server sends: the address and the pictures of the last complete page."""

    def __init__(self, one: Visitor):
        self.__dict__ |= one.__dict__
        self.pages: dict[str, str] = {}  # paths of pages by what the server calls them
        self.page = self.query = ""
        self.pictures: set[str] = set()
        self.passes = 0

    async def complete(self) -> None:
        """Listen until a run is over."""
        self.pictures = set()
        while True:
            raw = await self.socket.recv(decode=False)
            self.pictures |= {path.decode() for path in MEDIA.findall(raw)}
            for passes in PASSES.findall(raw):
                self.passes = int(passes.replace(b",", b""))
            told = ForwardMsg()
            told.ParseFromString(raw)
            kind = told.WhichOneof("type")
            if kind == "new_session":
                self.pictures = set()
            elif kind == "navigation":
                self.pages = {page.page_script_hash: page.url_pathname for page in told.navigation.app_pages}
                self.page = self.pages[told.navigation.page_script_hash]
            elif kind == "page_info_changed":
                self.query = told.page_info_changed.query_string
            elif kind == "script_finished" and told.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
                return

    def place(self) -> str:
        """The address without what is this visitor's own."""
        parts = [part for part in self.query.split("&") if part.split("=")[0] not in OWN]
        return f"{self.page or 'overview'}?{'&'.join(sorted(filter(None, parts)))}"


class Presenter(Connected):
    """A presenter; `link` is what makes him one, and `own` are the pictures of settings and of the meeting's
    code, which nobody else sees."""

    link = ""
    own: frozenset[str] = frozenset()

    async def show(self, page: str, query: str) -> None:
        """Go there, and wait until the page is complete."""
        self.query = query  # the server tells an address only where the page changes it
        message = BackMsg()
        message.rerun_script.query_string = f"{query}{self.link}"
        message.rerun_script.page_name = "" if page == "overview" else page
        await self.socket.send(message.SerializeToString())
        await self.complete()

    async def all_passes(self, query: str) -> int:
        """The inputs computed so far, once everything that was asked for is done, as Overview says them."""
        await asyncio.sleep(2)
        await self.show("overview", query)
        return self.passes


class Follower(Connected):
    """Somebody who only listens."""

    arrived: tuple[str, Arrival] = "", Arrival(0.0, set())

    async def listen(self) -> None:
        """Note each complete page."""
        while True:
            await self.complete()
            await self.fetch()
            self.arrived = self.place(), Arrival(time.time(), set(self.pictures))

    async def fetch(self) -> None:
        """The pictures of the page that this device has not yet, one after another over one connection."""
        new = {path.encode() for path in self.pictures} - self.known
        if not new:
            return
        self.known |= new
        read, write = await asyncio.open_connection("127.0.0.1", self.port)
        for path in new:
            write.write(b"GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n" % (path, self.port))
            head = (await read.readuntil(b"\r\n\r\n")).lower()
            await read.readexactly(int(LENGTH.search(head)[1]))
        write.close()

    async def come(self, wanted: str, deadline: float) -> Arrival | None:
        """The arrival there; None for who has not come in time."""
        while time.time() < deadline:
            if self.arrived[0] == wanted:
                return self.arrived[1]
            await asyncio.sleep(0.005)
        print(f"{wanted}: a connection is at {self.arrived[0]}", file=sys.stderr)
        return None


class Window:
    """Somebody at a real page of a browser."""

    def __init__(self, page: Page):
        self.page = page

    async def come(self, wanted: str, deadline: float) -> Arrival | None:
        """The arrival there; None for who has not come in time."""
        left = max(0.001, deadline - time.time())
        try:
            await self.page.wait_for_function("w => window.last === w", arg=wanted, timeout=1000 * left)
        except PlaywrightTimeout:
            at = await self.page.evaluate("window.last")
            print(f"{wanted}: a browser is at {at}", file=sys.stderr)
            return None
        _, at, images = await self.page.evaluate("window.came.at(-1)")
        return Arrival(at, {path for path in images if path.startswith("/media/")})
