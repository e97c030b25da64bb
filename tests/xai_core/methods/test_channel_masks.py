"""The shared masks: rounds in order, means of whole rounds, and one pass for all constant channels."""

import pytest
import torch
from torch.testing import assert_close

import xai_core as xai
from xai_core.methods._channel_masks import channel_masks, channel_scores
from xai_core.network.batches import Progress
from xai_core.network.scores import Score

from .masks_by_hand import Sums


def test_masks_by_hand():
    channels = torch.tensor([[[0.0, 4.0]], [[3.0, 3.0]]])
    expected = torch.tensor([[[0.0, 0.25, 0.5, 0.75, 1.0]], [[0.0] * 5]])
    assert_close(channel_masks(channels, (1, 5)), expected)


def scores(progress, rounds=3, channels=None):
    """Round r multiplies the mask by r + 1: channel k scores (r + 1) times the mask's sum."""
    if channels is None:
        channels = torch.tensor([[[0.0, 0.0, 1.0]], [[2.0, 2.0, 2.0]], [[1.0, 0.0, 1.0]], [[5.0, 5.0, 5.0]]])

    def seen(masks, numbers):
        return (masks * torch.tensor(numbers).view(-1, 1, 1, 1).add(1)).expand(-1, 3, -1, -1)

    return channel_scores(Sums(), (1, 3), Score((1,)), channels, progress, seen, rounds)


@pytest.mark.parametrize("batch", [1, 2, 50])
def test_means_over_rounds(monkeypatch, batch):
    monkeypatch.setattr("xai_core.network.batches.CPU_BATCH", batch)
    progress = Progress()
    assert_close(scores(progress), torch.tensor([2.0, 0.0, 4.0, 0.0]))
    assert progress.forwards == 3 * 3  # two channels and the constant ones, three rounds


def test_growth_is_that_of_whole_rounds(monkeypatch):
    monkeypatch.setattr("xai_core.network.batches.CPU_BATCH", 2)
    monkeypatch.setattr("xai_core.network.batches.NEXT_LOOK", 0.0)
    monkeypatch.setattr(Progress, "due", lambda self: True)
    shown = []
    channels = torch.tensor([[[0.0, 0.0, 1.0]], [[2.0, 2.0, 2.0]], [[1.0, 0.0, 1.0]]])
    scores(Progress(on_partial=lambda values, n, of: shown.append((values, n, of))), 3, channels)
    assert [entry[1:] for entry in shown] == [(2, 9), (4, 9), (6, 9), (8, 9)]
    first = torch.tensor([1.0, 2.0]).softmax(0)  # two channels of the first round
    assert_close(shown[0][0], first[0] * channels[0] + first[1] * channels[2])
    for place, mean in ((1, 1.0), (2, 1.5), (3, 1.5)):  # one whole round, then two: the mean of 1 and 2
        weights = torch.tensor([1.0, 2.0, 0.0]).mul(mean).softmax(0)
        expected = weights[0] * channels[0] + weights[1] * channels[2] + weights[2] * channels[1]
        assert_close(shown[place][0], expected)


def test_cancelled_between_two_batches():
    asked = []
    progress = Progress(cancelled=lambda: asked.append(None) or len(asked) == 2)
    with pytest.raises(xai.Cancelled):
        scores(progress)
    assert progress.forwards == 6
