"""A trust study from its first click to its results, in real Chromium: a host and two participants."""

import re

import pandas as pd
import pytest
from PIL import Image
from playwright.sync_api import expect

import xai_core as xai

from .conftest import Journey, free_port, served

pytestmark = pytest.mark.browser
NAMES = ("EfficientNet", "Lite0", "Lite2", "Grad-CAM")


@pytest.fixture
def another(browser, address):
    """A second participant, on a phone."""
    started = Journey(browser, address)
    started.page.set_viewport_size({"width": 390, "height": 844})
    yield started
    started.context.close()


def made(journey, files=(), **settings: str) -> tuple[str, str]:
    """A study made in the form: the participants' and the results' link."""
    journey.open("/study?" + "&".join(f"{key}={value}" for key, value in settings.items()))
    if files:
        uploader = journey.page.get_by_test_id("stMain").get_by_test_id("stFileUploader")
        uploader.locator("input[type=file]").set_input_files(files)
        journey.settle()
    journey.page.get_by_role("button", name="Create the study").wait_for()
    journey.settle()
    journey.click("Create the study")
    expect(journey.page.get_by_text("For participants")).to_be_visible()
    journey.settle()
    shown = journey.page.locator("[data-testid=stCode]")
    expect(shown).to_have_count(2)
    expect(shown.last).to_contain_text("results=")
    links = shown.all_inner_texts()
    return tuple(re.sub(r"\s", "", link) for link in links)


def begin(person: Journey, link: str, name: str) -> None:
    person.open(link)
    person.page.get_by_label("Your name").fill(name)
    person.page.keyboard.press("Tab")
    person.settle()
    person.click("Start")


def answer(person: Journey, place: int, words: str, of: int = 3) -> None:
    """One question, seen without names."""
    expect(person.page.get_by_text(f"{place} of {of}")).to_be_visible()
    person.settle()
    expect(person.page.locator(".st-key-pair img")).to_have_count(2)
    shown = person.page.locator("body").inner_text()
    assert not [name for name in NAMES if name in shown]
    maps = [box.bounding_box() for box in person.page.locator(".st-key-pair img").all()]
    assert abs(maps[0]["y"] - maps[1]["y"]) < 1, "side by side, on a phone too"
    assert abs(maps[0]["width"] - maps[1]["width"]) < 1
    assert person.page.evaluate("document.documentElement.scrollWidth - innerWidth") == 0
    person.click(words)


def test_a_host_and_two_participants(journey, colleague, another):
    take, results = made(journey, questions="3", judged_by="grad_cam")
    expect(journey.page.get_by_text("Nobody has answered yet")).to_be_visible()

    begin(colleague, take, "<b>Ada</b>")
    for place, words in enumerate(("A clearly", "Equal", "B slightly"), 1):
        answer(colleague, place, words)
    expect(colleague.page.get_by_text("All 3 answers are in")).to_be_visible()

    begin(another, take, "Grace")
    answer(another, 1, "B clearly")
    expect(another.page.get_by_text("2 of 3")).to_be_visible()
    another.settle()
    another.in_address("me")
    own = another.page.url
    another.page.close()  # a pause: the page is closed, its address opened later
    another.page = another.context.new_page()
    another.page.set_viewport_size({"width": 390, "height": 844})
    another.open(own)
    answer(another, 2, "A slightly")
    answer(another, 3, "B clearly")
    expect(another.page.get_by_text("All 3 answers are in")).to_be_visible()

    # the host's page has followed by itself
    expect(journey.page.get_by_text("2 of 2", exact=True)).to_be_visible()
    journey.open(results)
    expect(journey.page.get_by_text("Grace").first).to_be_visible()
    expect(journey.page.get_by_text("<b>Ada</b>").first).to_be_visible()
    with journey.page.expect_download() as download:
        journey.page.get_by_role("button", name="All answers as CSV").click()
    table = pd.read_csv(download.value.path())
    assert table.groupby("name")["value"].apply(list).to_dict() == {
        "<b>Ada</b>": [-2, 0, 1],
        "Grace": [2, -1, 2],
    }
    assert table.groupby("participant")["question"].apply(set).tolist() == [{0, 1, 2}, {0, 1, 2}]
    favours = table["value"].where(table["right"] == "efficientnet_lite2", -table["value"])
    assert (table["score"] == favours).all()
    for person in (journey, colleague, another):
        person.unharmed()


def test_a_wrong_key_shows_nothing(journey):
    for query in ("take=abc", "results=abc"):
        journey.open(f"/study?{query}")
        expect(journey.page.get_by_text("This link opens no study")).to_be_visible()
        assert journey.page.get_by_role("button", name="Start").count() == 0
    journey.unharmed()


def test_a_guess_before_the_maps(journey, colleague):
    take, results = made(journey, questions="1", judged_by="grad_cam", guess_first="on")
    begin(colleague, take, "")
    page = colleague.page
    expect(page.get_by_role("button", name="Keep this mark")).to_be_disabled()
    assert page.locator(".st-key-pair img").count() == 0
    area = page.locator(".nsewdrag").first.bounding_box()
    page.mouse.move(area["x"] + 0.3 * area["width"], area["y"] + 0.3 * area["height"])
    page.mouse.down()
    page.mouse.move(area["x"] + 0.7 * area["width"], area["y"] + 0.8 * area["height"], steps=6)
    page.mouse.up()
    expect(page.get_by_role("button", name="Keep this mark")).to_be_enabled()
    colleague.settle()
    colleague.click("Keep this mark")
    expect(page.locator(".st-key-pair img")).to_have_count(2)
    colleague.settle()
    colleague.click("Equal")
    expect(page.get_by_text("Thank you")).to_be_visible()
    journey.open(results)
    expect(journey.page.get_by_text("1 mark")).to_be_visible()
    colleague.unharmed()
    journey.unharmed()


def test_the_app_is_killed_while_people_answer(browser, tmp_path):
    """Own pictures are uploaded; the server is killed (SIGKILL) with one answer on its way and started again:
    what was acknowledged is there, once, and both people go on."""
    files = [tmp_path / f"{key}.png" for key in ("chelsea", "coffee", "rocket")]
    for file in files:
        Image.fromarray(xai.load_sample(file.stem).pixels).save(file)
    port, database = free_port(), f"sqlite:///{tmp_path / 'study.db'}"
    people = [Journey(browser, f"http://127.0.0.1:{port}") for _ in range(3)]
    host, ada, grace = people
    settings = {"questions": "2", "judged_by": "grad_cam", "judged_on": "upload"}
    with served(port, DATABASE_URL=database) as server:
        take, results = made(host, files, **settings)
        for person, name in ((ada, "Ada"), (grace, "Grace")):
            begin(person, take, name)
        answer(ada, 1, "A clearly", of=2)
        expect(ada.page.get_by_text("2 of 2")).to_be_visible()
        expect(grace.page.get_by_text("1 of 2")).to_be_visible()
        grace.page.get_by_role("button", name="B slightly", exact=True).click()
        server.kill()
        server.wait(20)
    with served(port, DATABASE_URL=database):
        for person in (ada, grace):
            person.open(person.page.url)
        answer(ada, 2, "Equal", of=2)
        place = 2 if grace.page.get_by_text("2 of 2").count() else 1
        for number in range(place, 3):
            answer(grace, number, "B slightly", of=2)
        host.open(results)
        expect(host.page.get_by_text("Grace").first).to_be_visible()
        with host.page.expect_download() as download:
            host.page.get_by_role("button", name="All answers as CSV").click()
        table = pd.read_csv(download.value.path())
    assert table[table["name"] == "Ada"]["value"].tolist() == [-2, 0]
    assert table[table["name"] == "Grace"]["value"].tolist() == [1, 1]
    for person in people:
        assert person.page.get_by_test_id("stException").count() == 0
        person.context.close()
