"""axe-core finds nothing serious on any page, in the light theme and in the dark one."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from pages._ui.navigation import PAGES

pytestmark = pytest.mark.browser
FEW = {
    "lime": "lime=lime~samples=20~segments=10",
    "right_wrong": "limit=5",
    "localization": "limit=4",
    "leaderboard": "ranked_maps=gradient&drawn=2",
}
CARD = "methods?method=grad_cam"
SERIOUS = ("serious", "critical")
DARK = "getComputedStyle(document.querySelector('[data-testid=stApp]')).colorScheme === '{scheme}'"


@pytest.mark.parametrize("place", [*(f"{p.key}?{FEW.get(p.key, '')}" for p in PAGES), CARD])
def test_a_page_is_accessible(journey, place):
    journey.open(f"/{place}")
    journey.rest()  # what is out of date is drawn faint while something runs
    found = {scheme: _findings(journey.page, scheme) for scheme in ("light", "dark")}
    assert found == {"light": [], "dark": []}


def _findings(page, scheme: str) -> list[str]:
    page.emulate_media(color_scheme=scheme)
    page.wait_for_function(DARK.format(scheme=scheme))
    page.wait_for_timeout(500)  # colours change gradually
    violations = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {node['html'][:200]}"
        for one in violations
        if one["impact"] in SERIOUS
        for node in one["nodes"]
    ]


def test_the_menu_is_reached_and_opened_by_keyboard(journey):
    journey.open("/")
    page = journey.page
    section = page.get_by_test_id("stTopNavSection").first
    section.focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")  # focus that comes by keyboard is the one that is outlined
    assert section.evaluate("e => document.activeElement === e")
    assert section.evaluate("e => parseFloat(getComputedStyle(e).outlineWidth)") >= 2
    page.keyboard.press("Enter")
    page.get_by_role("menuitem", name="CAM gallery", exact=True).wait_for()
