"""What a person fills in to bring a model of their own."""

from pathlib import Path

from playwright.sync_api import Locator, expect

from .conftest import Journey


def fill(journey: Journey, name: str, architecture: str, file: Path) -> Locator:
    """Give the open dialog a name, an architecture and a file of weights, and wait for it to have them.
    Returns the dialog."""
    dialog = journey.page.get_by_role("dialog")
    dialog.get_by_label("Name", exact=True).fill(name)
    box = dialog.get_by_role("combobox", name="Architecture")
    box.click()
    box.fill(architecture)
    journey.page.get_by_role("option").first.click()
    dialog.locator("input[type=file]").first.set_input_files(file)
    expect(dialog.get_by_text(file.name)).to_be_visible()
    journey.settle()
    return dialog
