"""The sentences of a ranking, on both sides of what they say, and its HTML."""

import dataclasses

import numpy as np
import pytest

from xai_core.ranking import words
from xai_core.ranking.looks import looks
from xai_core.ranking.plan import Ranked
from xai_core.ranking.report import p_value, report_html
from xai_core.ranking.result import Ranking
from xai_core.ranking.standing import Scores, standings

NAMES = ("grad_cam", "layer_cam", "gradient")


def ranking(merits, metrics=("relevance_gain",), pictures=40, twins=1, data="photos"):
    """Of the three methods and the random map (merit 0), with these merits a metric."""
    rng = np.random.default_rng(0)
    plan = Ranked(NAMES, metrics)
    values = np.stack([rng.normal(0, 0.1, (pictures, 4)) + np.array([*row, 0.0]) for row in merits], axis=2)
    signs = tuple(-1 if metric == "deletion" else 1 for metric in metrics)
    values *= np.array(signs)
    witness = np.arange(pictures) // twins
    names = tuple(f"{n:03d}" for n in range(pictures))
    every = looks(pictures, 0.05)
    scores = Scores(plan.names, metrics, signs, names, witness, values)
    found = standings(scores, every[-1].alpha)
    passes = {"grad_cam": 1, "layer_cam": 1, "gradient": 1, "chance": 0}
    counts = pictures, len(set(witness)), pictures
    return Ranking(plan, "net", data, found, every[-1], every, *counts, 0, plan.settled(found), passes)


ONE, TWO = ("relevance_gain",), ("relevance_gain", "deletion")


@pytest.mark.parametrize(
    ("merits", "metrics", "said"),
    [
        ([(1, 2, 3)], ONE, "Better than the random map on Relevance gain: Grad-CAM, LayerCAM and Gradient."),
        ([(0, 0, 0)], ONE, "No method is shown to beat the random map on Relevance gain."),
        ([(1, 0, -1)], ONE, "on Relevance gain: Grad-CAM. Not shown to be better: LayerCAM and Gradient."),
        (
            [(1, 1, 0), (1, 0, 0)],
            TWO,
            "on all 2 metrics: Grad-CAM. On some of them: LayerCAM. Not shown to be better: Gradient.",
        ),
        ([(1, 0, 0), (0, 1, 0)], TWO, "No method is shown to beat the random map on all 2 metrics. On some"),
        ([(0, 0, 0), (0, 0, 0)], TWO, "No method is shown to beat the random map on any metric."),
    ],
)
def test_the_headline_says_first_who_beats_the_control(merits, metrics, said):
    assert said in words.headline(ranking(merits, metrics))


def test_who_leads_on_a_metric():
    alone = ranking([(2, 1, 0)])
    said = words.on_metric(alone, alone.standings[0])
    assert said.startswith("Relevance gain: 2 of 3 methods beat the random map. Grad-CAM is better than all")
    shared = ranking([(1, 1, -1)])
    said = words.on_metric(shared, shared.standings[0])
    assert ", and Gradient is worse than it. First may be any of " in said
    none = ranking([(0, 0, 0)])
    assert words.on_metric(none, none.standings[0]).endswith("No two methods are told apart.")


def test_how_it_ended():
    assert words.ended(ranking([(3, 2, 1)])).startswith("Decided after 40 pictures of at most 40: every pair")
    said = words.ended(ranking([(1, 1, 0)], twins=2))
    assert said.startswith("Not decided with 40 pictures")
    assert "2 of 6 pairs cannot be told apart" in said
    assert "They show 20 independent photographs" in said


def test_where_metrics_disagree():
    found = ranking([(3, 2, 1), (1, 2, 3)], ("relevance_gain", "deletion"))
    (said,) = words.disagreements(found)
    assert "Kendall's tau −1.00 (from −1.00 to −1.00)" in said
    assert "Relevance gain puts Grad-CAM above" in said
    assert (
        "No pair is told apart in opposite directions"
        in words.disagreements(ranking([(3, 2, 1), (3, 2, 1)], ("relevance_gain", "deletion")))[0]
    )
    assert words.disagreements(ranking([(3, 2, 1)])) == []


def test_the_report_has_all_numbers_and_escapes_what_came_from_outside():
    found = ranking([(3, 2, 1), (1, 2, 3)], ("relevance_gain", "deletion"), data="<script>x</script>")
    made = report_html(found)
    assert made == report_html(found)
    assert "<script" not in made
    assert "&lt;script&gt;x" in made
    assert made.count("<svg") == 2
    assert made.count("<tr><td>") == 2 * 4 + 2 * 6
    assert "http" not in made.replace("http-equiv", "")


def test_tables_say_what_the_standings_say():
    found = ranking([(2, 1, 0)])
    table, every = found.table(), found.pairs()
    assert list(table["method"])[:2] == ["grad_cam", "layer_cam"]
    assert list(table["beats_random"])[:2] == [True, True]
    assert (every["better_by"] >= 0).all()
    told = every[every["told_apart"]]
    assert (told["p_holm"] <= found.look.alpha).all()
    assert (every[~every["told_apart"]]["p_holm"] > found.look.alpha).all()


def test_numbers():
    assert (words.number(-0.0001), words.number(-1.5), words.number(float("nan"))) == ("0.00", "−1.50", "–")
    assert (p_value(0.00009), p_value(0.0123)) == ("< 0.0001", "0.0123")
    assert words.span(float("nan"), 1.0) == "no interval"
    failed = dataclasses.replace(ranking([(3, 2, 1)]), failed=1)
    assert "1 picture could not be measured" in words.ended(failed)
