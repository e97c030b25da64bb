"""Bringing one's own model in real Chromium: refused, put right, added, and chosen."""

import re

import pytest
import torch
from playwright.sync_api import expect

from .bring import fill

pytestmark = pytest.mark.browser


@pytest.fixture
def checkpoint(tmp_path):
    from torchvision.models import squeezenet1_1

    torch.manual_seed(1)
    file = tmp_path / "birds.pth"
    torch.save({"state_dict": squeezenet1_1(num_classes=3).state_dict()}, file)
    return file


def test_from_a_file_to_a_map(journey, checkpoint, tmp_path):
    journey.open("/?layer=blocks.4")
    page = journey.page
    journey.click("Bring a model")
    dialog = page.get_by_role("dialog")
    page.mouse.click(5, 5)
    expect(dialog, "a click beside the dialog loses nothing").to_be_visible()
    dialog.get_by_role("button", name="Close", exact=True).click()
    expect(dialog).not_to_be_visible()
    journey.click("Bring a model")
    expect(dialog.get_by_role("button", name="Add", exact=True)).to_be_disabled()
    expect(dialog.get_by_text("A name, an architecture and a file of weights are needed.")).to_be_visible()
    fill(journey, "my-birds", "squeezenet1_1", checkpoint)
    dialog.get_by_role("button", name="Add", exact=True).click()
    expect(dialog.get_by_text("The file has 3 classes, 10 were given.")).to_be_visible()
    expect(dialog.get_by_label("Name", exact=True)).to_have_value("my-birds")

    names = tmp_path / "names.txt"
    names.write_text("wren\nrobin\ncrow\n")
    dialog.get_by_text("Names", exact=True).click()
    journey.settle()
    expect(dialog.get_by_text("The file has 3 classes")).not_to_be_visible()
    dialog.locator("input[type=file]").nth(1).set_input_files(names)
    expect(dialog.get_by_text("names.txt")).to_be_visible()
    journey.settle()
    dialog.get_by_role("button", name="Add", exact=True).click()
    expect(dialog).not_to_be_visible()
    expect(page).to_have_url(re.compile("model=own%2Fmy-birds"))
    expect(page.get_by_text("my-birds says")).to_be_visible()
    journey.settle()
    expect(page).not_to_have_url(re.compile("layer="))
    journey.unharmed()


def test_a_name_that_no_model_has(journey):
    journey.open("/")
    box = journey.page.get_by_role("combobox", name="Model").first
    box.click()
    box.fill("resnet5O")
    box.press("Enter")
    journey.settle()
    expect(journey.page.get_by_text("There is no model 'resnet5O'; near it are resnet50")).to_be_visible()
    expect(journey.page.get_by_role("heading", name="tiger cat")).to_be_visible()
    journey.unharmed()
