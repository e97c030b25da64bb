"""The real app in real Chromium. Skipped where there is none, unless XAI_REQUIRE_BROWSER=1, which fails
instead.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

ROOT = Path(__file__).parents[2]
expect.set_options(timeout=60_000)  # a wrong page fails late, a slow machine does not fail
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def chromium(whole: bool = False) -> str | None:
    """The browser of the system, since a test's own download of one is not to be relied on. Where it is,
    Chromium's headless shell, which draws the same pages in half of the processor time; with `whole`, the
    browser that people use."""
    names = BROWSERS if whole else ("chromium-headless-shell", *BROWSERS)
    return next(filter(None, map(shutil.which, names)), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = chromium()
    if path is None:
        if os.environ.get("XAI_REQUIRE_BROWSER") == "1":
            pytest.fail("XAI_REQUIRE_BROWSER=1, but there is no Chromium on this machine")
        pytest.skip("no Chromium on this machine (Debian's package chromium-headless-shell, or chromium)")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield started
        started.close()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@contextmanager
def served(port: int, under: tuple[str, ...] = (), **environment: str) -> Iterator[subprocess.Popen]:
    """A server of its own, started from a folder other than the tests', ended by its own process id. It
    computes nothing ahead, so that what a journey finds in memory is what the journey asked for. `under` is a
    command that becomes the one behind it, such as taskset."""
    options = {"port": str(port), "headless": "true", "address": "127.0.0.1", "fileWatcherType": "none"}
    command = [*under, sys.executable, "-m", "streamlit", "run", "dashboard.py"]
    command += [part for name, value in options.items() for part in (f"--server.{name}", value)]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    server = subprocess.Popen(
        command,
        cwd=ROOT,
        env=os.environ | {"XAI_PREFETCH": "0", "XAI_FOLDERS_ROOT": "/"} | environment,
        **quiet,
    )
    try:
        path = environment.get("STREAMLIT_SERVER_BASE_URL_PATH", "")
        wait_until_healthy(f"http://127.0.0.1:{port}/{path}".rstrip("/"), server)
        yield server
    finally:
        server.terminate()
        server.wait(20)


FAST = {"STREAMLIT_RUNNER_FAST_RERUNS": "true"}  # as Community Cloud sets it, whatever the app says


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The server of all journeys, with folders that are gone afterwards. A click begins the next run before
    the last one has ended."""
    kept = ("XAI_MODELS_DIR", "XAI_DATA_DIR", "XAI_BOARDS_DIR")
    port = free_port()
    with served(port, **FAST, **{name: str(tmp_path_factory.mktemp(name)) for name in kept}):
        yield f"http://127.0.0.1:{port}"


def wait_until_healthy(url: str, server: subprocess.Popen) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        if server.poll() is not None:
            pytest.fail(f"the app ended with status {server.returncode} while starting")
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=2):
                return
        except OSError:
            time.sleep(0.3)
    pytest.fail("the app did not start within 90 seconds")


# The script has ended and nothing was added to the page or taken from it for 0.2 seconds: on a busy machine
# the browser draws what came later than the script ends.
QUIET = """() => {
    const state = document.querySelector('[data-testid=stApp]')?.dataset.testScriptState;
    if (state !== 'notRunning') return false;
    if (!window.changes) {
        const noted = { at: performance.now() };
        noted.observer = new MutationObserver(() => noted.at = performance.now());
        noted.observer.observe(document.body, { childList: true, subtree: true });
        window.changes = noted;
    }
    if (performance.now() - window.changes.at < 200) return false;
    window.changes.observer.disconnect();
    window.changes = null;
    return true;
}"""


class Journey:
    """A person at the app: a page of their own, and everything the browser's console said."""

    def __init__(self, browser: Browser, address: str):
        self.context = browser.new_context(viewport={"width": 1280, "height": 800}, accept_downloads=True)
        self.context.grant_permissions(["clipboard-read", "clipboard-write"])
        self.page: Page = self.context.new_page()
        self.address = address
        self.said: list[str] = []
        self.page.on("console", self._note)
        self.page.on("pageerror", lambda error: self.said.append(f"page error: {error}"))

    def _note(self, message) -> None:
        # opened at a page's path, Streamlit's own client asks there for its server before it asks at the root
        probes = ("/_stcore/health", "/_stcore/host-config")
        url = message.location.get("url", "")
        # a picture that was replaced while it was on its way is gone; the browser and its page both say so,
        # and that none on the page is broken, `unharmed` sees
        replaced = "/media/" in url and "404" in message.text
        replaced = replaced or ("Image source error" in message.text and "/media/" in message.text)
        if message.type == "error" and not url.endswith(probes) and not replaced:
            self.said.append(message.text)

    def open(self, path: str = "/", picture: str = "chelsea") -> None:
        """Go to a path of the app, there with that sample unless the path names another one, or to a whole
        address as it is."""
        if picture and not path.startswith("http") and not re.search(r"[?&](image|take|results)=", path):
            path += ("&" if "?" in path else "?") + f"image={picture}"
        self.page.goto(path if path.startswith("http") else self.address + path)
        self.settle()

    def visit(self, title: str) -> None:
        """Go to a page by the menu across the top."""
        for part in self.page.get_by_test_id("stTopNavSection").all():
            part.click()
            entry = self.page.get_by_role("menuitem", name=title, exact=True)
            self.page.get_by_role("menuitem").first.wait_for()
            if entry.count():
                entry.click()
                self.settle()
                return
            self.page.keyboard.press("Escape")
            self.page.get_by_role("menu").wait_for(state="detached")
        pytest.fail(f"the menu has no page {title!r}")

    def settle(self) -> None:
        """Wait for the script to have run and for the browser to have drawn what came, not for a spinner."""
        self.page.wait_for_timeout(300)
        self.page.wait_for_function(QUIET, timeout=120_000)

    def rest(self) -> None:
        """Wait until nothing has run for a second: what was computed last is drawn, and nothing follows."""
        self.settle()
        self.page.wait_for_function(
            """() => {
                const state = document.querySelector('[data-testid=stApp]')?.dataset.testScriptState;
                if (state !== 'notRunning') window.rested = null;
                else window.rested ??= performance.now();
                return window.rested && performance.now() - window.rested > 1000;
            }""",
            timeout=120_000,
        )

    def still(self, part: Locator) -> None:
        """Wait until this part of the page has stood where it is for half a second: under a mouse that rests,
        what an opening expander moves is left."""
        part.evaluate(
            """part => new Promise(stands => {
                let last = "", since = 0;
                const look = now => {
                    const { x, y, width, height } = part.getBoundingClientRect();
                    const here = [x, y, width, height].join();
                    if (here !== last || !height) [last, since] = [here, now];
                    if (now - since > 500) stands(); else requestAnimationFrame(look);
                };
                requestAnimationFrame(look);
            })"""
        )

    def click(self, name: str, role: str = "button") -> None:
        self.page.get_by_role(role, name=name, exact=True).first.click()
        self.settle()

    def switch(self, label: str) -> None:
        self.page.get_by_text(label, exact=True).first.click()
        self.settle()

    def choose(self, label: str, text: str) -> None:
        """Type into a select box and take the first that fits."""
        box = self.page.get_by_role("combobox", name=label).first
        box.click()
        box.fill(text)
        self.page.get_by_role("option").first.click()
        self.settle()

    def expect_url(self, part: str) -> None:
        """Wait until the address bar holds this."""
        expect(self.page).to_have_url(re.compile(re.escape(quote(part, safe="=&/"))))

    def in_address(self, name: str) -> str:
        """The value of a parameter of the address, once it is there: the browser writes it after the page."""
        expect(self.page).to_have_url(re.compile(rf"[?&]{name}=[^&]"))
        return parse_qs(urlsplit(self.page.url).query)[name][0]

    def expect_tiles(self, count: int) -> None:
        """Wait until that many maps can be opened."""
        self.page.wait_for_function(
            "count => [...document.querySelectorAll('[class*=st-key-pick-] button')]"
            ".filter(b => b.innerText.startsWith('Open ')).length === count",
            arg=count,
            timeout=60_000,
        )

    def tiles(self) -> list[str]:
        """The names of the maps that can be opened."""
        names = self.page.locator("[class*=st-key-pick-] button").all_inner_texts()
        return [name for name in names if name.startswith("Open ")]

    def finish(self, text: str) -> None:
        """Wait for the text, pressing Compute where the work is announced first."""
        compute = self.page.get_by_role("button", name="Compute", exact=True)
        compute.or_(self.page.get_by_text(text)).first.wait_for()
        self.settle()
        if compute.count():
            compute.click()
        expect(self.page.get_by_text(text).first).to_be_visible(timeout=180_000)
        self.settle()

    def unharmed(self) -> None:
        """No exception box on the page, nothing in the console, and nothing that overflows the window, be it
        as wide as a laptop's or a projector's."""
        assert self.page.get_by_test_id("stException").count() == 0
        assert self.said == []
        self.page.wait_for_function("[...document.images].every(i => i.complete && i.naturalWidth > 0)")
        before = self.page.viewport_size
        for width in (1920, before["width"]):
            self.page.set_viewport_size({"width": width, "height": before["height"]})
            self.page.wait_for_timeout(250)
            assert self.page.evaluate("[document.documentElement.scrollWidth, innerWidth]") == [width, width]


@pytest.fixture
def journey(browser: Browser, address: str, request: pytest.FixtureRequest) -> Iterator[Journey]:
    started = Journey(browser, address)
    request.node.journeys = [started]
    yield started
    started.context.close()


@pytest.fixture
def colleague(browser: Browser, address: str) -> Iterator[Journey]:
    """Somebody else, with whom a link is shared."""
    started = Journey(browser, address)
    yield started
    started.context.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """A journey that fails says what its page showed."""
    report = yield
    if report.when == "call" and report.failed:
        for one in getattr(item, "journeys", ()):
            shown = one.page.get_by_test_id("stApp")
            there = shown.count() == 1  # a page that never came has none
            state = shown.get_attribute("data-test-script-state") if there else "not there"
            text = shown.inner_text() if there else one.page.locator("body").inner_text()
            report.sections.append((f"{one.page.url}, {state}", text[:3000]))
            report.sections.append(("Browser console", "\n".join(one.said)))
    return report
