"""The app: a file a page, and in `_ui` what the pages are made of."""
