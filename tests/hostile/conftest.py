"""The browser of the journeys, one for all files of this lane."""

from tests.browser.conftest import browser

__all__ = ["browser"]
