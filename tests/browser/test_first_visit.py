"""The first visit to a fresh server: the app's own pages from the first moment, also behind a deep link."""

import pytest
from playwright.sync_api import Browser

from .conftest import Journey, free_port, served

pytestmark = pytest.mark.browser
WATCH = """
window.seen = [];
setInterval(() => {
  const names = document.querySelector('[data-testid=stTopNav]')?.innerText.split('\\n').filter(Boolean);
  const files = document.querySelector('[data-testid=stSidebarNav]')?.innerText;
  const dialog = document.querySelector('[role=dialog]')?.innerText;
  if (names?.length) window.seen.push(names[0]);
  if (files) window.seen.push('sidebar: ' + files);
  if (dialog) window.seen.push('dialog: ' + dialog);
}, 20);
"""


def test_the_first_visitor_of_a_server_sees_no_file_names(browser: Browser):
    port = free_port()
    with served(port):
        journey = Journey(browser, f"http://127.0.0.1:{port}")
        journey.page.add_init_script(WATCH)
        journey.open("/gallery?methods=grad_cam")
        assert journey.page.get_by_role("heading", name="CAM gallery").is_visible()
        assert _seen(journey) == {"Explain"}
        journey.visit("Compare methods")
        assert _seen(journey) == {"Explain"}
        journey.unharmed()


def _seen(journey: Journey) -> set[str]:
    """What the menu began with, besides "8 more" while it is measured."""
    return {name for name in journey.page.evaluate("window.seen") if not name.endswith(" more")}
