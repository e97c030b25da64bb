"""Patchworks have the logits of the same pictures run whole."""

import itertools
import logging

import numpy as np
import pytest
import torch
from torch import nn

import xai_core as xai
from tests.lanes import core_and_peers
from xai_core.inputs import superpixels as regions
from xai_core.network.batches import CPU_BATCH, Progress
from xai_core.network.scores import Score
from xai_core.scoring import superpixels as grouped
from xai_core.scoring.incremental import CostModel, Incremental, Patchwork, Plan, engine_of, put_together
from xai_core.scoring.incremental import engine as engines
from xai_core.scoring.incremental import patchwork as patchworks
from xai_core.scoring.incremental.covering import covering
from xai_core.scoring.incremental.patchwork import Neighbourhoods, find_cuts
from xai_core.scoring.incremental.receptive_field import receptive_field
from xai_core.scoring.superpixels import Regions, score_regions

from .test_receptive_field import NETWORKS, built, labelled, two


def drawn(count, of, seed=0):
    return np.random.default_rng(seed).random((count, of)) < 0.5


# --- covering arrays


@pytest.mark.parametrize("seed", range(5))
def test_every_set_sees_all_its_combinations(seed):
    rng = np.random.default_rng(seed)
    count = 30
    members = np.full((60, 5), count)
    for row in members:
        size = rng.integers(1, 6)
        row[:size] = rng.choice(count, size, replace=False)
    rows = covering(members, count, 1000)
    for row in members:
        chosen = row[row < count]
        shown = {tuple(one) for one in rows[:, chosen]}
        assert shown == set(itertools.product((False, True), repeat=len(chosen)))
    assert 32 <= len(rows) < 100
    assert covering(members, count, len(rows)) is not None
    assert covering(members, count, len(rows) - 1) is None


def test_neighbourhoods():
    sees = torch.tensor([[[1, 1, 0]], [[0, 1, 1]], [[0, 0, 0]]]).bool()
    found = Neighbourhoods.of(sees)
    patterns = found.patterns(np.array([[True, False, True], [True, True, False]]))
    assert patterns[:, found.where].tolist() == [[1, 1, 0], [1, 3, 1]]
    assert Neighbourhoods.of(torch.ones(patchworks.MOST + 1, 2, 2).bool()) is None


# --- the network's own answer


@pytest.mark.parametrize("make", core_and_peers(NETWORKS, 3), ids=str)
def test_from_every_cut_the_logits_are_the_networks(make):
    net, x, other = built(make)
    labels = labelled(x.shape[2:], 24)
    count = int(labels.max()) + 1
    rows = drawn(9, count)
    network, pictures = Incremental(net, x), put_together(x, other, labels, rows)
    with torch.inference_mode():
        expected = net(pictures)
        cuts = 0
        for cut in find_cuts(network, CostModel.on(network, x), labels, count, 9):
            nearby = Neighbourhoods.of(cut.fields)
            if nearby is None:
                continue
            cuts += 1
            shown = covering(nearby.members, count, 1000)
            covered = (
                put_together(x, other, labels, part) for part in np.split(shown, range(4, len(shown), 4))
            )
            patchwork = Patchwork(network, Plan(cut, nearby, shown, 0.0, 0.0), covered)
            torch.testing.assert_close(patchwork.logits(rows), expected, rtol=1e-9, atol=1e-9)
    assert cuts >= 2
    assert expected.std(0).min() > 1e-5, "equal pictures would prove nothing"


class Layers(nn.Sequential):
    """Four convolutions of which two see little."""

    def __init__(self):
        layers = [
            nn.Conv2d(3, 8, 3, 2, 1),
            nn.ReLU(),
            nn.Conv2d(8, 8, 3, 1, 1),
            nn.ReLU(inplace=True),
            nn.Conv2d(8, 8, 3, 4),
            nn.ReLU(),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Linear(8, 5),
        ]
        super().__init__(*layers)


@pytest.fixture
def case():
    torch.manual_seed(0)
    net = Layers().eval().requires_grad_(False)
    x, other = two((48, 48), torch.float32)
    labels = labelled((48, 48))
    keep = torch.from_numpy(drawn(300, int(labels.max()) + 1))
    expected = net(put_together(x, other, labels, keep.numpy()))[:, 2]
    return net, x, other, labels, keep, expected


@pytest.fixture
def pays(monkeypatch):
    """Makes patchworks worth any work, or none."""

    def settle(faster):
        monkeypatch.setattr(patchworks, "WORTH", -100.0 if faster else 100.0)

    return settle


@pytest.fixture
def scored(monkeypatch):
    """How many pictures were scored as patchworks."""
    counts, logits = [], Patchwork.logits

    def counted(self, rows):
        counts.append(len(rows))
        return logits(self, rows)

    monkeypatch.setattr(Patchwork, "logits", counted)
    return counts


@pytest.mark.parametrize("faster", [True, False])
def test_many_pictures_are_patchworks_if_that_is_less_work(case, pays, scored, faster):
    net, x, other, labels, keep, expected = case
    pays(faster)
    progress, said = Progress(total=300), []
    progress.on_progress = lambda done, total: said.append(done)
    found = score_regions(net, x, other, labels, keep, Score((2,)), progress)
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-6)
    check = CPU_BATCH  # one batch is compared with whole pictures
    assert sum(scored) == (check + 300 if faster else 0)
    assert said[-1] == 300


def test_one_patchwork_for_all_that_is_asked_of_a_picture(case, pays, monkeypatch):
    """It is planned once, for the pictures that are left, as soon as many were asked for."""
    net, x, other, labels, keep, expected = case
    pays(True)
    totals, planned = [], engines.plan_patchwork
    monkeypatch.setattr(engines, "plan_patchwork", lambda *given: totals.append(given[3]) or planned(*given))
    one = Regions(net, x, other, labels, 300)
    parts = [one.scores(part, Score((2,)), Progress()) for part in keep.split((150, 100, 50))]
    torch.testing.assert_close(torch.cat(parts), expected, rtol=0, atol=1e-6)
    assert totals == [150]


def test_few_pictures_are_not_worth_the_search(case, scored):
    net, x, other, labels, keep, expected = case
    found = score_regions(net, x, other, labels, keep[: grouped.MANY - 1], Score((2,)), Progress())
    torch.testing.assert_close(found, expected[: grouped.MANY - 1], rtol=0, atol=1e-6)
    assert not scored


@pytest.fixture
def wrong(monkeypatch):
    """Receptive fields that miss every superpixel but the first."""

    def less(rule, fields):
        found = receptive_field(rule, fields)
        return found if found is None else found & (found.cumsum(0) == 1)

    monkeypatch.setattr(patchworks, "receptive_field", less)


def test_a_wrong_patchwork_is_not_used_and_says_so(case, pays, wrong, caplog):
    """The engine stays on, or what comes later would depend on what came before."""
    net, x, other, labels, keep, expected = case
    pays(True)
    with caplog.at_level(logging.WARNING):
        found = score_regions(net, x, other, labels, keep, Score((2,)), Progress())
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-6)
    assert "Patchworks are not used for this picture" in caplog.text
    assert "more than 1e-05" in caplog.text
    assert engine_of(net, x).network is not None


def test_a_wrong_patchwork_is_made_once(case, pays, wrong, scored):
    net, x, other, labels, keep, expected = case
    pays(True)
    one = Regions(net, x, other, labels, 300)
    parts = [one.scores(part, Score((2,)), Progress()) for part in keep.split((220, 80))]
    torch.testing.assert_close(torch.cat(parts), expected, rtol=0, atol=1e-6)
    assert sum(scored) == CPU_BATCH


def test_it_can_be_cancelled_while_the_covering_pictures_are_run(case, pays, scored):
    net, x, other, labels, keep, _ = case
    pays(True)
    asked = []
    progress = Progress(cancelled=lambda: asked.append(1) or len(asked) > 2)
    with pytest.raises(xai.Cancelled):
        score_regions(net, x, other, labels, keep, Score((2,)), progress)
    assert len(asked) == 3  # before the first patchworks, and before two batches of covering pictures
    assert not scored


def test_logits_that_are_not_numbers_are_not_used(case, pays, monkeypatch, caplog):
    net, x, other, labels, keep, expected = case
    pays(True)
    monkeypatch.setattr(Patchwork, "logits", lambda self, rows: torch.full((len(rows), 5), torch.nan))
    found = score_regions(net, x, other, labels, keep, Score((2,)), Progress())
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-6)
    assert "nan" in caplog.text


@pytest.mark.peers
@pytest.mark.parametrize("method", ["lime", "kernel_shap"])
def test_on_the_embedded_model(lite0, chelsea, pays, scored, monkeypatch, method):
    pays(True)
    monkeypatch.setattr(grouped, "MANY", 60)  # kernel_shap asks for the empty and the full picture first
    found = xai.explain(lite0, chelsea, method, 281, samples=100)
    used = sum(scored)
    assert used > 60
    monkeypatch.setattr(grouped, "MANY", 10_000)
    whole = xai.explain(lite0, chelsea, method, 281, samples=100)
    assert sum(scored) == used
    assert np.abs(found.heatmap - whole.heatmap).max() < 1e-4 * np.abs(whole.heatmap).max()
    with lite0.session():
        assert engine_of(lite0.scorer, lite0.blank()).error <= 3e-6


def test_superpixels_of_the_real_kind_have_few_neighbours(lite0, chelsea):
    """With the fifty of SLIC, the first two stages of the embedded model can be shared."""
    labels = torch.from_numpy(np.array(regions.segment(np.array(lite0.view(chelsea)), "slic", 50)))
    count = int(labels.max()) + 1
    with lite0.session(), torch.inference_mode():
        engine = engine_of(lite0.scorer, lite0.blank())
        cuts = list(find_cuts(engine.network, engine.costs, labels, count, CPU_BATCH))
    found = [(engine.network.sizes[cut.number], Neighbourhoods.of(cut.fields)) for cut in cuts]
    size, nearby = [one for one in found if one[1] is not None][-1]
    assert size[2:] == (56, 56)
    assert 2 ** nearby.members.shape[1] <= len(covering(nearby.members, count, 1000)) < 200
