"""Thirty visitors of one server.   python -m tests.benchmarks.visitors [--visitors 30] [--seconds 120]

Each visitor has a connection of his own, opens one of five pages on one of four samples with one of ten
opacities, waits until his page is complete and then up to two seconds, and goes on. They speak Streamlit's
protocol without a browser, so that the processors work for the server alone; the pictures of a page are
fetched as a browser does. Before that, one visitor opens every page once for each sample, so that maps are
known. With --tabs, one more visitor has so many tabs, which ask for new curves all the
time. Prints the seconds from the click to the complete page (median, 95th percentile, longest), the runs,
what was refused or took longer than a minute, and the largest memory of the server. Take the figures on a
quiet machine."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import random
import re
import statistics
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

from tests.browser.conftest import FAST, free_port, served

PAGES = ("overview", "gallery", "compare", "counterfactual", "trust")
SAMPLES = ("chelsea", "coffee", "rocket", "flower")
OPACITIES = range(30, 80, 5)
PAUSE, PATIENCE, RAMP = 2.0, 60.0, 10.0  # seconds: at a page at most; for a page; in which all of them come
MEDIA = re.compile(rb"/media/[0-9a-f]+\.[a-z]+")


@dataclass
class Seen:
    """What the visitors met: seconds of each page, and what went wrong by its kind."""

    seconds: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    bytes: int = 0


class Visitor:
    """One connection."""

    def __init__(self, socket: ClientConnection, port: int, seen: Seen):
        self.socket, self.port, self.seen, self.known = socket, port, seen, set[bytes]()
        self.session = ""  # its name, once a page has been opened

    async def open(self, page: str, sample: str, opacity: int) -> None:
        """Open a page with a sample and wait until it is complete with its pictures."""
        await self.go(page, f"image={sample}&opacity={opacity}")

    async def go(self, page: str, query: str = "") -> None:
        """Open a page with that query and wait until it is complete with its pictures."""
        message = BackMsg()
        state = message.rerun_script
        state.query_string = query
        state.page_name = "" if page == "overview" else page
        await self.socket.send(message.SerializeToString())
        pictures: set[bytes] = set()
        while True:
            raw = await self.socket.recv(decode=False)
            self.seen.bytes += len(raw)
            pictures |= set(MEDIA.findall(raw))
            told = ForwardMsg()
            told.ParseFromString(raw)
            if told.WhichOneof("type") == "delta" and b"stException" in raw:
                self.seen.wrong.append("an exception on the page")
            if told.WhichOneof("type") == "new_session":
                self.session = told.new_session.initialize.session_id
            done = told.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY
            if told.WhichOneof("type") == "script_finished" and done:
                break
        new = pictures - self.known
        self.known |= new
        for path in new:
            self.seen.bytes += await asyncio.to_thread(_fetch, self.port, path.decode())


def _fetch(port: int, path: str) -> int:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=PATIENCE) as answer:
            return len(answer.read())
    except urllib.error.HTTPError as error:
        if error.code != 404:  # a map that grew: its next picture has replaced this one
            raise
        return 0


@contextlib.asynccontextmanager
async def visitor(port: int, seen: Seen, name: int = 0) -> AsyncIterator[Visitor]:
    """A visitor who has just come, with a browser's cookie of his own."""
    address = f"ws://127.0.0.1:{port}/_stcore/stream"
    cookie = {"Cookie": f"_streamlit_xsrf=2|00000000|{name:08x}|1800000000"}
    options = {
        "max_size": None,
        "open_timeout": PATIENCE,
        "ping_interval": None,  # patience is told by the caller
        "additional_headers": cookie,
    }
    async with connect(address, subprotocols=["streamlit"], **options) as socket:
        yield Visitor(socket, port, seen)


async def stay(port: int, number: int, ends: float, seen: Seen) -> None:
    """One visitor's pages until the end."""
    random_ = random.Random(number)
    await asyncio.sleep(random_.uniform(0, RAMP))
    try:
        async with visitor(port, seen, number + 1) as own:
            while time.monotonic() < ends:
                choice = random_.choice(PAGES), random_.choice(SAMPLES), random_.choice(OPACITIES)
                start = time.monotonic()
                await asyncio.wait_for(own.open(*choice), PATIENCE)
                seen.seconds.append(time.monotonic() - start)
                await asyncio.sleep(random_.uniform(0, PAUSE))
    except TimeoutError:
        seen.wrong.append("longer than a minute, or no connection")
    except (OSError, ConnectionError) as error:
        seen.wrong.append(type(error).__name__)


async def greedy(port: int, tab: int, ends: float, seen: Seen) -> None:
    """A tab of a visitor who has many: new curves without a pause, which start by themselves."""
    number = 0
    with contextlib.suppress(TimeoutError):
        async with visitor(port, seen, 0xFFFFFF) as own:
            while time.monotonic() < ends:
                number += 1
                query = f"image={SAMPLES[tab % len(SAMPLES)]}&target={(50 * tab + number) % 1000}"
                start = time.monotonic()
                await asyncio.wait_for(own.go("insertion", query), ends - start)
                seen.seconds.append(time.monotonic() - start)


async def prepare(port: int) -> None:
    """Every page once for each sample, so that all maps are known."""
    async with visitor(port, Seen()) as first:
        for sample in SAMPLES:
            for page in PAGES:
                await asyncio.wait_for(first.open(page, sample, 50), 10 * PATIENCE)


async def watch(server: psutil.Process, ends: float) -> int:
    """The largest memory of the server in bytes, looked at twice a second."""
    most = 0
    while time.monotonic() < ends:
        most = max(most, server.memory_info().rss)
        await asyncio.sleep(0.5)
    return most


async def crowd(
    port: int, server: psutil.Process, visitors: int, seconds: float, tabs: int
) -> dict[str, float]:
    """What that many visitors meet in that time, beside so many tabs of one more."""
    await prepare(port)
    seen, before, ends = Seen(), server.cpu_times(), time.monotonic() + seconds
    stays = [stay(port, number, ends, seen) for number in range(visitors)]
    beside = Seen()
    stays += [greedy(port, tab, ends, beside) for tab in range(tabs)]
    most, *_ = await asyncio.gather(watch(server, ends), *stays)
    used = server.cpu_times()
    ordered = sorted(seen.seconds)
    return {
        "visitors": visitors,
        "pages": len(ordered),
        "median, s": statistics.median(ordered),
        "95th percentile, s": ordered[int(0.95 * (len(ordered) - 1))],
        "longest, s": ordered[-1],
        "went wrong": len(seen.wrong),
        "pages of the many tabs": len(beside.seconds),
        "processor seconds a page": (used.user + used.system - before.user - before.system) / len(ordered),
        "kB a page": seen.bytes / 1000 / len(ordered),
        "largest memory, MB": most / 1e6,
    }


def main() -> int:
    """Print what was measured; 1 where something went wrong."""
    parser = argparse.ArgumentParser(prog="tests.benchmarks.visitors", description=__doc__.splitlines()[0])
    parser.add_argument("--visitors", default="1,5,20,30", help="how many at a time, one row each")
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--tabs", type=int, default=0, help="of one more visitor, who asks for new curves")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    rows = []
    for count in map(int, options.visitors.split(",")):
        port = free_port()
        with served(port, **FAST, XAI_PREFETCH="1") as process:
            server = psutil.Process(process.pid)
            rows.append(asyncio.run(crowd(port, server, count, options.seconds, options.tabs)))
        print(*(f"{name} {value:.2f}" for name, value in rows[-1].items()), sep="; ", flush=True)
    if options.json is not None:
        options.json.write_text(json.dumps(rows))
    return int(any(row["went wrong"] for row in rows))


if __name__ == "__main__":
    raise SystemExit(main())
