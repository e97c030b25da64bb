"""The app as visitors meet it on a public server."""

from tests.pages.conftest import installed_once, open_app

__all__ = ["installed_once", "open_app"]
