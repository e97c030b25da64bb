"""How results look in a notebook: maps, curves, attacked pictures, and tables of named units.

`kind` says what a result is; its class is not imported here, since figures know the types alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import plotly.graph_objects as go
from PIL import Image

from ..direction import named
from ..types import NO_CLASS, ClassScore, Explanation
from .curve_sheet import DELETION, INSERTION, curve_picture
from .curves import Curve, curves
from .heatmap import heatmap_figure
from .legend import legend, plain
from .look import Look
from .overlay import amplified, overlay
from .picture import contact_sheet, picture_figure
from .sheet import Sheet, as_html, as_png
from .unit_table import unit_figure, unit_html

SIDE = 448  # pixels of the longer side of a picture that is shown
PAPER = 236  # the grey that stands for a picture that was not kept
EMPTY = {
    "one cell": "The layer has one cell, so the map has no shape.",
    "all negative": "Every value is negative or zero, so ReLU leaves nothing.",
    "all zero": "The map is zero everywhere.",
}


def html(kind: str, result: Any) -> str:
    """An HTML fragment; every text in it is escaped."""
    return unit_html(result) if kind == "units" else as_html(_SHEETS[kind](result))


def png(kind: str, result: Any) -> bytes:
    """A PNG file: picture, scale bar and caption."""
    return as_png(_SHEETS[kind](result))


def figure(kind: str, result: Any) -> go.Figure:
    """A Plotly figure."""
    return _FIGURES[kind](result)


def _seen(e: Explanation) -> np.ndarray:
    """uint8 (H, W, 3): the picture under a map, or grey."""
    return np.full((*e.view_size, 3), PAPER, np.uint8) if e.view is None else e.view


def _large(view: np.ndarray, side: int = SIDE) -> np.ndarray:
    """The picture enlarged to `side` pixels; a larger one stays as it is."""
    height, width = view.shape[:2]
    factor = max(1.0, side / max(height, width))
    size = (round(width * factor), round(height * factor))
    return np.asarray(Image.fromarray(view).resize(size, Image.Resampling.BICUBIC))


def explanation_sheet(e: Explanation, look: Look | None = None) -> Sheet:
    """The map over its picture, its scale, and what it explains."""
    look = look or Look()
    scale = look.limits([e])
    lines = [f"{named(e, f'({e.target})')}, probability {percent(e.probability)}"]
    if e.target == NO_CLASS:
        lines = [f"{named(e)}, {plain(e.logit)}"]
    lines += [EMPTY[e.emptiness]] if e.emptiness else []
    title = e.method if e.layer is None else f"{e.method}, {e.layer}"
    picture = overlay(_large(_seen(e)), e, look, scale)
    return Sheet(picture, title, [*lines, *e.notes], legend(e, look, scale))


def _curves_sheet(c: Any) -> Sheet:
    areas = f"area of insertion {c.insertion_auc:.3f}, of deletion {c.deletion_auc:.3f}"
    picture = curve_picture(c.fractions, c.insertion, c.deletion, c.score)
    return Sheet(
        picture,
        f"{c.method}, class {c.target}",
        [areas, f"{c.score}, baseline {c.baseline}"],
        photograph=False,
    )


def _attack_sheet(a: Any) -> Sheet:
    noise, factor = amplified(a.noise)
    pictures = [_large(picture, SIDE // 2) for picture in (a.original.pixels, noise, a.image.pixels)]
    params = ", ".join(f"{name} {value}" for name, value in a.params.items())
    largest = int(np.abs(a.noise).max())
    lines = (
        f"before: {_answer(a.before)}; after: {_answer(a.after)}",
        "The attack succeeded." if a.success else "The attack did not succeed.",
        f"Shown are the picture before, the change times {factor} (at most {largest} of 255), "
        "and the picture after.",
    )
    return Sheet(contact_sheet(pictures, 3), f"{a.attack}: {params}", lines)


def _answer(score: ClassScore) -> str:
    return f"{score.label} ({score.index}), probability {percent(score.probability)}"


def percent(probability: float) -> str:
    """A probability in per cent, in three significant digits."""
    return f"{plain(100 * probability)} %"


def _explanation_figure(e: Explanation) -> go.Figure:
    return heatmap_figure(_large(_seen(e)), e, Look())


def _curves_figure(c: Any) -> go.Figure:
    series = {
        f"insertion, area {c.insertion_auc:.3f}": Curve(
            c.fractions.tolist(), c.insertion.tolist(), INSERTION
        ),
        f"deletion, area {c.deletion_auc:.3f}": Curve(c.fractions.tolist(), c.deletion.tolist(), DELETION),
    }
    span = (0.0, 1.0) if c.score == "probability" else None
    return curves(series, ("Share of superpixels", c.score.capitalize()), span)


def _attack_figure(a: Any) -> go.Figure:
    return picture_figure(as_png(_attack_sheet(a)))


_SHEETS: dict[str, Callable[[Any], Sheet]] = {
    "explanation": explanation_sheet,
    "curves": _curves_sheet,
    "attack": _attack_sheet,
}
_FIGURES: dict[str, Callable[[Any], go.Figure]] = {
    "explanation": _explanation_figure,
    "curves": _curves_figure,
    "attack": _attack_figure,
    "units": unit_figure,
}
