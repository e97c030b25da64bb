"""Methods: all of them as a table, and the card of one, which says when to believe it."""

from pages._ui import state
from pages._ui.methods import listing, sheet


def show() -> None:
    """The page."""
    key = state.get("card")
    if key:
        sheet.show(key)
    else:
        listing.show()
