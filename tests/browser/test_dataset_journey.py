"""Right and wrong, and Localization, in real Chromium."""

import pandas as pd
import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_from_the_matrix_to_a_wrong_answer(journey):
    journey.open("/right_wrong?limit=20")
    page = journey.page
    journey.finish("Where it looked")
    journey.finish("effect: rank-biserial")
    wrong = page.get_by_role("button", name="Open ").count()
    cell = page.locator("[data-testid=stPlotlyChart]").first.locator(".scatterlayer .point").last
    cell.scroll_into_view_if_needed()
    box = cell.bounding_box()
    at = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(*at)
    expect(page.locator(".hoverlayer").first).to_contain_text("answered")
    page.mouse.click(*at)
    journey.expect_url("cell=")
    journey.settle()
    assert 0 < page.get_by_role("button", name="Open ").count() < wrong
    with page.expect_download() as download:
        page.get_by_role("button", name="Predictions as CSV").click()
    table = pd.read_csv(download.value.path())
    assert len(table) == 20
    assert (table["correct"] == (table["predicted"] == table["target"])).all()
    page.get_by_role("button", name="Open ").last.click(force=True)
    expect(page.get_by_role("dialog")).to_contain_text("Download")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    journey.settle()
    journey.unharmed()


def test_a_threshold_moves_every_number(journey):
    journey.open("/localization?limit=6&box_maps=grad_cam,layer_cam")
    page = journey.page
    journey.finish("Examples")
    before = page.locator("table.grid").inner_text()
    page.get_by_role("slider").first.focus()
    for _ in range(6):
        page.keyboard.press("ArrowRight")
    journey.expect_url("share=50")
    journey.settle()
    assert page.locator("table.grid").inner_text() != before
    with page.expect_download() as download:
        page.get_by_role("button", name="All numbers as CSV").click()
    table = pd.read_csv(download.value.path())
    assert set(table["method"]) == {"grad_cam", "layer_cam", "centre", "chance"}
    assert len(table) == 6 * 4
    with page.expect_download() as download:
        page.get_by_role("button", name="Chart as HTML").first.click()
    assert "plotly" in download.value.path().read_text()[:200_000].lower()
    journey.unharmed()


def test_a_box_of_ones_own(journey):
    journey.open("/localization?boxed=one&box_maps=grad_cam")
    page = journey.page
    journey.finish("Overlap with the true box")
    area = page.locator("[data-testid=stPlotlyChart]").first.locator(".nsewdrag").bounding_box()
    page.mouse.move(area["x"] + 20, area["y"] + 20)
    page.mouse.down()
    page.mouse.move(area["x"] + 150, area["y"] + 180, steps=8)
    page.mouse.up()
    journey.expect_url("box=")
    journey.settle()
    journey.unharmed()
