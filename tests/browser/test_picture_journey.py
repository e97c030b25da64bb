"""A person's own picture in real Chromium: attacked and explored, and back to the original."""

import re

import pytest
from playwright.sync_api import expect

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
def cock(shared_data):
    return shared_data / "images" / "imagenet_sample" / "n01514668_cock.jpg"


def test_an_attacked_picture_is_explored_and_left_again(journey, cock):
    """Explored on Overview with a chip; back to the original; a later upload and a removal win."""
    journey.open("/adversarial?attack=pgd~steps=10&towards=23&fit=pad")
    page = journey.page
    bring(journey, cock)
    journey.finish("turned cock")
    original = page.url.split("image=")[1].split("&")[0]
    journey.click("Explore this picture")
    expect(page.get_by_role("heading", name=re.compile("vulture")).first).to_be_visible()
    assert "/adversarial" not in page.url
    journey.expect_url("fit=pad")
    chip = page.get_by_text("attacked: cock to vulture")
    expect(chip).to_be_visible()
    expect(page.get_by_role("combobox", name="Class")).to_have_value("Predicted: vulture")

    page.get_by_role("link", name="Adversarial").click()
    expect(page.get_by_text("This picture was attacked already: cock to vulture.")).to_be_visible()
    journey.settle()
    expect(page.get_by_text("turned vulture")).to_have_count(0)
    page.get_by_test_id("stSidebar").get_by_role("button", name="back to the original").click()
    expect(chip).to_have_count(0)
    journey.finish("turned cock")
    assert original in page.url
    journey.expect_url("fit=pad")

    journey.click("Explore this picture")
    expect(chip).to_be_visible()
    bring(journey, cock)
    expect(chip).to_have_count(0)
    assert original in page.url
    journey.click("Remove")
    expect(page).not_to_have_url(re.compile("image="))
    expect(page.get_by_text("Your pictures")).to_have_count(0)
    journey.unharmed()
