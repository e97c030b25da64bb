"""A ranking as one HTML file that opens offline and fetches nothing: the findings, rank intervals, all means,
where the metrics disagree, and every pair."""

from __future__ import annotations

from collections.abc import Sequence

from ..board.export_html import POLICY
from ..escaping import in_html
from ..studies.report_style import STYLE
from . import words
from .chart import rank_svg
from .directions import label_of as metric_label
from .plan import label_of
from .result import Ranking
from .standing import Standing

TITLE = "Leaderboard of explanation methods"


def report_html(found: Ranking) -> str:
    """The whole report. The same ranking gives the same bytes."""
    explained = "predicted class" if found.plan.predicted else "labelled class"
    source = f"{found.model}, {found.data}: {words.count(found.pictures, 'picture')}, the {explained} of each"
    sections = "".join(_metric(found, one) for one in found.standings)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="icon" href="data:,"><title>{TITLE}</title><style>{STYLE}</style></head>\n'
        f'<body><header><h1>{TITLE}</h1><p class="source">{in_html(source)}</p>'
        f"<p><b>{in_html(words.headline(found))}</b></p><p>{in_html(words.ended(found))}</p>"
        f'<p class="note">{in_html(words.method(found))}</p></header>\n'
        f"<main>{sections}{_disagreements(found)}{_pairs(found)}</main></body></html>\n"
    )


def means_rows(found: Ranking, one: Standing) -> list[list[str]]:
    """The cells of a metric's table, as MEANS names them, from the best mean to the worst."""
    control = found.plan.control
    return [
        [
            found.labels[n],
            words.ranks(one, n),
            one.letters[n],
            words.number(one.means[n], 3),
            "" if n == control else words.number(one.gaps[n, control], 3),
            "" if n == control else words.span(one.low[n, control], one.high[n, control]),
            f"{found.passes[found.plan.rows[n]]:,}",
            f"{one.counts[n]:,}",
        ]
        for n in map(int, one.order)
    ]


MEANS = ("Method", "Rank", "Letters", "Mean", "Better than random by", "Interval", "Passes a map", "Pictures")
PAIRS = ("Metric", "First", "Second", "Better by", "Interval", "p after Holm", "Told apart")


def pair_rows(found: Ranking) -> list[list[str]]:
    """The cells of every pair, as PAIRS names them."""
    return [
        [
            metric_label(row["metric"]),
            label_of(row["first"]),
            label_of(row["second"]),
            words.number(row["better_by"], 3),
            words.span(row["low"], row["high"]),
            p_value(row["p_holm"]),
            "yes" if row["told_apart"] else "no",
        ]
        for row in found.pairs().to_dict("records")
    ]


def p_value(p: float) -> str:
    """ "0.0123", "< 0.0001"."""
    return "< 0.0001" if p < 0.0001 else words.number(p, 4)


def _metric(found: Ranking, one: Standing) -> str:
    way = "larger is better" if one.sign > 0 else "smaller is better"
    return (
        f"<section><h2>{in_html(metric_label(one.metric))} ({way})</h2>"
        f"<p>{in_html(words.on_metric(found, one))}</p>"
        f"<figure>{rank_svg(found, one)}<figcaption>The rank that each method may have; the dot is "
        f"the rank of its mean. Letters on the right: methods that share one cannot be told "
        f"apart.</figcaption></figure>"
        f"{_table(MEANS, means_rows(found, one))}</section>"
    )


def _disagreements(found: Ranking) -> str:
    said = words.disagreements(found)
    if not said:
        return ""
    w = words.number(found.concordance)
    lines = "".join(f"<p>{in_html(line)}</p>" for line in said)
    return (
        f"<section><h2>Where the metrics disagree</h2><p>Kendall's W over the methods that look at the "
        f"picture is {w}; 1 is one order on all metrics.</p>{lines}</section>"
    )


def _pairs(found: Ranking) -> str:
    level = f"{found.look.alpha:.4g}"
    return (
        f"<section><h2>Every pair</h2><p>A pair is told apart where p after Holm is at most {level}, the "
        f"share of the error of this look.</p>{_table(PAIRS, pair_rows(found))}</section>"
    )


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f"<th>{in_html(name)}</th>" for name in columns)
    body = "".join(f"<tr>{''.join(f'<td>{in_html(v)}</td>' for v in row)}</tr>" for row in rows)
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
