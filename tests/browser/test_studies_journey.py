"""A study from its first click to its report, in real Chromium."""

import io
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def download(page, label: str) -> bytes:
    with page.expect_download() as started:
        page.get_by_role("button", name=label).click()
    return Path(started.value.path()).read_bytes()


def test_one_click_ends_in_a_report_with_my_answer(journey):
    journey.open("/studies?study_name=layers&study_task=4")
    page = journey.page
    expect(page.get_by_text("Stand-in: the photograph of a cup of coffee.")).to_be_visible()
    journey.click("Do the study")
    expect(page.get_by_role("button", name="HTML")).to_be_visible(timeout=180_000)
    journey.settle()
    expect(page.get_by_text("Grad-CAM before and after.")).to_be_visible()
    page.get_by_placeholder("Your answer").fill("It looks at the saucer.")
    page.keyboard.press("Tab")
    journey.expect_url("workbook=")
    journey.settle()
    report = download(page, "HTML").decode()
    assert "It looks at the saucer." in report
    assert 'class="mark"' in report  # the stand-in is marked
    with zipfile.ZipFile(io.BytesIO(download(page, "ZIP"))) as archive:
        assert {"report.html", "reproduce.py", "manifest.json"} <= set(archive.namelist())
    journey.unharmed()
