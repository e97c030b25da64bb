"""Verdicts: each control has to be beaten, the correction counts, and every sentence fits its numbers."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from xai_core.datasets import Dataset, Example
from xai_core.spuriosity import words
from xai_core.spuriosity.planning import Cluster
from xai_core.spuriosity.regions import Place
from xai_core.spuriosity.verdicts import affected_in, lost, results_of

from .made import out_rows, paste_rows

EXAMPLES = tuple(Example(f"{k}{n}", f"{k}{n}", "a", (0,)) for k in "pr" for n in range(60))
DATA = Dataset("made", EXAMPLES)


def a_cluster(number=0):
    return Cluster(number, 0, number, 20, Place(10, 0, 4), 0.4, 0.1)


def noisy(mean, count, seed):
    return mean + np.random.default_rng(seed).normal(0, 0.3, count)


def table(cluster=0, out=1.0, pasted=1.0, control=0.0, ordinary=0.0, members=20, receivers=40):
    """Trials in which the region moves the margin by `out` and `pasted` on average."""
    s = 10 * cluster
    controls = np.random.default_rng(s).normal(0, 0.3, (members, 3))
    outs = out_rows(cluster, noisy(out, members, s + 1), controls, first=10_000 * cluster)
    three = (noisy(m, receivers, s + k) for k, m in enumerate((pasted, control, ordinary), 2))
    return pd.concat([outs, paste_rows(cluster, *three, first=10_000 * cluster + 1000)])


def verdict(**changes):
    (one,) = results_of([a_cluster()], table(**changes), DATA)
    return one


def test_a_region_that_beats_all_three_controls_is_a_shortcut():
    one = verdict()
    assert one.shortcut
    assert all(effect.margin.low > 0 for effect in one.effects)
    said = words.verdict(one, "cat")
    assert said.startswith(
        "Controls beaten: pictures are answered cat because of the region at the lower left"
    )
    assert one.moved.mean == pytest.approx(0.5, abs=0.15), "half of what is lost comes back"


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"out": 0.0}, "taken out"),
        ({"pasted": 0.0}, "pasted"),
        ({"ordinary": 1.0}, "beyond the class's own best parts"),
        ({"ordinary": 2.0}, "beyond the class's own best parts"),
        ({"out": -1.0}, "taken out"),
    ],
)
def test_one_control_that_is_not_beaten_is_enough(changes, name):
    one = verdict(**changes)
    assert not one.shortcut
    said = words.verdict(one, "cat")
    assert said.startswith("Control not beaten (")
    assert name in said
    assert "because" not in said


def test_the_correction_counts_all_clusters():
    """A p that is small enough alone is not among twenty clusters of noise."""
    weak = table(out=0.16, members=20)
    (alone,) = results_of([a_cluster()], weak, DATA)
    assert alone.shortcut
    assert 0.0025 < alone.p < 0.05
    others = [table(k, out=0.0, pasted=0.0) for k in range(1, 21)]
    found = results_of([a_cluster(k) for k in range(21)], pd.concat([weak, *others]), DATA)
    assert found[0].p == alone.p
    assert found[0].corrected > 0.05
    assert not any(one.shortcut for one in found)
    assert "Holm" in words.verdict(found[0], "cat")


@pytest.mark.peers
def test_null_regions_raise_an_alarm_in_fewer_than_one_in_twenty():
    """All three differences are noise; the weakest decides, so alarms are far rarer than 5 %."""
    found = [
        results_of([a_cluster(k)], table(k, out=0.0, pasted=0.0, members=8, receivers=12), DATA)[0]
        for k in range(200)
    ]
    assert sum(one.shortcut for one in found) <= 2


@pytest.mark.peers
def test_the_weakest_null_alone_keeps_the_level():
    """Two controls are clearly beaten and the third is not: false alarms stay near 2.5 %, one side of 5 %."""
    found = [
        results_of([a_cluster(k)], table(k, ordinary=1.0, members=8, receivers=12), DATA)[0]
        for k in range(200)
    ]
    assert sum(one.shortcut for one in found) <= 10


def test_copies_of_one_photograph_decide_nothing():
    same = Dataset("made", tuple(Example(e.name, "chelsea", "a", (0,), corruption="noise") for e in EXAMPLES))
    (one,) = results_of([a_cluster()], table(), same)
    assert np.isnan(one.corrected)
    assert not one.shortcut
    assert words.verdict(one, "cat").startswith("Undecided: too few different photographs")


def test_affected_pictures_lose_more_than_by_any_control_and_half_of_what_is_usual():
    rows = out_rows(0, [2.0, 0.4, 1.2, 3.0], [[0.1, 0.2], [0.1, 0.2], [1.5, 0.0], [0.0, 0.1]])
    found = affected_in(rows, usual=1.0)
    assert found["image"].tolist() == ["p3", "p0"]
    assert found["lost"].tolist() == pytest.approx([3.0, 2.0])
    assert found["flipped"].all()
    region, controls = lost(rows)
    assert region.tolist() == pytest.approx([2.0, 0.4, 1.2, 3.0])
    assert controls.shape == (4, 2)
    assert affected_in(rows.iloc[:0], 1.0).empty


def headline(*results):
    classes = (SimpleNamespace(label="cat"),)
    shortcuts = tuple(one for one in results if one.shortcut)
    return words.headline(SimpleNamespace(results=results, shortcuts=shortcuts, classes=classes))


def test_headlines_say_first_whether_the_control_was_beaten():
    good, bad = verdict(), verdict(out=0.0)
    assert headline(good, bad).startswith(
        "The interventions beat their controls in 1 of 2 clusters of 1 class"
    )
    assert headline(bad).startswith("No control was beaten: no shortcut is found in 1 cluster of 1 class")
    assert headline(bad).endswith(words.MISSED)
    assert headline().startswith("No cluster could be tried")
