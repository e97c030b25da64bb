"""A person's own picture in real Chromium: attacked, explored and left again; kept for a link; pinned on a
board that is shared."""

import re

import pytest
from playwright.sync_api import expect

from .conftest import Journey

pytestmark = pytest.mark.browser


def bring(journey, file):
    """Upload a picture in the sidebar."""
    page = journey.page
    page.get_by_role("radio", name="Upload").click()
    journey.settle()
    sidebar = page.get_by_test_id("stSidebar")
    sidebar.locator("[data-testid=stFileUploader] input[type=file]").set_input_files(file)
    journey.expect_url("image=upload")
    journey.settle()


@pytest.fixture
def apple(shared_data):
    return shared_data / "images" / "imagenet_sample" / "n07742313_Granny_Smith.jpg"


def test_an_attacked_picture_is_explored_and_left_again(journey, apple):
    """Explored on Overview with a chip; back to the original; a later upload and a removal win."""
    journey.open("/adversarial?attack=pgd~steps=10&towards=684&fit=pad")
    page = journey.page
    bring(journey, apple)
    journey.finish("turned Granny Smith")
    original = journey.in_address("image")
    journey.click("Explore this picture")
    expect(page.get_by_role("heading", name=re.compile("ocarina")).first).to_be_visible()
    expect(page).not_to_have_url(re.compile("/adversarial"))
    journey.expect_url("fit=pad")
    assert "percent" not in page.url, "what no widget of this page says stays as it was"
    chip = page.locator(".chip", has_text="attacked: Granny Smith to ocarina")
    expect(chip).to_be_visible()
    expect(page.get_by_role("combobox", name="Class")).to_have_value("Predicted: ocarina")

    journey.visit("Adversarial")
    expect(page.get_by_text("This picture was attacked already: Granny Smith to ocarina.")).to_be_visible()
    journey.settle()
    expect(page.get_by_text("turned ocarina")).to_have_count(0)
    page.get_by_test_id("stSidebar").get_by_role("button", name="back to the original").click()
    expect(chip).to_have_count(0)
    journey.finish("turned Granny Smith")
    journey.expect_url(original)
    journey.expect_url("fit=pad")

    journey.click("Explore this picture")
    expect(chip).to_be_visible()
    bring(journey, apple)
    expect(chip).to_have_count(0)
    journey.expect_url(original)
    journey.click("Remove")
    expect(page).not_to_have_url(re.compile("image="))
    expect(page.get_by_text("Your pictures")).to_have_count(0)
    journey.unharmed()


def shown(journey):
    """The bytes of the picture of the first map: the same view of the same picture has the same ones."""
    image = journey.page.get_by_test_id("stMain").locator("img").first
    return image.evaluate(
        """async img => {
            const bytes = new Uint8Array(await (await fetch(img.src)).arrayBuffer());
            return bytes.length + ":" + bytes.reduce((sum, byte) => (sum * 31 + byte) % 1000003, 7);
        }"""
    )


def see_the_same(colleague, expected):
    """Both see it before long: on a busy machine a picture may be drawn after the script has ended."""
    for _ in range(40):
        if shown(colleague) == expected():
            break
        colleague.page.wait_for_timeout(500)
    assert shown(colleague) == expected()


def copied(journey, number=0):
    """An address that "Link to this view" shows."""
    return journey.page.get_by_test_id("stPopoverBody").get_by_test_id("stCode").nth(number).inner_text()


def test_a_kept_picture_reaches_a_colleague_until_it_is_deleted(journey, colleague, browser, address, apple):
    journey.open("/?layer=blocks.4")
    page = journey.page
    bring(journey, apple)
    expect(page.get_by_role("heading", name=re.compile("Granny Smith")).first).to_be_visible()
    journey.click("Link to this view")
    body = page.get_by_test_id("stPopoverBody")
    expect(body.get_by_text("The picture does not travel with the link.")).to_be_visible()
    body.get_by_role("button", name="Keep this picture for 30 days").click()
    expect(body.get_by_text("Who has this link sees it.")).to_be_visible()
    journey.settle()
    link, keepers = copied(journey, 0), copied(journey, 1)
    assert "image=kept" in link
    assert "keeper=" not in link

    colleague.open(link)
    expect(colleague.page.get_by_role("heading", name=re.compile("Granny Smith")).first).to_be_visible()
    expect(colleague.page.get_by_text("Granny_Smith.jpg · Kept until")).to_be_visible()
    colleague.settle()
    see_the_same(colleague, lambda: shown(journey))
    colleague.unharmed()

    journey.open(keepers)
    journey.click("Link to this view")
    expect(page).not_to_have_url(re.compile("keeper="))
    body.get_by_role("button", name="Delete it now").click()
    expect(page.get_by_role("heading", name="This picture is not here")).to_be_visible()
    fresh = Journey(browser, address)
    fresh.open(link)
    expect(fresh.page.get_by_text("The picture of this link is gone")).to_be_visible()
    fresh.unharmed()
    fresh.context.close()


def test_a_shared_board_opens_its_views_with_the_pinned_picture(journey, colleague, apple, tmp_path):
    journey.open("/")
    page = journey.page
    bring(journey, apple)
    expect(page.get_by_role("heading", name=re.compile("Granny Smith")).first).to_be_visible()
    for key in ("overview-on", "top5"):
        page.locator(f".st-key-pin-{key}").get_by_role("button").first.click()
        journey.settle()
    journey.expect_url("board=")
    seen = shown(journey)
    board = journey.in_address("board")
    journey.open(f"/board?board={board}")
    with page.expect_download() as download:
        page.get_by_role("button", name="Everything as ZIP").click()
    download.value.save_as(tmp_path / "board.zip")

    colleague.open(f"/board?board={board}")
    colleague.page.get_by_role("link", name="Open this view").first.click()
    heading = colleague.page.get_by_role("heading", name=re.compile("Granny Smith"))
    expect(heading.first).to_be_visible()
    colleague.settle()
    see_the_same(colleague, lambda: seen)
    colleague.unharmed()

    colleague.open("/board")
    colleague.click("Load a ZIP")
    popover = colleague.page.get_by_test_id("stPopoverBody")
    popover.locator("input[type=file]").set_input_files(tmp_path / "board.zip")
    expect(colleague.page.get_by_role("textbox", name="Note")).to_have_count(2)
    colleague.settle()
    colleague.page.get_by_role("link", name="Open this view").nth(1).click()
    expect(heading.first).to_be_visible()
    colleague.expect_url("image=pinned")
    assert board not in colleague.page.url
    colleague.settle()
    see_the_same(colleague, lambda: seen)
    colleague.unharmed()
