"""What a person waits for in the running app.   python -m tests.benchmarks.app [--rounds N] [--json FILE]

The time on the server is that of one run of the script (Streamlit's AppTest, everything in this process); the
time in the browser is from the key press to the new picture, in headless Chromium, where that is installed.
Medians. Then each page's first view in a fresh browser, on a server that has been up for a minute: the
seconds until its title stands there, until its first picture or chart does, and until its script rests. Once
with the default picture, while a visitor has the first page open (the server computes ahead what he may ask
for next), and once with a sample of its own for each page and nothing computed ahead, so that no map is
known. Take the figures on a quiet machine."""

from __future__ import annotations

import argparse
import contextlib
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.app import new_app
from tests.app import switch as switch_page
from tests.browser.conftest import FLAGS, chromium, free_port, served, wait_until_healthy

TILES = "[data-testid=stMain] [class*=st-key-pick-] img"
LAST_TILE = f"() => [...document.querySelectorAll('{TILES}')].at(-1)?.src"


def on_the_server(rounds: int) -> dict[str, float]:
    """Step -> median seconds of one run."""
    app = new_app(timeout=300).run()
    switch_page(app, "gallery").run()

    def switch(page: str) -> None:
        switch_page(app, page).run()

    def move(value: int) -> None:
        next(s for s in app.slider if s.label == "Opacity of the map").set_value(value).run()

    times = {
        "page switch, all maps known": [
            _seconds(lambda page=page: switch(page))
            for _ in range(rounds)
            for page in ("overview", "gallery")
        ],
        "gallery after a slider move": [_seconds(lambda v=v: move(v)) for v in range(30, 30 + rounds)],
    }
    return {name: statistics.median(values) for name, values in times.items()}


PAGES = (  # with a sample for each
    ("overview", "chelsea"),
    ("gallery", "coffee"),
    ("compare", "rocket"),
    ("lime", "flower"),
    ("counterfactual", "chelsea+coffee"),
    ("adversarial", "china"),
    ("insertion", "coffee+rocket"),
    ("trust", "chelsea+rocket"),
    ("right_wrong", "chelsea"),
    ("localization", "chelsea"),
    ("concepts", "chelsea"),
)
UP = 60  # seconds that the server has been up
FIRST_VIEW = {
    "frame": "document.querySelector('[data-testid=stMain] h1')",
    "picture": "[...document.querySelectorAll('[data-testid=stMain] img')].some(i => i.naturalWidth > 0) || "
    "document.querySelector('[data-testid=stMain] .js-plotly-plot')",
    "complete": "document.querySelector('[data-testid=stMain] h1') && "
    "document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'",
}


def first_views(executable: str, ahead: bool) -> dict[str, float]:
    """Page and moment -> seconds since its address was opened."""
    found = {}
    with sync_playwright() as playwright, contextlib.ExitStack() as server:
        browser, port = playwright.chromium.launch(executable_path=executable, args=FLAGS), free_port()
        server.enter_context(served(port, XAI_PREFETCH="1" if ahead else "0"))
        open_page = browser.new_page()
        open_page.goto(f"http://127.0.0.1:{port}/")
        time.sleep(UP)
        for name, image in PAGES:
            path = "" if name == "overview" else name
            query = "" if ahead else f"?image={image}"
            times = _first_view(browser, f"http://127.0.0.1:{port}/{path}{query}")
            print(name, *(f"{moment} {seconds:.2f} s" for moment, seconds in times.items()), flush=True)
            found |= {f"{name}, {moment}": seconds for moment, seconds in times.items()}
    return found


def _first_view(browser: Browser, address: str) -> dict[str, float]:
    """The moments of one page, for a visitor of his own."""
    page = browser.new_page()
    page.goto(address, wait_until="commit")
    start, times = time.perf_counter(), {}
    for moment, condition in FIRST_VIEW.items():
        page.wait_for_function(f"() => Boolean({condition})", timeout=300_000)
        times[moment] = time.perf_counter() - start
    page.close()
    return times


def cold_start(executable: str) -> dict[str, float]:
    """Moment -> seconds since a server and nothing else was started."""
    with sync_playwright() as playwright, contextlib.ExitStack() as server:
        page = playwright.chromium.launch(executable_path=executable, args=FLAGS).new_page()
        started, port, times = time.perf_counter(), free_port(), {}
        server.enter_context(served(port))
        times["the server answers"] = time.perf_counter() - started
        page.goto(f"http://127.0.0.1:{port}/", wait_until="commit")
        page.get_by_role("heading", level=1).first.wait_for(timeout=120_000)
        times["the frame"] = time.perf_counter() - started
        page.get_by_role("button", name="Open the map of espresso").wait_for(timeout=120_000)
        times["the first heat map"] = time.perf_counter() - started
    return times


def empty_start(executable: str) -> dict[str, float]:
    """The same for an app of one line, which is what Streamlit and the browser take themselves."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        (Path(folder) / "app.py").write_text("import streamlit as st; st.title('Empty')")
        page = playwright.chromium.launch(executable_path=executable, args=FLAGS).new_page()
        started, port = time.perf_counter(), free_port()
        command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless", "true"]
        server = subprocess.Popen(
            [*command, "--server.port", str(port)],
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            wait_until_healthy(f"http://127.0.0.1:{port}", server)
            page.goto(f"http://127.0.0.1:{port}/", wait_until="commit")
            page.get_by_role("heading", level=1).first.wait_for(timeout=120_000)
            return {"the frame of an app of one line": time.perf_counter() - started}
        finally:
            server.terminate()
            server.wait(20)


def cold_starts(rounds: int, executable: str) -> dict[str, float]:
    """Moment -> median seconds over so many fresh servers, and the slowest."""
    every = [cold_start(executable) | empty_start(executable) for _ in range(rounds)]
    found = {moment: statistics.median(one[moment] for one in every) for moment in every[0]}
    return found | {f"{moment}, slowest": max(one[moment] for one in every) for moment in every[0]}


def in_the_browser(rounds: int, executable: str) -> dict[str, float]:
    """Step -> median seconds until it is seen."""
    with sync_playwright() as playwright, contextlib.ExitStack() as server:
        page, port = (
            playwright.chromium.launch(executable_path=executable, args=FLAGS).new_page(),
            free_port(),
        )
        server.enter_context(served(port))
        page.goto(f"http://127.0.0.1:{port}/gallery")
        page.locator(TILES).last.wait_for(timeout=120_000)
        page.wait_for_timeout(3000)
        switches = [
            _seconds(lambda name=name: _visit(page, name))
            for _ in range(rounds)
            for name in ("Overview", "CAM gallery")
        ]
        page.get_by_role("button", name="Look").first.click()
        slider = page.get_by_role("slider", name="Opacity of the map").first
        slider.focus()
        moves = []
        for _ in range(rounds):
            moves.append(_seconds(lambda: _press(page)))
            page.wait_for_timeout(500)  # until the app rests
    return {
        "page switch, all maps known": statistics.median(switches),
        "gallery tile after a slider move": statistics.median(moves),
    }


def _visit(page: Page, name: str) -> None:
    page.get_by_test_id("stTopNavSection").first.click()
    page.get_by_role("menuitem", name=name, exact=True).click()
    heading = "CAM gallery" if name == "CAM gallery" else "espresso"
    page.get_by_role("heading", level=1).filter(has_text=heading).wait_for()
    page.wait_for_function("document.querySelector('[data-testid=stMain] img')?.complete")


def _press(page: Page) -> None:
    before = page.evaluate(LAST_TILE)
    page.keyboard.press("ArrowRight")
    page.wait_for_function(f"before => ({LAST_TILE})() !== before", arg=before)


def _seconds(work: Callable[[], None]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> int:
    """Print both tables, and write them."""
    parser = argparse.ArgumentParser(prog="tests.benchmarks.app", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    tables = {"On the server": on_the_server(options.rounds)}
    executable = chromium(whole=True)
    if executable is not None:
        tables["Fresh servers"] = cold_starts(options.rounds, executable)
        tables["In the browser"] = in_the_browser(options.rounds, executable)
        tables["First views, the default picture computed ahead"] = first_views(executable, ahead=True)
        tables["First views, another picture, nothing ahead"] = first_views(executable, ahead=False)
    for title, steps in tables.items():
        print(title)
        for step, seconds in steps.items():
            print(f"  {step:<50} {1000 * seconds:7.0f} ms")
    if options.json is not None:
        options.json.write_text(json.dumps(tables))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
