"""Insertion and deletion, and Trust check, in real Chromium."""

import pandas as pd
import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_curves(journey):
    journey.open("/insertion?superpixel=56&curve_maps=grad_cam")
    page = journey.page
    journey.finish("The picture at any step")
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
    journey.finish("The picture at any step")
    journey.expect_url("hidden_by=blur")
    journey.unharmed()


def test_trust(journey):
    journey.open("/trust")
    page = journey.page
    journey.expect_tiles(4)
    expect(page.locator(".mark")).to_have_count(4)
    journey.click("From the top layer down")
    journey.finish("The leftmost point is the trained network itself")
    journey.expect_url("check=layers")
    journey.click("Contrast and fidelity", role="radio")
    journey.finish("Contrastivity: how much")
    journey.unharmed()
