"""A picture with a scale bar and a caption below it, as one PNG and as an HTML fragment."""

from __future__ import annotations

import base64
import html
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from .colours import colour_table
from .overlay import encode

MARGIN, BAR, LINE, TEXT = 10, 12, 20, 14  # pixels; TEXT is the size of the font
INK, PAPER = (32, 36, 42), (255, 255, 255)


@dataclass(frozen=True)
class ScaleBar:
    """The colours from the `low` to the `high` end of a map; `colours` names the scale."""

    colours: str
    low: float
    high: float

    def pixels(self, width: int, height: int = 1) -> np.ndarray:
        """uint8 (height, width, 3), the low end on the left."""
        places = np.linspace(0, 255, width).round().astype(int)
        return np.broadcast_to(colour_table(self.colours)[places], (height, width, 3))

    def ends(self) -> tuple[str, str]:
        """Both ends in three significant digits."""
        return plain(self.low), plain(self.high)


@dataclass(frozen=True)
class Sheet:
    """`picture` is uint8 (H, W, 3); `title` and `lines` are plain text. HTML holds a photograph as JPEG,
    which takes a fifth of the bytes, and anything else as PNG."""

    picture: np.ndarray
    title: str
    lines: Sequence[str] = ()
    bar: ScaleBar | None = None
    photograph: bool = True


def plain(value: float) -> str:
    """A number in three significant digits, with a true minus sign."""
    return f"{value:.3g}".replace("-", "−")


def as_png(sheet: Sheet) -> bytes:
    """Picture, scale bar and caption, one below the other, on white: a PNG as wide as the picture."""
    width = sheet.picture.shape[1]
    font = ImageFont.load_default(TEXT)
    caption = [part for text in (sheet.title, *sheet.lines) for part in _fitting(text, font, width)]
    bar_height = MARGIN + BAR + LINE if sheet.bar else 0
    picture_height = sheet.picture.shape[0]
    height = picture_height + bar_height + MARGIN + LINE * len(caption)
    paper = Image.new("RGB", (width, height), PAPER)
    paper.paste(Image.fromarray(sheet.picture), (0, 0))
    draw = ImageDraw.Draw(paper)
    if sheet.bar:
        top = picture_height + MARGIN
        paper.paste(Image.fromarray(np.ascontiguousarray(sheet.bar.pixels(width, BAR))), (0, top))
        low, high = sheet.bar.ends()
        draw.text((0, top + BAR + 2), low, INK, font)
        draw.text((width, top + BAR + 2), high, INK, font, anchor="ra")
    for number, text in enumerate(caption):
        draw.text((0, picture_height + bar_height + MARGIN + LINE * number), text, INK, font)
    return encode(np.asarray(paper))


def as_html(sheet: Sheet) -> str:
    """The same as a <figure>, whose texts are escaped and take the page's own colour."""
    width = sheet.picture.shape[1]
    title, *lines = (html.escape(text) for text in (sheet.title, *sheet.lines))
    bar, kind = "", "JPEG" if sheet.photograph else "PNG"
    if sheet.bar:
        low, high = (html.escape(end) for end in sheet.bar.ends())
        bar = (
            f'<img alt="" style="display:block;width:100%;height:{BAR}px;margin-top:{MARGIN}px" '
            f'src="{data_uri(sheet.bar.pixels(256))}"/>'
            f'<div style="display:flex;justify-content:space-between"><span>{low}</span><span>{high}</span>'
            "</div>"
        )
    return (
        f'<figure style="display:inline-block;margin:0;width:{width}px;max-width:100%;'
        f'font:{TEXT}px/1.45 system-ui,sans-serif">'
        f'<img alt="{title}" style="display:block;width:100%" src="{data_uri(sheet.picture, kind)}"/>{bar}'
        f'<figcaption style="margin-top:6px"><strong>{title}</strong>'
        f"{''.join(f'<br/>{line}' for line in lines)}</figcaption></figure>"
    )


def data_uri(pixels: np.ndarray, kind: str = "PNG") -> str:
    """The picture as an address that holds its file."""
    return f"data:image/{kind.lower()};base64,{base64.b64encode(encode(pixels, kind)).decode()}"


def _fitting(text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width: int) -> list[str]:
    """The text in lines that are no wider than `width` pixels."""
    letters = max(1, int(len(text) * width / max(font.getlength(text), 1)))
    while True:
        lines = textwrap.wrap(text, letters) or [""]
        if letters == 1 or max(font.getlength(line) for line in lines) <= width:
            return lines
        letters -= 1
