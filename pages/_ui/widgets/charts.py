"""A chart as every page shows it: with what a person may take away."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go
import streamlit as st

from xai_core.board import chart_html
from xai_core.escaping import in_markdown
from xai_core.figures import unlinked

from . import late
from .pins import pin_chart

USUAL = 450  # pixels, the height of a figure that names none


def plot(figure: go.Figure, **options: Any) -> None:
    """The figure; options as those of `st.plotly_chart`."""
    shown = unlinked(figure)
    late.draw(lambda place: place.plotly_chart(shown, **options), figure.layout.height or USUAL)


def chart(figure: go.Figure, name: str, title: str = "") -> None:
    """The figure, its camera for a PNG, and below it what `takeaways` gives; `name` is unique on the page."""
    config = {"displaylogo": False, "toImageButtonOptions": {"format": "png", "filename": name, "scale": 2}}
    plot(figure, key=f"chart-{name}", config=config)
    takeaways(figure, name, title, "The camera above the chart saves it as PNG.")


def takeaways(figure: go.Figure, name: str, title: str = "", hint: str = "") -> None:
    """Buttons for the interactive HTML and for the pinboard, where the chart goes under `title`."""
    with st.container(horizontal=True, gap="medium"):
        st.download_button(
            "Chart as HTML",
            lambda: chart_html(unlinked(figure)),
            f"{name}.html",
            "text/html",
            key=f"html-{name}",
            on_click="ignore",
            type="tertiary",
            help=in_markdown(hint),
        )
        pin_chart(figure, title or name.replace("-", " ").capitalize(), name)
