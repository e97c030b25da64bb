"""A chart as every page shows it: with what a person may take away."""

from __future__ import annotations

import plotly.graph_objects as go
import streamlit as st


def chart(figure: go.Figure, name: str) -> None:
    """The figure, its camera for a PNG, and a button for the interactive HTML; `name` is unique on the
    page.
    """
    config = {"displaylogo": False, "toImageButtonOptions": {"format": "png", "filename": name, "scale": 2}}
    st.plotly_chart(figure, key=f"chart-{name}", config=config)
    page = figure.to_html(include_plotlyjs=True)
    st.download_button(
        "Chart as HTML", page, f"{name}.html", "text/html", key=f"html-{name}", on_click="ignore",
        type="tertiary", help="The camera above the chart saves it as PNG.",
    )  # fmt: skip
