"""The pinboard in real Chromium: four panels of three pages, arranged, presented, carried away, opened
offline.
"""

import re
import zipfile

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
NOTE = "Both eyes <img src=x onerror=alert(1)>"


def pin(journey, key):
    """Press the Pin of that key and wait until it is said."""
    journey.page.locator(f".st-key-pin-{key}").get_by_role("button", name="Pin").first.click()
    expect(journey.page.get_by_test_id("stToast").filter(has_text="Pinned").last).to_be_visible()
    journey.expect_url("board=")
    journey.settle()


def titles(journey):
    return [box.input_value() for box in journey.page.get_by_role("textbox", name="Title").all()]


@pytest.fixture
def board(journey):
    """The key of a board with a map and a chart of Overview, a curve, and an opened map of the gallery."""
    journey.open("/?relu=off")
    pin(journey, "overview-on")
    pin(journey, "top5")
    key = journey.in_address("board")
    journey.open(f"/insertion?superpixel=56&curve_maps=grad_cam&board={key}")
    journey.finish("Superpixels")
    pin(journey, "insertion")
    journey.open(f"/gallery?tile=0&board={key}")
    expect(journey.page.get_by_role("dialog")).to_contain_text("Forward passes")
    pin(journey, "opened")
    journey.unharmed()
    return key


def test_from_pins_to_a_report(journey, colleague, board, tmp_path):
    page = journey.page
    journey.open(f"/board?board={board}")
    expect(page.get_by_role("textbox", name="Title")).to_have_count(4)
    given = titles(journey)
    page.get_by_role("textbox", name="Note").first.fill(NOTE)
    page.get_by_role("textbox", name="Note").first.blur()
    journey.settle()
    page.get_by_role("button", name="Later").first.click()
    journey.settle()
    page.reload()
    journey.settle()
    expect(page.get_by_role("textbox", name="Note").nth(1)).to_have_value(NOTE)
    expect(page.get_by_role("textbox", name="Title")).to_have_count(4)
    order = [given[1], given[0], *given[2:]]
    assert titles(journey) == order
    sizes = {round(box.bounding_box()["width"]) for box in page.locator("[class*=st-key-pinned-]").all()}
    assert max(sizes) - min(sizes) <= 1

    journey.click("Present")
    expect(page.get_by_role("heading", name=order[0])).to_be_visible()
    expect(page.get_by_test_id("stSidebar")).to_be_hidden()
    for turned in order[1:]:
        page.keyboard.press("ArrowRight")
        expect(page.get_by_role("heading", name=turned, exact=True)).to_be_visible()
        journey.settle()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_text("3 / 4")).to_be_visible()
    journey.settle()
    page.keyboard.press("Escape")
    expect(page.get_by_role("textbox", name="Title")).to_have_count(4)

    with page.expect_download() as download:
        page.get_by_role("button", name="Report as HTML").click()
    download.value.save_as(tmp_path / "report.html")
    with page.expect_download() as download:
        page.get_by_role("button", name="Everything as ZIP").click()
    download.value.save_as(tmp_path / "board.zip")
    with zipfile.ZipFile(tmp_path / "board.zip") as archive:
        assert sum(name.endswith(".npy") for name in archive.namelist()) == 2
        assert {"manifest.json", "reproduce.py"} <= set(archive.namelist())
    page.get_by_role("link", name="Open this view").nth(1).click()
    journey.settle()
    journey.expect_url("relu=off")
    journey.expect_url(f"board={board}")
    journey.unharmed()

    offline = colleague.page
    colleague.context.set_offline(True)
    offline.goto((tmp_path / "report.html").as_uri())
    expect(offline.locator(".js-plotly-plot")).to_have_count(4)
    expect(offline.get_by_text(NOTE)).to_be_visible()
    assert [heading.inner_text() for heading in offline.get_by_role("heading", level=2).all()] == order
    colleague.unharmed()


def test_a_zip_is_loaded_into_a_fresh_session(journey, colleague, tmp_path):
    journey.open()
    pin(journey, "overview-on")
    pin(journey, "top5")
    board = journey.in_address("board")
    journey.open(f"/board?board={board}")
    with journey.page.expect_download() as download:
        journey.page.get_by_role("button", name="Everything as ZIP").click()
    download.value.save_as(tmp_path / "board.zip")
    colleague.open("/board")
    colleague.click("Load a ZIP")
    colleague.page.get_by_test_id("stPopoverBody").locator("input[type=file]").set_input_files(
        tmp_path / "board.zip"
    )
    expect(colleague.page.get_by_role("textbox", name="Title")).to_have_count(2)
    expect(colleague.page).to_have_url(re.compile("board="))
    assert board not in colleague.page.url
    assert titles(colleague) == titles(journey)
    colleague.unharmed()
