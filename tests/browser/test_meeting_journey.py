"""A live meeting in real Chromium: a presenter and three followers, one of them on a phone."""

from __future__ import annotations

import re
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import expect

from .conftest import Journey, free_port, served

pytestmark = pytest.mark.browser
PICTURES = "[...document.querySelectorAll('[data-testid=stMain] img')].map(i => new URL(i.src).pathname)"


class Person(Journey):
    """A journey whose page is never at rest, since it asks again and again where the presenter is."""

    def __init__(self, browser, address: str, phone: bool = False):
        super().__init__(browser, address)
        if phone:
            self.context.close()
            self.context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
            self.page = self.context.new_page()
            self.page.on("console", self._note)

    def at(self, title: str) -> None:
        expect(self.page.get_by_role("heading", name=title, exact=True, level=1)).to_be_visible()
        self.settle()

    def sees_what(self, other: Person) -> bool:
        """Wait until both pages show the same pictures, at least one; whether that has come."""
        for _ in range(50):
            if self.pictures() == other.pictures() != []:
                return True
            self.page.wait_for_timeout(200)
        return False

    def pictures(self) -> list[str]:
        """The pictures of the page, whose names are digests of their bytes."""
        self.page.wait_for_function("[...document.images].every(i => i.complete && i.naturalWidth > 0)")
        return self.page.evaluate(PICTURES)


def mark(person: Person, x: float, y: float, finger: bool = False) -> None:
    """Mark the picture there."""
    place = person.page.locator(".place").first
    place.scroll_into_view_if_needed()
    box = place.bounding_box()
    press = person.page.touchscreen.tap if finger else person.page.mouse.click
    press(box["x"] + x * box["width"], box["y"] + y * box["height"])
    expect(person.page.get_by_text("Your mark is kept")).to_be_visible()


def test_a_meeting_from_its_code_to_its_minutes(browser, tmp_path):
    port, database = free_port(), f"sqlite:///{tmp_path / 'meetings.db'}"
    home = f"http://127.0.0.1:{port}"
    with ExitStack() as stack:
        lead, one, two, phone = people = [Person(browser, home, phone=n == 3) for n in range(4)]
        for person in people:
            stack.callback(person.context.close)
        with served(port, DATABASE_URL=database) as server:
            lead.open("/gallery?image=coffee")
            lead.click("Present live")
            expect(lead.page.get_by_text("Presenting")).to_be_visible()
            code = lead.in_address("follow")
            for person in (one, two, phone):
                person.open(f"{home}/?follow={code}")
                person.at("CAM gallery")
                assert person.sees_what(lead)
            expect(lead.page.get_by_text("3 follow")).to_be_visible()

            lead.visit("Compare methods")
            for person in (one, two, phone):
                person.at("Compare methods")

            two.click("Explore by yourself")
            two.visit("Methods")
            two.at("Methods")
            expect(lead.page.get_by_text("2 follow")).to_be_visible()
            lead.at("Compare methods")
            one.at("Compare methods")
            two.click("Back to the presenter")
            two.at("Compare methods")

            lead.visit("Live meeting")
            lead.click("Hold the map back and ask")
            for person, x, finger in ((one, 0.5, False), (phone, 0.3, True)):
                expect(person.page.get_by_text("Tap the place where")).to_be_visible()
                mark(person, x, 0.5, finger)
            server.kill()
            server.wait(20)
        with served(port, DATABASE_URL=database):
            for person in people:  # as a browser does that finds its server again, and a phone that wakes
                person.open(person.page.url)
            expect(lead.page.get_by_text("2 marked")).to_be_visible()
            lead.click("Show the map and all marks")
            for person in people:
                expect(person.page.get_by_text("2 people have marked the picture")).to_be_visible()
            assert one.sees_what(phone)
            phone.page.get_by_label("Your question about this view").fill("Why <b>there</b>?")
            phone.page.keyboard.press("Tab")
            phone.click("Send")
            expect(lead.page.get_by_text("Why <b>there</b>?")).to_be_visible()
            with lead.page.expect_download() as download:
                lead.page.get_by_role("button", name="Minutes as HTML").click()
            minutes = Path(download.value.path()).read_text()
            assert "Why &lt;b&gt;there&lt;/b&gt;?" in minutes
            assert "2 people have marked the picture" in minutes
            assert code not in minutes
            lead.click("End the meeting")
            lead.click("End it now")
            for person in (one, two, phone):
                expect(person.page.get_by_text("The meeting has ended")).to_be_visible()
            assert phone.page.evaluate("document.documentElement.scrollWidth") == 390
            for person in people:
                assert person.page.get_by_test_id("stException").count() == 0


def test_what_the_presenter_points_at_is_seen_on_the_opened_map(browser, tmp_path):
    """A mouse that rests, then a box, which a resting mouse leaves as it is."""
    port, database = free_port(), f"sqlite:///{tmp_path / 'meetings.db'}"
    with ExitStack() as stack:
        stack.enter_context(served(port, DATABASE_URL=database))
        lead, one = (Person(browser, f"http://127.0.0.1:{port}") for _ in range(2))
        for person in (lead, one):
            stack.callback(person.context.close)
        lead.open("/gallery?image=coffee")
        lead.click("Present live")
        one.open(f"/?follow={lead.in_address('follow')}")
        one.at("CAM gallery")
        lead.page.get_by_role("button", name=re.compile("^Open ")).first.click()
        marked = one.page.get_by_role("dialog").locator(".shapelayer path")
        expect(one.page.get_by_role("dialog").locator(".js-plotly-plot")).to_be_visible()
        expect(marked).to_have_count(0)
        lead.page.get_by_text("Point at a place").click()
        place = lead.page.locator(".place")
        lead.settle()
        place.scroll_into_view_if_needed()
        lead.still(place)
        place.hover(position={"x": 60, "y": 60})
        expect(marked).to_have_count(2)  # a white ring on a black one
        lead.settle()
        ring = marked.first.get_attribute("d")
        box = place.bounding_box()
        lead.page.mouse.move(box["x"] + 40, box["y"] + 40)
        lead.page.mouse.down()
        lead.page.mouse.move(box["x"] + 160, box["y"] + 120, steps=4)
        lead.page.mouse.up()
        expect(marked.first).not_to_have_attribute("d", ring)
        lead.settle()
        drawn = marked.first.get_attribute("d")
        place.hover(position={"x": 200, "y": 200})
        lead.page.wait_for_timeout(1500)  # as long as a ring would have taken
        assert marked.first.get_attribute("d") == drawn
        for person in (lead, one):
            assert person.page.get_by_test_id("stException").count() == 0


def test_two_servers_with_one_database(browser, tmp_path, shared_data):
    """A follower's server finds out by itself what another one has written, a picture of the presenter's own
    too."""
    ports, database = (free_port(), free_port()), f"sqlite:///{tmp_path / 'meetings.db'}"
    with ExitStack() as stack:
        for port in ports:
            stack.enter_context(served(port, DATABASE_URL=database))
        lead, one = (Person(browser, f"http://127.0.0.1:{port}") for port in ports)
        for person in (lead, one):
            stack.callback(person.context.close)
        lead.open("/compare?image=coffee")
        lead.click("Present live")
        expect(lead.page.get_by_text("Presenting")).to_be_visible()
        one.open(f"/?follow={lead.in_address('follow')}")
        one.at("Compare methods")
        lead.page.get_by_role("radio", name="Upload").click()
        lead.settle()
        photograph = shared_data / "images" / "imagenet_sample" / "n03063599_coffee_mug.jpg"
        lead.page.locator("[data-testid=stFileUploader] input[type=file]").first.set_input_files(photograph)
        for person in (lead, one):
            expect(person.page.get_by_text("coffee mug").first).to_be_visible()
        assert one.sees_what(lead)
        lead.visit("Methods")
        one.at("Methods")
        one.click("Leave")
        lead.visit("CAM gallery")
        lead.at("CAM gallery")
        one.at("Methods")
