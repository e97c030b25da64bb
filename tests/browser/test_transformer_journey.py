"""Transformers in real Chromium: the tiny one that comes with the app, and one that is brought."""

import pytest
import timm
import torch
from playwright.sync_api import expect

from .bring import fill

pytestmark = pytest.mark.browser
PAGES = (
    "CAM gallery",
    "Compare methods",
    "Trust check",
    "Insertion and deletion",
    "Counterfactual",
    "Adversarial",
)


def test_the_tiny_vit_from_page_to_page(journey):
    journey.open("/?model=tiny_vit_shapes", picture="")
    page = journey.page
    expect(page.get_by_role("combobox", name="Method").first).to_have_value("AttnLRP")
    journey.click("Draw another")
    journey.settle()
    expect(page.get_by_text("Tiny ViT, drawn shapes says")).to_be_visible()
    for title in PAGES:
        journey.visit(title)
        journey.rest()
        journey.expect_url("model=tiny_vit_shapes")
        expect(page.locator("[data-testid=stMain] h1").first).to_be_visible()
        expect(page.locator("[data-testid=stMain] [data-testid=stAlert]")).to_have_count(0)
    journey.unharmed()


@pytest.fixture
def checkpoint(tmp_path):
    torch.manual_seed(0)
    file = tmp_path / "vit.pth"
    torch.save(timm.create_model("vit_tiny_patch16_224", num_classes=10).state_dict(), file)
    return file


def test_a_vit_that_is_brought(journey, checkpoint):
    journey.open("/")
    page = journey.page
    journey.click("Bring a model")
    dialog = fill(journey, "my-vit", "vit_tiny_patch16_224", checkpoint)
    dialog.get_by_role("button", name="Add", exact=True).click()
    expect(dialog).not_to_be_visible(timeout=60_000)
    journey.settle()
    expect(page.get_by_text("my-vit says")).to_be_visible(timeout=60_000)
    expect(page.get_by_role("combobox", name="Method").first).to_have_value("AttnLRP")
    for title in PAGES[:3]:
        journey.visit(title)
        journey.rest()
        expect(page.locator("[data-testid=stMain] [data-testid=stAlert]")).to_have_count(0)
    journey.unharmed()
