"""The app of an installed wheel, started by its command from a folder that is somebody else's."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.installed import install

from .conftest import Journey, free_port, wait_until_healthy

pytestmark = [pytest.mark.browser, pytest.mark.wheel]

# a project of Streamlit's own, whose looks must not become the app's, and modules that must not be imported
STRANGERS = {
    ".streamlit/config.toml": '[theme.light]\nbackgroundColor = "#FF0000"\n',
    "pages/__init__.py": "raise ImportError('the pages of somebody else')\n",
    "dashboard.py": "raise ImportError('the dashboard of somebody else')\n",
    "random.py": "raise ImportError('a file of somebody else')\n",
}


@pytest.fixture
def journey(browser, tmp_path, request) -> Iterator[Journey]:
    """A person at the app that `saliency-lab` serves."""
    installed, port = install(tmp_path), free_port()
    for name, content in STRANGERS.items():
        (installed.home / name).parent.mkdir(exist_ok=True)
        (installed.home / name).write_text(content)
    command = [str(installed.bin / "saliency-lab"), "--port", str(port), "--headless"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    server = subprocess.Popen(command, cwd=installed.home, env=installed.environment(), **quiet)
    started = Journey(browser, f"http://127.0.0.1:{port}")
    request.node.journeys = [started]
    try:
        wait_until_healthy(started.address, server)
        yield started
    finally:
        started.context.close()
        server.terminate()
        server.wait(20)


def test_the_command_starts_the_app_and_its_first_page_shows_a_map(journey):
    journey.open("/")
    page = journey.page
    expect(page.get_by_role("heading", name="tiger cat")).to_be_visible(timeout=180_000)
    expect(page.get_by_role("button", name="Open the map of tiger cat")).to_be_attached()
    journey.unharmed()
    background = "getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor"
    assert page.evaluate(background) == "rgb(255, 255, 255)"
