"""Superpixels and regions: equal rows scored once, the right order, progress, cancel, and windows for small
boxes."""

import numpy as np
import pytest
import torch
from torch import nn

import xai_core as xai
from xai_core.network.batches import Progress
from xai_core.network.scores import Score
from xai_core.scoring import perturbations
from xai_core.scoring.superpixels import (
    Base,
    boxes_of_masks,
    boxes_of_superpixels,
    score_grouped,
    score_regions,
)


class Counting(nn.Module):
    """The score is the sum of the picture."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def forward(self, x):
        self.seen.append(len(x))
        return x.sum((1, 2, 3))[:, None]


SEGMENTS = torch.tensor([[0, 1, 2], [0, 1, 2]])
X, HIDDEN = torch.tensor([1.0, 10.0, 100.0]).expand(1, 3, 2, 3), torch.zeros(1, 3, 2, 3)


def test_equal_rows_are_scored_once_and_the_order_is_kept():
    net, progress, said = Counting(), Progress(total=6), []
    progress.on_progress = lambda done, total: said.append(done)
    keep = torch.tensor([[1, 1, 1], [0, 0, 1], [1, 1, 1], [0, 1, 0], [0, 0, 1], [0, 0, 0]]).bool()
    found = score_regions(net, X, HIDDEN, SEGMENTS, keep, Score((0,)), progress)
    assert found.tolist() == [666, 600, 666, 60, 600, 0]
    assert sum(net.seen) == 4
    assert said[-1] == 6
    assert progress.forwards == 4


def test_cancel_between_batches(monkeypatch):
    monkeypatch.setattr("xai_core.network.batches.CPU_BATCH", 4)
    keep = torch.rand(100, 3) < 0.5
    keep = torch.cat([keep, torch.eye(3).bool()])
    progress = Progress(cancelled=lambda: progress.done > 0)
    with pytest.raises(xai.Cancelled):
        score_regions(Counting(), X, HIDDEN, SEGMENTS, keep, Score((0,)), progress)


def test_boxes():
    masks = np.zeros((3, 4, 5), bool)
    masks[0, 1, 2:4] = masks[2] = True
    assert boxes_of_masks(masks).tolist() == [[1, 2, 1, 2], [0, 0, 1, 1], [0, 0, 4, 5]]
    segments = np.array([[0, 0, 1], [2, 2, 1]])
    chosen = np.array([[1, 0, 0], [0, 1, 1], [0, 0, 0], [0, 1, 0]], bool)
    assert boxes_of_superpixels(segments, chosen).tolist() == [
        [0, 0, 1, 2],
        [0, 0, 2, 3],
        [0, 0, 1, 1],
        [0, 2, 2, 1],
    ]


@pytest.fixture
def network():
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(3, 8, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.Conv2d(8, 8, 3, padding=1),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(8, 5),
    ).eval()


@pytest.mark.parametrize("faster", [True, False])
def test_one_superpixel_shown_or_hidden_is_a_window(network, faster, monkeypatch):
    """Hidden ones differ from the picture, shown ones from the baseline; many at once are a whole picture."""
    torch.manual_seed(1)
    x, hidden = torch.randn(1, 3, 48, 48), torch.zeros(1, 3, 48, 48)
    segments = torch.arange(64).view(8, 8).repeat_interleave(6, 0).repeat_interleave(6, 1)
    single = torch.eye(64).bool()
    keep = torch.cat([single, torch.rand(9, 64) < 0.5, ~single])[torch.randperm(137)]
    expected = torch.stack([network(torch.where(row[segments], x, hidden))[0, 2] for row in keep])
    runs = count_windows(faster, monkeypatch)
    said = []
    progress = Progress(lambda done, total: said.append(done), total=137)
    found = score_regions(network, x, hidden, segments, keep, Score((2,)), progress)
    torch.testing.assert_close(found, expected, atol=1e-6, rtol=0)
    assert said[-1] == 137
    assert sum(runs) == (128 if faster else 0)


def count_windows(faster, monkeypatch):
    """Makes windows no work at all, or too much, and counts the pictures that are scored on them."""
    runs, call = [], perturbations._Windowed.__call__

    def counted(self, start, stop):
        runs.append(stop - start)
        return call(self, start, stop)

    monkeypatch.setattr(perturbations, "_work_of_windows", lambda *_: 0.0 if faster else float("inf"))
    monkeypatch.setattr(perturbations._Windowed, "__call__", counted)
    return runs


def test_rows_of_any_shape_come_back_in_order(network, monkeypatch):
    torch.manual_seed(2)
    x = torch.randn(1, 3, 40, 40)
    every = x.repeat(151, 1, 1, 1)
    boxes = np.zeros((151, 4), np.int64)
    for number in range(151):
        side = (5, 12, 39)[number % 3]
        top, left = number % (40 - side), (7 * number) % (40 - side)
        every[number, :, top : top + side, left : left + side] = number / 100
        boxes[number] = top, left, side, side
    runs = count_windows(True, monkeypatch)
    with torch.inference_mode():
        found = score_grouped(
            network, lambda rows: every[rows], [Base(x, boxes)], lambda logits: logits.softmax(1), Progress()
        )
    torch.testing.assert_close(found, network(every).softmax(1), atol=1e-6, rtol=0)
    assert sum(runs) == 51 + 50  # the windows of 5 and of 12; those of 39 are nearly the picture


def test_few_rows_are_scored_as_whole_pictures(network, monkeypatch):
    x = torch.randn(1, 3, 40, 40)
    runs = count_windows(True, monkeypatch)
    every = x.repeat(12, 1, 1, 1)
    boxes = np.tile([3, 4, 5, 6], (12, 1))
    score_grouped(network, lambda rows: every[rows], [Base(x, boxes)], lambda y: y[:, 0], Progress())
    assert not runs


def test_looks_tell_which_rows_are_known(network, monkeypatch):
    """A look holds the scores of the rows that it names, in whatever order they are scored."""
    monkeypatch.setattr("xai_core.network.batches.FIRST_LOOK", 0.0)
    monkeypatch.setattr("xai_core.network.batches.NEXT_LOOK", 0.0)
    torch.manual_seed(3)
    x, hidden = torch.randn(1, 3, 48, 48), torch.zeros(1, 3, 48, 48)
    segments = torch.arange(64).view(8, 8).repeat_interleave(6, 0).repeat_interleave(6, 1)
    keep = torch.cat([torch.eye(64).bool(), torch.rand(30, 64) < 0.5])[torch.randperm(94)]
    keep = torch.cat([keep, keep[:10]])
    looks = []
    progress = Progress(on_partial=lambda *_: None)
    found = score_regions(
        network,
        x,
        hidden,
        segments,
        keep,
        Score((1,)),
        progress,
        lambda rows, scores: (looks.append((rows, scores.clone())), progress.show(scores, 0, 0)),
    )
    assert len(looks) > 2
    for rows, scores in looks:
        torch.testing.assert_close(scores, found[torch.from_numpy(rows)])
    assert len(looks[-1][0]) > len(looks[0][0])
