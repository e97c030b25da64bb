"""A picture on which a place is chosen: by a click, a tap, or the arrow keys and Enter. On request a box is
chosen by dragging, and a place by resting the mouse on it.

It is a component of its own because a chart's click is lost under a finger, and because a phone need not load
the library of charts for it."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import streamlit as st

from xai_core.figures import encode
from xai_core.types import InputError

from .. import state

_HTML = (
    '<div class="place" tabindex="0" role="application"><img><i class="mark"></i><i class="aim"></i></div>'
)
_CSS = """
.place { position: relative; line-height: 0; cursor: crosshair; touch-action: manipulation;
  outline-offset: 3px; user-select: none; -webkit-user-select: none; }
.place.boxes { touch-action: none; }
.place img { width: 100%; height: auto; border-radius: 0.3rem; pointer-events: none; }
.place i { position: absolute; display: none; pointer-events: none; box-sizing: border-box;
  border: 3px solid #fff; box-shadow: 0 0 0 2px #000, inset 0 0 0 2px #000; }
.place i.point { width: 28px; height: 28px; border-radius: 50%; transform: translate(-50%, -50%); }
.place i.aim { opacity: 0.65; }
"""
_JS = """
export default function ({ data, parentElement, setTriggerValue }) {
  const place = parentElement.querySelector(".place"), image = place.querySelector("img");
  const mark = place.querySelector(".mark"), aim = place.querySelector(".aim");
  const held = x => Math.min(Math.max(x, 0), 1);
  const draw = (one, sides) => {
    one.style.display = sides ? "block" : "none";
    if (!sides) return;
    const [x, y, x1, y1] = sides, box = x1 !== undefined;
    one.classList.toggle("point", !box);
    one.style.left = `${100 * x}%`; one.style.top = `${100 * y}%`;
    one.style.width = box ? `${100 * (x1 - x)}%` : ""; one.style.height = box ? `${100 * (y1 - y)}%` : "";
  };
  [image.width, image.height] = data.size;  // nothing moves under a mouse when the picture comes
  if (image.getAttribute("src") !== data.picture) image.src = data.picture;
  image.alt = data.label;
  place.setAttribute("aria-label", data.label);
  place.classList.toggle("boxes", data.boxes);
  draw(mark, data.mark); draw(aim, null);
  const at = event => {
    const edge = place.getBoundingClientRect();
    return [held((event.clientX - edge.left) / edge.width), held((event.clientY - edge.top) / edge.height)];
  };
  const put = sides => { draw(mark, sides); draw(aim, null); setTriggerValue("place", sides); };
  const between = ([a, b], [c, d]) => [Math.min(a, c), Math.min(b, d), Math.max(a, c), Math.max(b, d)];
  const wide = ([x, y, x1, y1]) => x1 - x > 0.03 && y1 - y > 0.03;
  let from = null, keys = data.mark ? data.mark.slice(0, 2) : [0.5, 0.5];
  place.onclick = data.boxes ? null : event => put(at(event));
  place.onpointerdown = data.boxes ? event => {
    clearTimeout(place.resting);
    from = at(event);
    place.setPointerCapture(event.pointerId);
  } : null;
  const near = ([x, y], to) => to && Math.hypot(x - to[0], y - to[1]) < 0.02;
  const rest = here => { if (!from && !near(here, data.mark)) put(here); };
  place.onpointermove = event => {
    clearTimeout(place.resting);
    if (from) draw(aim, between(from, at(event)));
    else if (data.rests && event.pointerType === "mouse" && data.mark?.length !== 4)
      place.resting = setTimeout(rest, 400, at(event));
  };
  place.onpointerleave = () => clearTimeout(place.resting);
  place.onpointerup = data.boxes ? event => {
    if (!from) return;
    const box = between(from, at(event));
    from = null;
    put(wide(box) ? box : at(event));
  } : null;
  place.onpointercancel = () => { from = null; draw(aim, null); };
  place.onkeydown = event => {
    const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const step = steps[event.key];
    if (step) { keys = keys.map((key, n) => held(key + 0.02 * step[n])); draw(aim, keys); }
    else if (event.key === "Enter") put(keys);
    else return;
    event.preventDefault();
  };
}
"""
_MOUNT = st.components.v2.component("place", html=_HTML, css=_CSS, js=_JS)


def place(
    view: np.ndarray,
    chosen: Sequence[float] | None,
    key: str,
    label: str,
    put: Callable[[Sequence[float]], None],
    boxes: bool = False,
    rests: bool = False,
) -> None:
    """The picture with what is `chosen` on it: x, y in shares of its width and height, or with `boxes` also
    x, y, x1, y1. `put` is given another one; with `rests` also the place where a mouse rests for 0.4 seconds,
    unless a box is chosen. `key` is unique on the page; `label` says what to do."""
    file = base64.b64encode(encode(view, "JPEG")).decode()
    rows, columns = view.shape[:2]
    data = {
        "picture": f"data:image/jpeg;base64,{file}",
        "size": [columns, rows],
        "mark": None if chosen is None else list(chosen),
        "label": label,
        "boxes": boxes,
        "rests": rests,
    }

    @state.told
    def placed() -> None:
        put(sides_of(getattr(state.of_widget(key), "place", None)))

    _MOUNT(key=key, data=data, on_place_change=placed)


def sides_of(sent: Any) -> tuple[float, ...]:
    """What a browser sent as a place. Raises InputError for anything but two or four numbers."""
    if not isinstance(sent, list) or len(sent) not in (2, 4) or not all(_is_number(one) for one in sent):
        raise InputError("What was sent is no place on a picture; two or four numbers are accepted.")
    return tuple(float(one) for one in sent)


def _is_number(one: Any) -> bool:
    return isinstance(one, (int, float)) and not isinstance(one, bool)
