"""What a pinned figure may hold. It may come from anybody, and it is drawn in the browsers of others.

Only kinds of traces and parts of a layout that the app draws itself are accepted, and every picture must
lie inside the figure: then nothing in it can make a browser fetch anything. A link in a text is refused too,
since a click on it would leave the app."""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..types import InputError
from .plain_json import check_characters, read_json

TRACES = ("bar", "box", "heatmap", "histogram", "scatter", "table")  # none of them fetches anything
LAYOUT = (
    *("annotations", "autosize", "bargap", "bargroupgap", "barmode", "barnorm", "boxgap", "boxgroupgap"),
    *("boxmode", "clickmode", "colorway", "dragmode", "font", "height", "hoverdistance", "hoverlabel"),
    *("hovermode", "images", "legend", "margin", "modebar", "paper_bgcolor", "plot_bgcolor"),
    *("selectdirection", "separators", "shapes", "showlegend", "spikedistance", "title", "uirevision"),
    *("uniformtext", "width"),
)
_AXIS = re.compile(r"[xy]axis\d{0,3}")
MAX_BYTES, MAX_VALUES, MAX_TRACES, MAX_PIXELS = 20_000_000, 200_000, 500, 10_000
_PICTURE = re.compile(r"data:image/(png|jpeg);base64,[A-Za-z0-9+/]+={0,2}")
_LINK = re.compile(
    r"<\s*(a|span)\b|\burl\s*\(", re.IGNORECASE
)  # a span has a style, which may name an address
_NUMBERS = (
    *("i1", "u1", "i2", "u2", "i4", "u4", "f4", "f8"),
    *("int8", "uint8", "int16", "uint16", "int32", "uint32", "float32", "float64"),
)


def checked_figure(text: str) -> str:
    """The JSON of the figure with its traces and its layout, less the layout's template: that is Plotly's
    own, and the app and the report have theirs. Raises InputError, in one sentence, for anything that the
    app does not draw itself."""
    found = read_json(text.encode("utf-8", "replace"), "A pin's figure", MAX_BYTES, MAX_VALUES)
    check_characters(found, "A pin's figure")
    if not isinstance(found, dict) or not isinstance(found.get("data", []), list):
        raise InputError("A pin's figure is broken (it has no list of traces).")
    strange = [name for name in found if name not in ("data", "layout") and found[name]]
    layout = found.get("layout") or {}
    if not isinstance(layout, dict):
        raise InputError("A pin's figure is broken (its layout is no table).")
    layout = {name: value for name, value in layout.items() if name != "template"}
    strange += [name for name in layout if name not in LAYOUT and not _AXIS.fullmatch(name)]
    if strange:
        raise InputError(
            f"A pin's figure has {', '.join(strange)[:60]!r}; accepted are traces and, in the layout, axes, "
            f"{', '.join(LAYOUT)}."
        )
    _check_traces(found.get("data", []))
    _check_size(layout)
    for name, value in _parts({"data": found.get("data", []), "layout": layout}):
        _check_part(name, value)
    return json.dumps({"data": found.get("data", []), "layout": layout}, separators=(",", ":"))


def _check_traces(traces: list[Any]) -> None:
    if len(traces) > MAX_TRACES:
        raise InputError(f"A pin's figure has {len(traces)} traces; {MAX_TRACES} are accepted.")
    kinds = [trace.get("type", "scatter") if isinstance(trace, dict) else trace for trace in traces]
    for kind in kinds:
        if not isinstance(kind, str) or kind not in TRACES:
            raise InputError(f"A pin's figure holds {str(kind)[:40]!r}; accepted are {', '.join(TRACES)}.")


def _check_size(layout: dict[str, Any]) -> None:
    for side in ("width", "height"):
        value = layout.get(side)
        if value is not None and not (isinstance(value, (int, float)) and 0 < value <= MAX_PIXELS):
            raise InputError(
                f"A pin's figure has the {side} {str(value)[:40]!r}; up to {MAX_PIXELS} pixels are accepted."
            )


def _parts(found: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Every value inside with its name, a list's values with the name of the list. The values of a typed
    array are one value."""
    yield name, found
    if isinstance(found, dict) and "bdata" not in found:
        for key, value in found.items():
            yield from _parts(value, key)
    elif isinstance(found, list):
        for value in found:
            yield from _parts(value, name)


def _check_part(name: str, value: Any) -> None:
    if name in ("template", "frames", "imagedefaults"):
        raise InputError(f"A pin's figure holds {name!r} inside; only values are accepted there.")
    if isinstance(value, dict):
        if "bdata" in value:
            _check_numbers(value)
    elif name == "source":
        if not isinstance(value, str) or not _PICTURE.fullmatch(value):
            raise InputError(
                f"A pin's figure fetches {str(value)[:60]!r}; only PNG and JPEG inside it are accepted."
            )
    elif isinstance(value, float) and not math.isfinite(value):
        raise InputError(
            f"A pin's figure holds {value}, which no browser reads; finite numbers are accepted."
        )
    elif isinstance(value, str) and _LINK.search(value):
        raise InputError(f"A pin's figure holds the link {value[:60]!r}; plain text is accepted.")


def _check_numbers(array: dict[str, Any]) -> None:
    """An array as Plotly writes it: {"dtype": "f8", "bdata": base64, "shape": "2, 3"}."""
    kind, shape = array.get("dtype"), str(array.get("shape", ""))
    try:
        data = base64.b64decode(array["bdata"], validate=True)
        sides = [int(side) for side in shape.split(",")] if shape else []
        count = len(data) // np.dtype(kind).itemsize if kind in _NUMBERS else -1
        fits = count >= 0 and len(data) == count * np.dtype(kind).itemsize and len(sides) <= 3
        fits = fits and min(sides, default=0) >= 0 and (not sides or math.prod(sides) == count)
    except (ValueError, TypeError, binascii.Error):
        fits = False
    if not fits or set(array) - {"dtype", "bdata", "shape"}:
        raise InputError(
            f"A pin's figure holds numbers of type {str(kind)[:20]!r} and shape {shape[:40]!r} whose bytes "
            "do not fit; base64 of that many numbers is accepted."
        )
