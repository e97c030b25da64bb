"""Neuron concepts in real Chromium: from a bar to a unit to what it does to the answer."""

import re

import pandas as pd
import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_from_a_bar_to_a_unit_to_the_answer(journey, colleague):
    journey.open("/concepts?part_of=names&probed_layers=blocks.6")
    page = journey.page
    journey.finish("What kinds of things")
    with page.expect_download() as download:
        page.get_by_role("button", name="All names as CSV").click()
    table = pd.read_csv(download.value.path())
    wanted = {"layer", "unit", "description", "similarity", "runner_ups", "category", "backend"}
    assert wanted <= set(table.columns)
    assert len(table) == 320
    page.locator("[data-testid=stPlotlyChart]").first.locator(".barlayer .point").first.click(force=True)
    journey.expect_url("concept=")
    expect(page.get_by_text("Units that answer to")).to_be_visible()
    journey.settle()
    page.get_by_role("button", name=re.compile("^Look at blocks.6")).first.click()
    expect(page.get_by_text("What it answers to most")).to_be_visible()
    journey.settle()
    journey.click("This picture", role="radio")
    expect(page.get_by_text("With every unit")).to_be_visible()
    journey.click("The first three off")
    expect(page.get_by_text("Without 3 units", exact=True)).to_be_visible()
    journey.expect_url("units_off=")
    journey.unharmed()
    colleague.open(page.url)
    colleague.finish("Without 3 units")
    colleague.unharmed()
