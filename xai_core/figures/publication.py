"""A map as a figure of a paper or a slide: the picture with the map, its scale bar, and what it shows."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence

import numpy as np
from PIL import Image, ImageFont

from ..direction import named
from ..escaping import in_html
from ..types import Explanation
from .legend import legend
from .look import Look
from .overlay import overlay
from .scale import Scale
from .sheet import BAR, LINE, MARGIN, TEXT, Sheet, all_lines, as_png, data_uri, fitting, on_paper

SIDE = 448  # pixels of the picture's width at 1x
DPI = 144  # of a PDF, whose picture is drawn at 2x
INK = "#20242A"


def publication(
    view: np.ndarray,
    e: Explanation,
    look: Look,
    shared: Scale | None = None,
    lines: Sequence[str] = (),
    method: str = "",
    times: int = 1,
) -> Sheet:
    """The sheet of one map. Its title says method, layer and class; `lines` follow, for the model and the
    picture's name. `method` is the method's label, `times` enlarges."""
    scale = shared or look.limits([e])
    width = SIDE * times
    height = round(width * view.shape[0] / view.shape[1])
    seen = np.asarray(Image.fromarray(view).resize((width, height), Image.Resampling.BICUBIC))
    title = ", ".join(filter(None, [method or e.method, e.layer, named(e)]))
    return Sheet(overlay(seen, e, look, scale), title, lines, legend(e, look, scale))


def as_pdf(sheet: Sheet) -> bytes:
    """The sheet at 2x as one page."""
    buffer = io.BytesIO()
    Image.fromarray(on_paper(sheet, 2)).save(buffer, "PDF", resolution=DPI)
    return buffer.getvalue()


def as_svg(sheet: Sheet) -> bytes:
    """The sheet, drawn at 2x, in the size of 1x: texts are texts, the bar and the picture are pixels inside
    the file."""
    height, width = (side // 2 for side in sheet.picture.shape[:2])
    font = ImageFont.load_default(TEXT)
    parts = [f'<image width="{width}" height="{height}" href="{data_uri(sheet.picture)}"/>']
    below = height
    if sheet.bar:
        top = height + MARGIN
        bar = data_uri(sheet.bar.pixels(256))
        parts.append(
            f'<image y="{top}" width="{width}" height="{BAR}" preserveAspectRatio="none" href="{bar}"/>'
        )
        for x, anchor, text in (
            (0, "start", sheet.bar.low),
            (width / 2, "middle", sheet.bar.middle),
            (width, "end", sheet.bar.high),
        ):
            parts.append(_text(x, top + BAR + TEXT, text, anchor))
        below = top + BAR + LINE
    caption = [part for text in all_lines(sheet) for part in fitting(text, font, width)]
    parts += [_text(0, below + MARGIN + LINE * n + TEXT, text) for n, text in enumerate(caption)]
    total = below + MARGIN + LINE * len(caption) + 4
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {total}" width="{width}" '
        f'height="{total}" font-family="system-ui, sans-serif" font-size="{TEXT}" fill="{INK}">'
        f'<rect width="100%" height="100%" fill="white"/>{"".join(parts)}</svg>'
    ).encode()


def _text(x: float, y: float, text: str, anchor: str = "start") -> str:
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}">{in_html(text)}</text>' if text else ""


# name of the file's ending -> how much larger the picture is drawn, and what makes the file
KINDS: dict[str, tuple[int, Callable[[Sheet], bytes]]] = {
    "png": (1, as_png),
    "2x.png": (2, lambda sheet: as_png(sheet, 2)),
    "svg": (2, as_svg),
    "pdf": (2, as_pdf),
}
