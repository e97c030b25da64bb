"""Compare methods and LIME and CAM in real Chromium."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_compare_methods(journey, colleague):
    journey.open("/compare?image=coffee")
    page = journey.page
    journey.expect_tiles(3)
    assert journey.tiles() == ["Open Grad-CAM", "Open Guided Backprop", "Open Guided Grad-CAM"]
    expect(page.get_by_role("heading", name="Do they agree?")).to_be_visible()
    page.get_by_role("button", name="Add a map").click()
    page.get_by_role("button", name="Add", exact=True).click()
    journey.settle()
    journey.expect_tiles(4)
    journey.expect_url("maps=grad_cam,guided_backprop,guided_grad_cam,grad_cam")
    page.get_by_role("button", name="Remove").last.click()
    journey.expect_tiles(3)
    page.get_by_role("button", name="Open Guided Backprop", exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Guided Backprop, espresso")
    dialog.get_by_role("button", name="Check against Captum").click()
    expect(dialog).to_contain_text("Largest difference")
    expect(dialog).to_contain_text("covers ReLU alone")
    shared = page.url
    journey.unharmed()
    colleague.open(shared)
    expect(colleague.page.get_by_role("dialog")).to_contain_text("Guided Backprop, espresso")
    colleague.unharmed()


def test_lime_and_cam(journey):
    journey.open("/lime?image=coffee&lime=lime~samples=20~segments=10")
    page = journey.page
    expect(page.get_by_text("LIME's weights for espresso")).to_be_visible()
    page.locator("[data-testid=stPlotlyChart] .nsewdrag").first.hover()
    expect(page.locator(".hoverlayer")).to_contain_text("superpixel")
    journey.finish("IoU with LIME")
    expect(page.get_by_text("IoU with LIME")).to_have_count(3)
    journey.settle()
    journey.click("Stability", role="radio")
    journey.expect_url("part=stability")
    journey.finish("clear of zero")
    journey.unharmed()


def test_a_method_is_found_in_its_family(journey):
    journey.open("/?image=coffee")
    page = journey.page
    journey.click("All 56 methods")
    page.get_by_text("Perturbation (9)").click()
    page.get_by_role("button", name="Occlusion", exact=True).click()
    journey.expect_url("method=occlusion")
    expect(page.get_by_role("combobox", name="Search")).not_to_be_visible()
    journey.settle()
    expect(page.get_by_role("combobox", name="Method").first).to_have_value("Occlusion")
    journey.unharmed()
