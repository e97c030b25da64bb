"""The main job in real Chromium, from the start page to a link that a colleague opens."""

import io
import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from .conftest import Journey

pytestmark = pytest.mark.browser


def test_from_the_start_page_to_a_shared_link(journey, colleague):
    journey.open("/")
    page = journey.page
    expect(page.get_by_role("heading", name="tiger cat")).to_be_visible()
    journey.click("Coffee")
    expect(page.get_by_role("heading", name="espresso")).to_be_visible()
    journey.choose("Class", "968")
    expect(page.get_by_role("heading", name="cup")).to_be_visible()
    journey.visit("CAM gallery")
    expect(page.get_by_role("button", name="Open Grad-CAM, blocks.6, cup", exact=True)).to_be_attached()
    journey.click("Lite0: blocks.4 against blocks.6")
    journey.expect_url("columns=variant")
    expect(page.get_by_text("Counterfactual", exact=True).first).to_be_visible()
    journey.expect_tiles(12)
    journey.click("Layers × methods")
    expect(page.get_by_role("button", name="Open HiResCAM, blocks.4, cup", exact=True)).to_be_attached()
    journey.expect_tiles(12)
    pictures = _sources(journey)
    journey.switch("ReLU")
    journey.expect_url("relu=off")
    journey.settle()
    journey.expect_tiles(12)
    assert len(_sources(journey)) == len(pictures)
    assert set(_sources(journey)).isdisjoint(pictures)

    journey.click("Open HiResCAM, blocks.4, cup")
    dialog = page.get_by_role("dialog")
    expect(dialog.locator(".js-plotly-plot")).to_be_visible()
    picture = dialog.locator(".nsewdrag").first.bounding_box()
    page.mouse.move(picture["x"] + 40, picture["y"] + 40)
    expect(dialog.locator(".hovertext").first).to_contain_text("row")
    expect(dialog.locator(".facts")).to_contain_text("14 × 14 cells")
    _check_downloads(journey)

    journey.expect_url("tile=7")
    shared = page.url
    assert {"image=coffee", "target=968", "relu=off", "tile=7"} <= set(shared.split("?")[1].split("&"))
    journey.unharmed()
    colleague.open(shared)
    expect(colleague.page.get_by_role("dialog")).to_contain_text("HiResCAM, blocks.4, cup")
    colleague.expect_tiles(12)
    assert colleague.tiles() == journey.tiles()
    colleague.page.keyboard.press("Escape")
    expect(colleague.page).not_to_have_url(re.compile("tile="))
    colleague.unharmed()


def _sources(journey: Journey) -> list[str]:
    return [img.get_attribute("src") for img in journey.page.locator("[class*=st-key-pick-tile] img").all()]


def _check_downloads(journey: Journey) -> None:
    page = journey.page
    page.get_by_role("dialog").get_by_role("button", name="Download").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Raw .npy").click()
    values = np.load(download.value.path())
    assert values.shape == (14, 14)
    assert values.dtype == np.float32
    assert values.min() < 0 < values.max()
    assert download.value.suggested_filename == "efficientnet_lite0_hires_cam_blocks.4_968.npy"
    with page.expect_download() as download:
        page.get_by_role("button", name="PNG", exact=True).click()
    with Image.open(download.value.path()) as picture:
        assert picture.width == 448
        assert picture.height > 448  # the scale bar and the title stand below the map
    with page.expect_download() as download:
        page.get_by_role("button", name="SVG", exact=True).click()
    assert "HiResCAM, blocks.4, " in download.value.path().read_text()


def test_the_link_popover_holds_the_address(journey):
    journey.open("/gallery?image=coffee&columns=class")
    journey.click("Link to this view")
    shown = journey.page.get_by_test_id("stCode").inner_text().strip()
    assert shown.endswith("/gallery?image=coffee&columns=class")
    journey.unharmed()


def test_upload_mosaic_and_bad_upload(journey, tmp_path):
    journey.open("/")
    journey.click("Upload", role="radio")
    chooser = journey.page.locator("input[type=file]")
    bad = tmp_path / "notes.jpg"
    bad.write_bytes(b"not a picture at all")
    chooser.set_input_files(bad)
    journey.settle()
    expect(journey.page.get_by_text("notes.jpg is not a picture; accepted are JPEG")).to_be_visible()
    expect(journey.page.get_by_role("heading", name="tiger cat")).to_be_visible()
    good = tmp_path / "holiday.png"
    good.write_bytes(_noise_png())
    chooser.set_input_files(good)
    journey.settle()
    expect(journey.page.get_by_text("holiday.png").first).to_be_visible()
    journey.expect_url("image=upload")
    journey.click("Mosaic", role="radio")
    expect(journey.page.get_by_text("Mosaic of chelsea the cat, coffee").first).to_be_visible()
    journey.unharmed()


def _noise_png() -> bytes:
    pixels = np.random.default_rng(0).integers(0, 255, (90, 120, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def test_long_maps_are_announced_grow_are_cancelled_and_then_right(journey):
    journey.open("/gallery?image=flower&layers=blocks.6&methods=score_cam,grad_cam")
    page = journey.page
    expect(page.get_by_text("Score-CAM: 1 map takes about")).to_be_visible()
    page.get_by_role("button", name="Compute", exact=True).click()
    growing = page.get_by_test_id("stMain").get_by_text("Coarse so far")
    expect(growing).to_be_visible(timeout=60_000)
    expect(growing.locator("xpath=..")).to_contain_text(re.compile(r"[1-9]\d* of 320 samples"))
    page.get_by_role("button", name="Cancel", exact=True).click(timeout=30_000)
    journey.settle()
    expect(page.get_by_text("Score-CAM: 1 map takes about")).to_be_visible()
    journey.expect_tiles(1)
    page.get_by_role("button", name="Compute", exact=True).click()
    page.get_by_role("button", name="Open Score-CAM, blocks.6", exact=False).wait_for(timeout=120_000)
    journey.settle()
    journey.expect_tiles(2)
    journey.unharmed()
