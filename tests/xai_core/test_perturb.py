"""The shared scorer: equal perturbations once, right order, progress, cancel, batches."""

import pytest
import torch
from torch import nn

import xai_core as xai
from xai_core.batches import Watch
from xai_core.perturb import score_regions
from xai_core.scores import Score


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
    net, watch, said = Counting(), Watch(total=6), []
    watch.progress = lambda done, total: said.append(done)
    keep = torch.tensor([[1, 1, 1], [0, 0, 1], [1, 1, 1], [0, 1, 0], [0, 0, 1], [0, 0, 0]]).bool()
    found = score_regions(net, X, HIDDEN, SEGMENTS, keep, Score((0,)), watch)
    assert found.tolist() == [666, 600, 666, 60, 600, 0]
    assert sum(net.seen) == 4
    assert said[-1] == 6
    assert watch.forwards == 4


def test_cancel_between_batches(monkeypatch):
    monkeypatch.setattr("xai_core.batches.CPU_BATCH", 4)
    keep = torch.rand(100, 3) < 0.5
    keep = torch.cat([keep, torch.eye(3).bool()])
    watch = Watch(cancelled=lambda: watch.done > 0)
    with pytest.raises(xai.Cancelled):
        score_regions(Counting(), X, HIDDEN, SEGMENTS, keep, Score((0,)), watch)
