"""Pictures of a grid are of one size, at both widths. That nothing overflows, every journey sees."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("path", ["/", "/gallery?columns=variant&both=on&methods=grad_cam"])
def test_pictures_of_a_grid_are_of_one_size(journey, path):
    journey.open(path)
    page = journey.page
    for width, height in ((1280, 800), (1920, 1080)):
        page.set_viewport_size({"width": width, "height": height})
        journey.settle()
        pictures = page.locator("[data-testid=stMain] [data-testid=stImage] img").and_(
            page.locator("img:not([class*=st-key-step-] *)")  # a strip of several
        )
        expect(pictures.nth(1)).to_be_visible()
        page.wait_for_function("[...document.images].every(image => image.complete)")
        widths = [picture.bounding_box()["width"] for picture in pictures.all()]
        assert max(widths) - min(widths) <= 1
    journey.unharmed()


DRAWN = """[...document.images].every(image => image.complete)
  && [...document.querySelectorAll('[class*=st-key-pick-]')].every(tile => tile.querySelector('img'))"""
BESIDE = """[...document.querySelectorAll('[class*=st-key-pick-]')].filter(tile => {
  const [picture, button] = [tile.querySelector('img'), [...tile.querySelectorAll('button')].at(-1)]
    .map(part => part.getBoundingClientRect());
  return ['x', 'y', 'width', 'height'].some(side => Math.abs(picture[side] - button[side]) > 1);
}).length"""


@pytest.mark.parametrize("path", ["/?model=tiny_vit_shapes", "/gallery"])
def test_the_button_of_a_picture_lies_over_it(journey, path):
    """Also in the sidebar, where names are longer than pictures are wide."""
    journey.open(path)
    journey.rest()
    journey.page.wait_for_function(DRAWN)
    assert journey.page.locator("[class*=st-key-pick-]").count() > 10
    assert journey.page.evaluate(BESIDE) == 0
    journey.unharmed()


def test_the_opened_map_is_as_high_as_its_picture_on_a_phone(journey):
    """No hole of a fixed height below it."""
    journey.page.set_viewport_size({"width": 390, "height": 844})
    journey.open("/gallery?methods=grad_cam&tile=0")
    chart = journey.page.get_by_role("dialog").get_by_test_id("stPlotlyChart")
    expect(chart.locator(".nsewdrag")).to_be_visible()
    journey.rest()
    picture, whole = chart.locator(".nsewdrag").bounding_box(), chart.bounding_box()
    assert picture["height"] > 0.8 * whole["height"]
    journey.page.keyboard.press("Escape")
    journey.page.set_viewport_size({"width": 1280, "height": 800})
    journey.unharmed()
