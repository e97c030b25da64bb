"""Curves as an SVG drawing, for paper and for a report without scripts. Texts are texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..escaping import in_html
from .curves import Curve

WIDTH, HEIGHT = 640, 360
LEFT, RIGHT, TOP, BOTTOM = 70, 10, 40, 48  # margins in the drawing's units
TICKS = 5
INK, QUIET, GRID = "#16191d", "#5b636d", "#e1e5e9"


def line_svg(
    series: Mapping[str, Curve], titles: tuple[str, str], span: tuple[float, float] = (0.0, 1.0)
) -> str:
    """The curves by name in one drawing of 640 x 360 units, with a legend above. `span` is the range of y;
    x runs from the smallest to the largest value of all."""
    xs = [float(x) for curve in series.values() for x in curve.x]
    across = (min(xs), max(xs)) if min(xs) < max(xs) else (min(xs), min(xs) + 1)
    parts = [*_axes(across, span, titles), *_legend(series)]
    for name, curve in series.items():
        if curve.low is not None and curve.high is not None:
            edge = _points([*curve.x, *reversed(curve.x)], [*curve.low, *reversed(curve.high)], across, span)
            parts.append(f'<polygon points="{edge}" fill="{in_html(curve.colour)}" fill-opacity="0.16"/>')
        line = _points(curve.x, curve.y, across, span)
        parts.append(
            f'<polyline points="{line}" fill="none" stroke="{in_html(curve.colour)}" stroke-width="2.5"'
            f"{_dash(curve)}><title>{in_html(name)}</title></polyline>"
        )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'font-family="system-ui, sans-serif" font-size="14" fill="{INK}">{"".join(parts)}</svg>'
    )


def _axes(across: tuple[float, float], span: tuple[float, float], titles: tuple[str, str]) -> list[str]:
    parts = []
    for n in range(TICKS):
        share = n / (TICKS - 1)
        x = LEFT + share * (WIDTH - LEFT - RIGHT)
        y = HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)
        low = HEIGHT - BOTTOM
        parts += [
            f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="{GRID}"/>',
            _text(LEFT - 8, y + 5, _number(span[0] + share * (span[1] - span[0])), "end"),
            _text(
                x, low + 18, _number(across[0] + share * (across[1] - across[0])), "middle" if n else "start"
            ),
        ]
    middle = TOP + (HEIGHT - TOP - BOTTOM) / 2
    parts.append(_text(LEFT + (WIDTH - LEFT - RIGHT) / 2, HEIGHT - 8, titles[0], "middle"))
    parts.append(
        f'<text x="14" y="{middle:.1f}" text-anchor="middle" fill="{QUIET}" '
        f'transform="rotate(-90 14 {middle:.1f})">{in_html(titles[1])}</text>'
    )
    return parts


def _legend(series: Mapping[str, Curve]) -> list[str]:
    parts, x = [], float(LEFT)
    for name, curve in series.items():
        parts.append(
            f'<line x1="{x:.0f}" x2="{x + 22:.0f}" y1="16" y2="16" stroke="{in_html(curve.colour)}" '
            f'stroke-width="3"{_dash(curve)}/>'
        )
        parts.append(f'<text x="{x + 28:.0f}" y="21">{in_html(name)}</text>')
        x += 52 + 7.2 * len(name)
    return parts


def _dash(curve: Curve) -> str:
    return ' stroke-dasharray="7 5"' if curve.dash != "solid" else ""


def _points(
    x: Sequence[float], y: Sequence[float], across: tuple[float, float], span: tuple[float, float]
) -> str:
    wide, tall = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
    return " ".join(
        f"{LEFT + wide * (a - across[0]) / (across[1] - across[0]):.1f},"
        f"{HEIGHT - BOTTOM - tall * min(1.0, max(0.0, (b - span[0]) / (span[1] - span[0]))):.1f}"
        for a, b in zip(x, y, strict=True)
    )


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{QUIET}">{in_html(text)}</text>'


def _number(value: float) -> str:
    return f"{value:.3g}".replace("-", "−")
