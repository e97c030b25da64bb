"""A picture as a Plotly figure, so that it can lie on a board and in a report beside maps and charts."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from PIL import Image


def picture_figure(file: bytes) -> go.Figure:
    """The picture of a PNG or JPEG file, inside the figure; axes are its pixels."""
    with Image.open(io.BytesIO(file), formats=("PNG", "JPEG")) as picture:
        (width, height), kind = picture.size, str(picture.format).lower()
    figure = go.Figure()
    figure.add_layout_image(
        source=f"data:image/{kind};base64,{base64.b64encode(file).decode()}",
        xref="x",
        yref="y",
        x=0,
        y=0,
        sizex=width,
        sizey=height,
        sizing="stretch",
        layer="below",
    )
    figure.update_xaxes(range=[0, width], visible=False, constrain="domain")
    figure.update_yaxes(range=[height, 0], visible=False, scaleanchor="x", constrain="domain")
    figure.update_layout(margin={"l": 0, "r": 0, "t": 0, "b": 0}, dragmode=False)
    return figure


GAP = 8  # pixels between the pictures of a sheet


def contact_sheet(pictures: Sequence[np.ndarray], across: int) -> np.ndarray:
    """uint8 (H, W, 3): pictures of one size in rows of `across`, white between them and where one is
    lacking."""
    height, width, _ = pictures[0].shape
    rows, columns = -(-len(pictures) // across), min(across, len(pictures))
    sheet = np.full((rows * (height + GAP) - GAP, columns * (width + GAP) - GAP, 3), 255, np.uint8)
    for number, picture in enumerate(pictures):
        top, left = (height + GAP) * (number // across), (width + GAP) * (number % across)
        sheet[top : top + height, left : left + width] = picture
    return sheet
