"""The app under a path of its own, as behind a proxy: what the browser asks for, and every link that the app
makes, carries the path. What does not would reach the other servers of the proxy."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from .conftest import FAST, Journey, free_port, served

pytestmark = pytest.mark.browser
PATH = "/lab"


@pytest.fixture(scope="module")
def address(tmp_path_factory) -> Iterator[str]:
    """A server of its own, under the path."""
    kept = ("XAI_MODELS_DIR", "XAI_DATA_DIR", "XAI_BOARDS_DIR")
    folders = {name: str(tmp_path_factory.mktemp(name)) for name in kept}
    port = free_port()
    with served(port, **FAST, **folders, STREAMLIT_SERVER_BASE_URL_PATH=PATH.strip("/")):
        yield f"http://127.0.0.1:{port}{PATH}"


@pytest.fixture
def asked(journey: Journey) -> list[str]:
    """The paths of everything that the browser asks for, websockets included."""
    paths: list[str] = []
    own = journey.address.removesuffix(PATH)

    def note(url: str) -> None:
        if url.replace("ws://", "http://").startswith(own):
            paths.append(urlsplit(url).path)

    journey.page.on("request", lambda request: note(request.url))
    journey.page.on("websocket", lambda socket: note(socket.url))
    return paths


def all_under_the_path(paths: list[str]) -> None:
    assert paths
    assert {path for path in paths if not path.startswith(f"{PATH}/")} <= {PATH, "/favicon.ico"}


def test_pages_pictures_and_links_carry_the_path(journey, asked):
    journey.open("/")
    page = journey.page
    expect(page.get_by_role("heading", name="tiger cat")).to_be_visible()
    links = page.get_by_test_id("stPageLink-NavLink")
    expect(links.first).to_be_visible()
    addresses = [urlsplit(link.evaluate("a => a.href")).path for link in links.all()]
    assert all(path.startswith(f"{PATH}/") for path in addresses)
    links.first.click()
    journey.settle()
    expect(page).to_have_url(re.compile(re.escape(addresses[0])))
    for title, key in (("CAM gallery", "gallery"), ("Compare methods", "compare"), ("Pinboard", "board")):
        journey.visit(title)
        expect(page).to_have_url(re.compile(rf"{PATH}/{key}(\?|$)"))
    journey.unharmed()
    kinds = {path.removeprefix(PATH).split("/")[1] for path in asked}
    assert {"_stcore", "static", "media"} <= kinds
    all_under_the_path(asked)


def test_a_link_to_the_view_leads_back_to_it(journey, asked):
    journey.open("/gallery?methods=grad_cam")
    journey.page.get_by_role("button", name="Pin").first.wait_for()
    journey.click("Link to this view")
    link = journey.page.get_by_test_id("stPopoverBody").get_by_test_id("stCode").first.inner_text().strip()
    assert link.startswith(f"{journey.address}/gallery?")
    journey.open(link)
    expect(journey.page.get_by_role("button", name="Pin").first).to_be_visible()
    journey.unharmed()
    all_under_the_path(asked)
