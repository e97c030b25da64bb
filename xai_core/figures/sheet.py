"""A picture with a scale bar and a caption below it, as one PNG and as an HTML fragment."""

from __future__ import annotations

import base64
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ..escaping import in_html
from .legend import Legend
from .overlay import encode

MARGIN, BAR, LINE, TEXT = 10, 12, 20, 14  # pixels; TEXT is the size of the font
INK, PAPER = (32, 36, 42), (255, 255, 255)


@dataclass(frozen=True)
class Sheet:
    """`picture` is uint8 (H, W, 3); `title` and `lines` are plain text. HTML holds a photograph as JPEG,
    which takes a fifth of the bytes, and anything else as PNG."""

    picture: np.ndarray
    title: str
    lines: Sequence[str] = ()
    bar: Legend | None = None
    photograph: bool = True


def as_png(sheet: Sheet, times: int = 1) -> bytes:
    """Picture, scale bar and caption, one below the other, on white: a PNG as wide as the picture. `times`
    enlarges the texts and the bar, for a picture that was drawn so much larger."""
    return encode(on_paper(sheet, times))


def on_paper(sheet: Sheet, times: int = 1) -> np.ndarray:
    """uint8 (H, W, 3): the pixels of `as_png`."""
    width, top = sheet.picture.shape[1], sheet.picture.shape[0]
    margin, bar, line = MARGIN * times, BAR * times, LINE * times
    font = ImageFont.load_default(TEXT * times)
    caption = [part for text in all_lines(sheet) for part in fitting(text, font, width)]
    below = top + (margin + bar + line if sheet.bar else 0)
    paper = Image.new("RGB", (width, below + margin + line * len(caption)), PAPER)
    paper.paste(Image.fromarray(sheet.picture), (0, 0))
    draw = ImageDraw.Draw(paper)
    if sheet.bar:
        paper.paste(Image.fromarray(np.ascontiguousarray(sheet.bar.pixels(width, bar))), (0, top + margin))
        at = top + margin + bar + 2 * times
        draw.text((0, at), sheet.bar.low, INK, font)
        draw.text((width // 2, at), sheet.bar.middle, INK, font, anchor="ma")
        draw.text((width, at), sheet.bar.high, INK, font, anchor="ra")
    for number, text in enumerate(caption):
        draw.text((0, below + margin + line * number), text, INK, font)
    return np.asarray(paper)


def all_lines(sheet: Sheet) -> list[str]:
    """Title, lines, and what the scale bar has to say."""
    return [sheet.title, *sheet.lines, *([sheet.bar.note] if sheet.bar and sheet.bar.note else [])]


def as_html(sheet: Sheet) -> str:
    """The same as a <figure>, whose texts are escaped and take the page's own colour."""
    width = sheet.picture.shape[1]
    title, *lines = map(in_html, all_lines(sheet))
    bar, kind = "", "JPEG" if sheet.photograph else "PNG"
    if sheet.bar:
        ends = "".join(f"<span>{in_html(end)}</span>" for end in _ends(sheet.bar))
        bar = (
            f'<img alt="" style="display:block;width:100%;height:{BAR}px;margin-top:{MARGIN}px" '
            f'src="{data_uri(sheet.bar.pixels(256))}"/>'
            f'<div style="display:flex;justify-content:space-between">{ends}</div>'
        )
    return (
        f'<figure style="display:inline-block;margin:0;width:{width}px;max-width:100%;'
        f'font:{TEXT}px/1.45 system-ui,sans-serif">'
        f'<img alt="{title}" style="display:block;width:100%" src="{data_uri(sheet.picture, kind)}"/>{bar}'
        f'<figcaption style="margin-top:6px"><strong>{title}</strong>'
        f"{''.join(f'<br/>{line}' for line in lines)}</figcaption></figure>"
    )


def _ends(bar: Legend) -> list[str]:
    return [bar.low, *([bar.middle] if bar.middle else []), bar.high]


def data_uri(pixels: np.ndarray, kind: str = "PNG") -> str:
    """The picture as an address that holds its file."""
    return f"data:image/{kind.lower()};base64,{base64.b64encode(encode(pixels, kind)).decode()}"


def fitting(text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width: int) -> list[str]:
    """The text in lines that are no wider than `width` pixels."""
    letters = max(1, int(len(text) * width / max(font.getlength(text), 1)))
    while True:
        lines = textwrap.wrap(text, letters) or [""]
        if letters == 1 or max(font.getlength(line) for line in lines) <= width:
            return lines
        letters -= 1
