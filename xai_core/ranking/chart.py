"""Rank intervals of one metric as SVG: a line a method, a bar from its best to its worst possible rank."""

from __future__ import annotations

from ..escaping import in_html
from ..evaluation.plan import UNSEEING
from ..methods import METHODS
from .directions import label_of
from .result import Ranking
from .standing import Standing
from .words import ranks

ROW, LEFT, RIGHT, TOP = 28, 230, 60, 30
WIDTH = 720
QUIET = "#8A9099"


def colour_of(source: str) -> str:
    """A method's own colour; grey for one that does not look at the picture."""
    method = source.partition("@")[0]
    return QUIET if method in UNSEEING else METHODS[method].colour


def rank_svg(found: Ranking, one: Standing) -> str:
    """The chart, from the best mean to the worst. The dot is the rank of the mean."""
    methods = len(one.means)
    height = TOP + ROW * methods + 10
    title = f"Rank intervals on {label_of(one.metric)}"
    rows = "".join(_row(found, one, place, int(n)) for place, n in enumerate(one.order))
    ticks = "".join(
        f'<line x1="{_x(r, methods):.1f}" x2="{_x(r, methods):.1f}" y1="{TOP - 6}" y2="{height - 10}" '
        f'stroke="#e6e9ec"/><text x="{_x(r, methods):.1f}" y="{TOP - 12}" text-anchor="middle" '
        f'fill="#5b636d">{r}</text>'
        for r in range(1, methods + 1)
    )
    return (
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{in_html(title)}" '
        f'font-family="system-ui, sans-serif" font-size="14">{ticks}{rows}</svg>'
    )


def _row(found: Ranking, one: Standing, place: int, n: int) -> str:
    methods, y = len(one.means), TOP + ROW * place + ROW / 2
    colour = colour_of(found.plan.rows[n])
    low, high = (_x(int(rank), methods) for rank in (one.rank_low[n], one.rank_high[n]))
    label = in_html(found.labels[n])
    name = f'<text x="{LEFT - 34}" y="{y + 5:.1f}" text-anchor="end" fill="#16191d">{label}</text>'
    if not one.counts[n]:
        return name
    return (
        f"<g>{name}<title>{label}: rank {in_html(ranks(one, n))}</title>"
        f'<line x1="{low - 6:.1f}" x2="{high + 6:.1f}" y1="{y:.1f}" y2="{y:.1f}" stroke="{colour}" '
        f'stroke-width="10" stroke-linecap="round" opacity="0.45"/>'
        f'<circle cx="{_x(place + 1, methods):.1f}" cy="{y:.1f}" r="5" fill="{colour}"/>'
        f'<text x="{WIDTH - RIGHT + 22}" y="{y + 5:.1f}" fill="#5b636d">{in_html(one.letters[n])}</text></g>'
    )


def _x(rank: int, methods: int) -> float:
    return LEFT + (rank - 1) * (WIDTH - LEFT - RIGHT) / max(1, methods - 1)
