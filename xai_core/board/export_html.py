"""A board as one HTML file: it opens offline, its charts and maps stay interactive, and it fetches nothing.

plotly.js is inside, once. Figures are JSON in script elements and everything that people typed is escaped; a
content security policy forbids every request, so that not even a mistake in a figure could make one."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Sequence

import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

from ..direction import ends
from ..escaping import in_html
from ..types import InputError
from .figure_check import checked_figure
from .pin import Pin
from .words import facts

_STYLE = """
:root { color-scheme: light; }
body { font: 17px/1.45 system-ui, sans-serif; color: #16191d; background: #fff;
  margin: 0 auto; padding: 2.5rem 2rem 4rem; max-width: 1500px; }
h1 { font-size: 1.75rem; font-weight: 600; margin: 0 0 2rem; }
main { display: grid; gap: 2.6rem 2rem;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 420px), 1fr)); }
article { min-width: 0; break-inside: avoid; }
h2 { font-size: 1.1rem; font-weight: 600; line-height: 1.3; margin: 0.8rem 0 0.2rem; }
h2 { overflow-wrap: anywhere; }
.facts { font-size: 0.86rem; color: #5b636d; margin: 0; overflow-wrap: anywhere; }
.bar { height: 10px; border-radius: 3px; margin-top: 0.4rem; }
.ends { display: flex; justify-content: space-between; }
.note { margin: 0.6rem 0 0; white-space: pre-line; overflow-wrap: anywhere; }
.shown { width: 100%; aspect-ratio: 1; display: grid; place-items: center; overflow: hidden; }
.shown > * { width: 100%; height: 100%; min-width: 0; }
.shown img { object-fit: contain; }
"""
_DRAW = """
const broken = (text, most) => text.split(" ").reduce((lines, word) => {
  const last = lines.at(-1), fits = last === "" || last.length + word.length < most;
  return fits ? [...lines.slice(0, -1), last === "" ? word : last + " " + word] : [...lines, word];
}, [""]).join("<br>");
const draw = async box => {
  const figure = JSON.parse(box.querySelector("script").textContent), isMap = box.dataset.kind === "map";
  const layout = {...figure.layout, autosize: true, width: undefined, height: undefined,
    paper_bgcolor: "#fff", plot_bgcolor: "#fff", colorway: undefined};
  layout.font = {...layout.font, family: "system-ui, sans-serif", color: "#16191d"};
  const sides = Object.keys(layout).filter(name => /^xaxis/.test(name));
  const across = new Set(sides.map(name => (layout[name].domain ?? [0, 1])[0])).size;
  if (across > 1) {  // charts beside each other have a row of the report for themselves
    box.parentElement.style.gridColumn = "1 / -1";
    box.style.aspectRatio = Math.min(across, 3);
  }
  for (const name of Object.keys(layout)) {
    if (!/^[xy]axis/.test(name) || isMap) continue;
    const axis = {gridcolor: "#e6e9ed", zerolinecolor: "#c5cad1", automargin: true, ...layout[name]};
    if (axis.title?.text) {  // clear of the numbers beside it, and no longer than its axis
      const [from, to] = axis.domain ?? [0, 1], side = name[0] === "x" ? box.clientWidth : box.clientHeight;
      axis.title = {standoff: 10, ...axis.title, text: broken(axis.title.text, 0.8 * (to - from) * side / 7)};
    }
    layout[name] = axis;
  }
  if (isMap) {  // the colour bar is as tall as the picture
    const {margin: {t, r}, xaxis, yaxis} = layout, wide = box.clientWidth;
    const tall = (wide - r) * yaxis.range[0] / xaxis.range[1];
    layout.margin = {...layout.margin, b: Math.max(0, wide - t - tall)};
  }
  const target = document.createElement("div");
  box.replaceChildren(target);
  await Plotly.newPlot(target, figure.data, layout, {responsive: true, displaylogo: false});
};
for (const box of document.querySelectorAll(".shown")) {
  const picture = box.querySelector("img");
  draw(box).catch(() => box.replaceChildren(picture ?? "This chart cannot be drawn."));
}
"""
POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "img-src data: blob:; base-uri 'none'; form-action 'none'"
)
_SEAL = f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'


def chart_html(figure: go.Figure) -> str:
    """One chart as an interactive HTML file, under the policy of the report."""
    page = str(figure.to_html(include_plotlyjs=True))
    return page.replace("<head>", f"<head>{_SEAL}", 1)


def board_html(pins: Sequence[Pin], title: str = "Pinboard", before: str = "") -> str:
    """The whole report. Without scripts it still shows the maps as pictures, with titles and notes. `before`
    is HTML that stands above the pins."""
    articles = "\n".join(map(_article, pins))
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f"{_SEAL}"
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">'
        f"<title>{in_html(title)}</title><style>{_STYLE}</style></head>\n"
        f"<body><h1>{in_html(title)}</h1>{before}<main>\n{articles}\n</main>\n"
        f"<script>{get_plotlyjs()}</script>\n<script>{_DRAW}</script></body></html>\n"
    )


def _article(pin: Pin) -> str:
    """One result; what cannot be drawn says so in its place, and the others stand."""
    if pin.damage:
        return f"<article><h2>{in_html(pin.title)}</h2><p>{in_html(pin.damage)}</p></article>"
    try:
        return _drawn(pin)
    except InputError as error:
        return f"<article><h2>{in_html(pin.title)}</h2><p>{in_html(str(error))}</p></article>"


def _drawn(pin: Pin) -> str:
    picture = ""
    if pin.map is not None:
        data = base64.b64encode(pin.map.drawn).decode()
        picture = f'<img src="data:image/png;base64,{data}" alt="{in_html(pin.title)}">'
    bar = f"<noscript>{_bar(pin)}</noscript>" if pin.map is not None else ""
    figure = checked_figure(pin.figure).replace("<", "\\u003c")  # nothing in it can end the script element
    note = f'<p class="note">{in_html(pin.note)}</p>' if pin.note else ""
    return (
        f'<article><div class="shown" data-kind="{pin.kind}">{picture}'
        f'<script type="application/json">{figure}</script></div>{bar}'
        f"<h2>{in_html(pin.title)}</h2>"
        f'<p class="facts">{in_html(" · ".join(facts(pin)))}</p>{note}</article>'
    )


def _bar(pin: Pin) -> str:
    """The colour bar of a map, for a reader without scripts: colours and ends are those of its figure."""
    assert pin.map is not None
    markers = [trace.get("marker", {}) for trace in json.loads(pin.figure).get("data", [])]
    found = [marker for marker in markers if isinstance(marker, dict) and "colorscale" in marker]
    if not found:
        return ""
    scale = found[0]["colorscale"]
    stops = [str(stop[1]) for stop in scale if len(stop) == 2] if isinstance(scale, list) else []
    colours = [stop for stop in stops if re.fullmatch(r"rgb\(\d{1,3}, ?\d{1,3}, ?\d{1,3}\)", stop)]
    low, high = (found[0].get(end) for end in ("cmin", "cmax"))
    if len(colours) < 2 or not isinstance(low, (int, float)) or not isinstance(high, (int, float)):
        return ""
    down, up = ends(pin.map.e)
    texts = [f"{_plain(low)} {down}", *(["0"] if low < 0 < high else []), f"{up} {_plain(high)}"]
    return (
        f'<div class="bar" style="background:linear-gradient(90deg,{",".join(colours)})"></div>'
        f'<p class="facts ends">{"".join(f"<span>{in_html(text.strip())}</span>" for text in texts)}</p>'
    )


def _plain(value: float) -> str:
    return f"{value:.3g}".replace("-", "−")
