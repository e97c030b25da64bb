"""Every page at both widths: nothing overflows the window, and pictures of a grid are of one size."""

import pytest
from playwright.sync_api import expect

from tests.conftest import ROOT

pytestmark = pytest.mark.browser
QUICK = {  # settings that make the first look quick
    "adversarial": "attack=fgsm",
    "insertion": "superpixel=56&curve_maps=grad_cam",
    "lime": "lime=lime~samples=20~segments=10",
}
PAGES = [
    *(f"/{file.stem}?{QUICK.get(file.stem, '')}" for file in sorted((ROOT / "pages").glob("*.py"))
      if file.stem not in ("overview", "__init__")),
    "/", "/gallery?columns=variant&both=on&methods=grad_cam", "/counterfactual?question=region",
]  # fmt: skip
GRIDS = ("/?", "/gallery?")


@pytest.mark.parametrize("path", PAGES)
def test_nothing_overflows_the_window(journey, path):
    journey.open(path)
    page = journey.page
    expect(page.locator("[data-testid=stMain]").get_by_role("heading").first).to_be_visible()
    for width, height in ((1280, 800), (1920, 1080)):
        page.set_viewport_size({"width": width, "height": height})
        journey.settle()
        page.wait_for_function("[...document.images].every(image => image.complete)")
        assert page.evaluate("[document.documentElement.scrollWidth, innerWidth]") == [width, width]
        if f"{path}?".startswith(GRIDS):
            pictures = page.locator("[data-testid=stMain] [data-testid=stImage] img").all()
            widths = [picture.bounding_box()["width"] for picture in pictures]
            assert len(widths) > 1
            assert max(widths) - min(widths) <= 1
    journey.unharmed()
