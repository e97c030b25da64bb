"""Results as one HTML file: it opens offline, fetches nothing, and shows the pictures that speak most against
each check, worst first."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..board.export_html import POLICY
from ..escaping import in_html
from ..network.handle import ModelHandle
from ..studies.drawing import COLOURS, map_tile
from ..studies.outcome import Chart, Series, Tile
from ..studies.pictures import chart_svg, tile_png
from ..studies.report_style import STYLE
from ..types import InputError
from . import words
from .judging import FAIL, PASS, REFUSED, UNDECIDED
from .kinds import find_kind
from .measuring import map_of, seen_and_target
from .regions import boxes_of
from .running import Result
from .units import seed_of

WORST = 6  # pictures of each check
MARKS = {PASS: "#2e7d4f", FAIL: "#b3261e", UNDECIDED: "#7a4b00", REFUSED: "#5b636d"}
EXTRA = """
.verdict { font-weight: 600; color: #fff; border-radius: 4px; padding: 0.15rem 0.5rem; font-size: 0.85rem; }
h2 .verdict { vertical-align: middle; margin-left: 0.4rem; }
"""


@dataclass(frozen=True)
class Reported:
    """A result with its pictures drawn."""

    result: Result
    tiles: tuple[Tile, ...]


def reported(handle: ModelHandle, result: Result, count: int = WORST) -> Reported:
    """Draw the worst pictures of a check, which explains each of them once more."""
    tiles = []
    claim = find_kind(result.check.kind).claims(result.check)[0]
    for example, numbers in result.worst(count):
        try:
            seen, target = seen_and_target(handle, result.check, example)
            e = map_of(handle, result.check, seen, target, seed_of(example, result.check.seed))
        except InputError:  # the file has gone since it was measured
            continue
        label = f"{example.name}: {handle.labels[e.target]}, {words.number(claim.value(numbers))}"
        values = e.upsampled() if e.signed else np.maximum(e.upsampled(), 0)
        tile = map_tile(handle.view(seen), values, label, signed=e.signed)
        tiles.append(Tile(_marked(tile.pixels, result), label))
    return Reported(result, tuple(tiles))


def report_html(found: Sequence[Reported], title: str) -> str:
    """The whole report."""
    sections = "\n".join(_section(one, number) for number, one in enumerate(found, 1))
    rows = "".join(
        f'<li>{_mark(one.result)} <a href="#check-{number}">{in_html(one.result.check.name)}</a></li>'
        for number, one in enumerate(found, 1)
    )
    model, data = found[0].result.model, found[0].result.data
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="icon" href="data:,"><title>{in_html(title)}</title>'
        f"<style>{STYLE}{EXTRA}</style></head>\n"
        f"<body><header><h1>{in_html(title)}</h1>"
        f'<p class="source">{in_html(model)} on {in_html(data)}</p><nav><ol>{rows}</ol></nav></header>\n'
        f"<main>{sections}</main></body></html>\n"
    )


def _section(found: Reported, number: int) -> str:
    result = found.result
    parts = [
        f'<section id="check-{number}"><h2>{in_html(result.check.name)} {_mark(result)}</h2>',
        f"<p>{in_html(words.headline(result))}</p>",
        f'<p class="with">{in_html(_made_with(result))}</p>',
    ]
    if result.verdict != REFUSED:
        parts += [_findings(result), _path(result)]
        notes = [result.gate.sentence, words.about_sentence(result), *words.left_out(result)]
        parts += [f'<p class="note">{in_html(note)}</p>' for note in filter(None, notes)]
        parts.append(_tiles(found))
    parts.append(_errors(result))
    return "".join(parts) + "</section>"


def _made_with(result: Result) -> str:
    check = result.check
    where = f"{check.method} at {check.layer}" if check.layer else check.method
    settings = ", ".join(f"{name} {value}" for name, value in check.settings.items())
    region = f", region {check.region}" if check.region else ""
    return f"{where}, {check.explain} class; {settings}{region}; seed {check.seed}."


def _findings(result: Result) -> str:
    rows = "".join(f"<tr><td>{in_html(words.claim_sentence(found))}</td></tr>" for found in result.findings)
    return f'<div class="wide"><table><tbody>{rows}</tbody></table></div>'


def path_chart(result: Result) -> Chart:
    """The interval of the first claim after each picture, with the limit that it has to leave behind."""
    claim = find_kind(result.check.kind).claims(result.check)[0]
    x = [float(point.pictures) for point in result.path]
    low, high = ([point.intervals[0][side] for point in result.path] for side in (0, 1))
    means = [point.means[0] for point in result.path]
    limit = Series("asked for", x, [claim.limit] * len(x), COLOURS[-1], None, None, "dash")
    own = Series("mean and its interval", x, means, COLOURS[0], low, high, "solid")
    return Chart((own, limit), ("pictures looked at", claim.column))


def _path(result: Result) -> str:
    if len(result.path) < 2:
        return ""
    caption = "The interval of the first claim as pictures came; the dashed line is what was asked for."
    return f"<figure>{chart_svg(path_chart(result))}<figcaption>{in_html(caption)}</figcaption></figure>"


def _tiles(found: Reported) -> str:
    if not found.tiles:
        return ""
    tiles = "".join(
        f'<div><img alt="{in_html(tile.label)}" src="data:image/png;base64,'
        f'{base64.b64encode(tile_png(tile.pixels)).decode()}"><span>{in_html(tile.label)}</span></div>'
        for tile in found.tiles
    )
    noun = find_kind(found.result.check.kind).claims(found.result.check)[0].noun
    caption = f"The pictures that speak most against the check, worst first, with {noun}."
    style = f"--across:{min(3, len(found.tiles))};--on-paper:3"
    return (
        f'<figure><div class="tiles" style="{style}">{tiles}</div>'
        f"<figcaption>{in_html(caption)}</figcaption></figure>"
    )


def _errors(result: Result) -> str:
    lines = [f"{name}: {why}" for name, why in result.errors[:WORST]]
    return "".join(f'<p class="note">{in_html(line)}</p>' for line in lines)


def _mark(result: Result) -> str:
    colour = MARKS[result.verdict]
    return (
        f'<span class="verdict" style="background:{colour}">{in_html(words.VERDICTS[result.verdict])}</span>'
    )


def _marked(pixels: np.ndarray, result: Result) -> np.ndarray:
    """The picture with the region of the check, or nothing, framed."""
    if not result.check.region:
        return pixels
    made = np.array(pixels)
    height, width = made.shape[:2]
    for box in boxes_of(result.check.region, (height, width)):
        top, left = round(box.y0), round(box.x0)
        bottom, right = min(height, round(box.y1)) - 1, min(width, round(box.x1)) - 1
        made[[top, bottom], left : right + 1] = 255
        made[top : bottom + 1, [left, right]] = 255
    return made
