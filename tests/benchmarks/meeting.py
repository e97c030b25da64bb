"""A live meeting: how soon followers see what the presenter shows.

    python -m tests.benchmarks.meeting [--followers 20] [--browsers 2] [--moves 50] [--all-pages] [--seed 0]

A presenter makes random moves among five pages (or all), four samples and ten opacities, each after the
followers of the last one have come or ten seconds have gone by. `--followers` people follow, each with a
connection and a session of his own. `--browsers` of them are real pages of one Chromium, which takes the
processors that the server needs too; the others speak Streamlit's protocol, as devices of their own would.
Somebody has come when his address is the presenter's, the run is over, and every picture is there.

Prints the seconds from the presenter's click, and from the moment when his own page was complete, as median
and 95th percentile over all moves, for either kind of follower; how many never came; how many showed other
pictures than the presenter (pictures are named by their bytes); how many inputs went through the network; and
what a real browser takes of the processors. Beside that, the seconds and the inputs of a presenter who makes
the same moves alone, on a server of his own. The exit code is 1 where a follower never came or showed other
pictures, where the inputs differ, or where for one kind the median is above one second or the 95th percentile
above three. Take the figures on a quiet machine."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from playwright.async_api import Browser, async_playwright
from streamlit.proto.BackMsg_pb2 import BackMsg

from pages._ui import navigation
from tests.browser.conftest import FLAGS, chromium, free_port, served

from .in_meeting import WATCH, Arrival, Follower, Presenter, Window
from .visitors import OPACITIES, PAGES, SAMPLES, Seen, visitor

ALL_PAGES = tuple(page.key for page in navigation.PAGES)
MEDIAN, LATE, PATIENCE = 1.0, 3.0, 10.0  # seconds


@dataclass
class Found:
    """Seconds from the click and from the presenter's complete page, and what went wrong."""

    click: list[float] = field(default_factory=list)
    page: list[float] = field(default_factory=list)
    never: int = 0
    other: int = 0

    def note(self, arrived: Arrival | None, presenter: Presenter, start: float, complete: float) -> None:
        """What came of one move: where a follower had arrived, or None for who never came."""
        if arrived is None:
            self.never += 1
            return
        shown, pictures = arrived.pictures, presenter.pictures
        if bool(shown) != bool(pictures - presenter.own) or not shown <= pictures:
            self.other += 1
            counts = f"{len(shown - pictures)} of {len(shown)} pictures are not among the presenter's"
            print(f"{presenter.place()}: {counts} {len(pictures)}", file=sys.stderr)
        self.click.append(arrived.at - start)
        self.page.append(arrived.at - complete)


def moves(count: int, seed: int, pages: Sequence[str] = PAGES) -> list[tuple[str, str]]:
    """Random views of those pages, none of them among the four before it: the app takes an address that comes
    back within three seconds for one that was on its way."""
    draw, found = random.Random(seed), [("", "")]
    while len(found) <= count:
        opacity = draw.choice([one for one in OPACITIES if one != 70])
        one = draw.choice(pages), f"image={draw.choice(SAMPLES)}&opacity={opacity}"
        if one not in found[-4:]:
            found.append(one)
    return found[1:]


async def alone(port: int, views: list[tuple[str, str]]) -> tuple[list[float], int]:
    """The seconds of each view of a presenter whom nobody follows, and the inputs computed."""
    taken = []
    async with visitor(port, Seen()) as one:
        presenter = Presenter(one)
        await presenter.show("methods", "")
        for view in views:
            start = time.time()
            await presenter.show(*view)
            taken.append(time.time() - start)
        return taken, await presenter.all_passes(views[-1][1])


async def followed(
    port: int, database: str, views: list[tuple[str, str]], connections: int, browsers: int
) -> tuple[dict[str, Found], int]:
    """What the followers of either kind met, and the inputs computed."""
    from xai_core.meeting import Meetings
    from xai_core.trust_study import StudyStore

    keys = Meetings(StudyStore(database).engine).begin()
    async with contextlib.AsyncExitStack() as stack:
        presenter = Presenter(await stack.enter_async_context(visitor(port, Seen())))
        presenter.link = f"&follow={keys.code}&lead={keys.presenter_key}"
        await presenter.show("methods", "")
        await presenter.show("meeting", f"image={SAMPLES[0]}")
        presenter.own = frozenset(presenter.pictures)  # before a round, that page shows nothing else
        people = {
            "connections": [await _connected(stack, port, keys.code, n + 1) for n in range(connections)],
            "browsers": await _windows(stack, port, keys.code, browsers),
        }
        found = {kind: Found() for kind, some in people.items() if some}
        before = await _processor(people["browsers"])
        for view in views:
            await _move(presenter, people, view, found)
        if browsers:
            spent = (await _processor(people["browsers"]) - before) / len(views) / browsers
            print(f"A browser takes {spent:.2f} s of a processor for each move.")
        return found, await presenter.all_passes(views[-1][1])


async def _processor(windows: list[Window]) -> float:
    """Seconds of a processor that all processes of the windows' browser have taken."""
    browser = windows[0].page.context.browser if windows else None
    if browser is None:
        return 0.0
    session = await browser.new_browser_cdp_session()
    processes = (await session.send("SystemInfo.getProcessInfo"))["processInfo"]
    return sum(one["cpuTime"] for one in processes)


async def _connected(stack: contextlib.AsyncExitStack, port: int, code: str, number: int) -> Follower:
    one = Follower(await stack.enter_async_context(visitor(port, Seen(), number)))
    message = BackMsg()
    message.rerun_script.query_string = f"follow={code}"
    await one.socket.send(message.SerializeToString())
    listening = asyncio.create_task(one.listen())
    stack.callback(listening.cancel)
    return one


async def _windows(stack: contextlib.AsyncExitStack, port: int, code: str, count: int) -> list[Window]:
    if not count:
        return []
    playwright = await stack.enter_async_context(async_playwright())
    browser = await playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
    stack.push_async_callback(browser.close)
    return [await _window(browser, port, code) for _ in range(count)]


async def _window(browser: Browser, port: int, code: str) -> Window:
    context = await browser.new_context(viewport={"width": 1280, "height": 800})
    page = await context.new_page()
    await page.add_init_script(WATCH)
    await page.goto(f"http://127.0.0.1:{port}/?follow={code}")
    await page.get_by_text("You follow the presenter").wait_for(timeout=120_000)
    return Window(page)


async def _move(
    presenter: Presenter, people: dict[str, list[Any]], view: tuple[str, str], found: dict[str, Found]
) -> None:
    start = time.time()
    await presenter.show(*view)
    wanted = presenter.place()
    complete, deadline = time.time(), time.time() + PATIENCE
    for kind, some in people.items():
        for arrived in await asyncio.gather(*(one.come(wanted, deadline) for one in some)):
            found[kind].note(arrived, presenter, start, complete)


def say(found: dict[str, Found], passes: int, before: int) -> bool:
    """Print it, and whether all of it holds."""
    holds = passes == before
    for kind, one in found.items():
        for name, values in (("the click", one.click), ("the presenter's complete page", one.page)):
            median, late = np.percentile(values, [50, 95])
            times = f"median {median:.2f} s, 95th percentile {late:.2f} s, {len(values)} times"
            print(f"{kind}, from {name}: {times}.")
        print(f"{kind}: never came {one.never}, other pictures {one.other}.")
        median, late = np.percentile(one.click, [50, 95])
        holds &= not one.never and not one.other and median <= MEDIAN and late <= LATE
    print(f"Inputs computed: {passes:,} with followers, {before:,} alone.")
    return holds


def main() -> int:
    """Measure and print; 1 where something does not hold."""
    parser = argparse.ArgumentParser(prog="tests.benchmarks.meeting", description=__doc__.splitlines()[0])
    parser.add_argument("--followers", type=int, default=20)
    parser.add_argument("--browsers", type=int, default=2, help="so many of the followers are real browsers")
    parser.add_argument("--moves", type=int, default=50)
    parser.add_argument("--all-pages", action="store_true", help="every page instead of five")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    views = moves(options.moves, options.seed, ALL_PAGES if options.all_pages else PAGES)
    connections = options.followers - options.browsers
    with tempfile.TemporaryDirectory() as folder:
        database = f"sqlite:///{folder}/meetings.sqlite"
        port = free_port()
        with served(port, DATABASE_URL=database):
            taken, before = asyncio.run(alone(port, views))
        with served(port, DATABASE_URL=database):
            found, passes = asyncio.run(followed(port, database, views, connections, options.browsers))
    median, late = np.percentile(taken, [50, 95])
    print(
        f"A presenter alone, from the click to his page: median {median:.2f} s, 95th percentile {late:.2f} s."
    )
    return int(not say(found, passes, before))


if __name__ == "__main__":
    sys.exit(main())
