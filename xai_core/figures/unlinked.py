"""A figure whose texts lead nowhere.

Plotly reads `<a href>` and `<span style>` in every label, and a label may be the name of a stranger's class.
Bold type and line breaks, which figures use, stay."""

from __future__ import annotations

import re

import plotly.graph_objects as go
import plotly.io

_TAG = re.compile(r"(?:<|\\u003c)(?=\s*/?\s*(?:a|span)\b)", re.IGNORECASE)  # as JSON spells it


def unlinked(figure: go.Figure) -> go.Figure:
    """The figure, where it holds no such tag; else one with ‹ in place of the tag's <, so that it is read as
    text."""
    text = figure.to_json()
    return plotly.io.from_json(_TAG.sub("‹", text)) if _TAG.search(text) else figure
