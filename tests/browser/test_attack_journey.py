"""Counterfactual and Adversarial in real Chromium."""

import io

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_an_apple_becomes_an_ocarina_and_stays_one(journey, shared_data, tmp_path):
    """Upload a photograph, attack it, download the picture, upload that: the same answer."""
    apple = shared_data / "images" / "imagenet_sample" / "n07742313_Granny_Smith.jpg"
    journey.open("/adversarial?attack=pgd~steps=10&towards=684")
    page = journey.page
    page.get_by_role("radio", name="Upload").click()
    journey.settle()
    page.locator("[data-testid=stFileUploader] input[type=file]").first.set_input_files(apple)
    journey.finish("turned Granny Smith")
    expect(page.locator(".say").first).to_contain_text("into ocarina")
    with page.expect_download() as download:
        page.get_by_role("button", name="PNG", exact=True).click()
    file = tmp_path / "attacked.png"
    download.value.save_as(file)
    assert np.asarray(Image.open(io.BytesIO(file.read_bytes()))).shape == (224, 224, 3)
    page.locator("[data-testid=stFileUploader] input[type=file]").first.set_input_files(file)
    journey.expect_url("fit=squash")
    expect(page.get_by_role("combobox", name="Class")).to_have_value("Predicted: ocarina")
    expect(page.get_by_text("The picture is ocarina already")).to_be_visible()
    journey.unharmed()


def test_adversarial_maps_and_strength(journey, colleague):
    journey.open("/adversarial?attack=fgsm")
    page = journey.page
    journey.expect_tiles(6)
    expect(page.get_by_text("rank correlation").first).to_be_visible()
    page.get_by_role("button", name="Open Grad-CAM").nth(1).click()
    expect(page.get_by_role("dialog")).to_contain_text("Probability")
    journey.expect_url("attacked_tile=1")
    page.get_by_role("button", name="Close").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    journey.settle()
    journey.click("Strength", role="radio")
    journey.finish("What becomes of the map")
    journey.expect_url("study=strength")
    shared = page.url
    journey.unharmed()
    colleague.open(shared)
    expect(colleague.page.get_by_text("What becomes of the map")).to_be_visible()
    colleague.unharmed()


def test_a_box_is_dragged_and_a_superpixel_clicked(journey):
    journey.open("/counterfactual?question=region")
    page = journey.page
    expect(page.get_by_text("places that move it less")).to_be_visible()
    area = page.locator("[data-testid=stPlotlyChart] .nsewdrag").first.bounding_box()
    x, y = area["x"], area["y"]
    page.mouse.move(x + 0.2 * area["width"], y + 0.3 * area["height"])
    page.mouse.down()
    page.mouse.move(x + 0.5 * area["width"], y + 0.5 * area["height"], steps=6)
    page.mouse.move(x + 0.6 * area["width"], y + 0.7 * area["height"], steps=6)
    page.mouse.up()
    journey.expect_url("box=")
    expect(page.get_by_text("places that move it less")).to_be_visible()
    journey.click("Superpixels", role="radio")
    expect(page.get_by_text("Choose some of the picture")).to_be_visible()
    page.locator("[data-testid=stPlotlyChart] .point").nth(12).click(force=True)
    journey.expect_url("superpixels=12")
    expect(page.get_by_text("places that move it less")).to_be_visible()
    journey.unharmed()
