"""The app as visitors meet it on a public server, and the browser of the journeys, one for all files."""

from tests.browser.conftest import browser
from tests.pages.conftest import installed_once, open_app

__all__ = ["browser", "installed_once", "open_app"]
