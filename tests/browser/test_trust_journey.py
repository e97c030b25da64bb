"""Insertion and deletion, and Trust check, in real Chromium."""

import pandas as pd
import pytest
from playwright.sync_api import expect

from .conftest import Journey

pytestmark = pytest.mark.browser


def finish(journey, text):
    """Wait for the text, pressing Compute where the work is announced first."""
    page = journey.page
    compute = page.get_by_role("button", name="Compute", exact=True)
    compute.or_(page.get_by_text(text)).first.wait_for()
    journey.settle()
    if compute.count():
        compute.click()
    expect(page.get_by_text(text).first).to_be_visible(timeout=180_000)
    journey.settle()


def test_curves(journey, browser, address):
    journey.open("/insertion?superpixel=56&curve_maps=grad_cam")
    page = journey.page
    finish(journey, "The picture at any step")
    page.locator("[data-testid=stPlotlyChart] .nsewdrag").first.hover()
    expect(page.locator(".hoverlayer").first).to_contain_text("Superpixels")
    with page.expect_download() as download:
        page.get_by_role("button", name="Curves as CSV").click()
    table = pd.read_csv(download.value.path())
    assert set(table["map"]) == {"Grad-CAM", "Random order"}
    assert table["insertion"].between(0, 1).all()
    with page.expect_download() as download:
        page.get_by_role("button", name="Chart as HTML").first.click()
    assert "plotly" in download.value.path().read_text()[:200_000].lower()
    journey.click("Hidden by a blur")
    finish(journey, "The picture at any step")
    journey.expect_url("hidden_by=blur")
    shared = page.url
    journey.unharmed()
    colleague = Journey(browser, address)
    colleague.open(shared)
    finish(colleague, "The picture at any step")
    colleague.unharmed()
    colleague.context.close()


def test_a_set_is_announced_and_cancelled(journey):
    journey.open("/insertion?curve_over=set&superpixel=8&curve_maps=grad_cam")
    page = journey.page
    expect(page.get_by_text("2 pairs of curves each")).to_be_visible()
    page.get_by_role("button", name="Compute", exact=True).click()
    page.get_by_role("button", name="Cancel", exact=True).click()
    expect(page.get_by_role("button", name="Compute", exact=True)).to_be_visible()
    journey.settle()
    journey.unharmed()


def test_trust(journey):
    journey.open("/trust")
    page = journey.page
    journey.expect_tiles(4)
    expect(page.locator(".mark")).to_have_count(4)
    journey.click("From the top layer down")
    finish(journey, "The leftmost point is the trained network itself")
    journey.expect_url("check=layers")
    journey.click("Contrast and fidelity", role="radio")
    finish(journey, "Contrastivity: how much")
    journey.unharmed()


@pytest.mark.parametrize("size", [(1280, 800), (1920, 1080)])
def test_nothing_overflows_the_window(browser, address, size):
    for path in ("/trust", "/insertion?superpixel=56&curve_maps=grad_cam"):
        journey = Journey(browser, address, size)
        journey.open(path)
        expect(journey.page.locator("[data-testid=stMain] h1")).to_be_visible()
        journey.settle()
        assert journey.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        journey.unharmed()
        journey.context.close()
