"""The meter counts the work that is planned and the work that is done."""

import numpy as np
import pytest
import torch

from xai_core.network.batches import Progress
from xai_core.scoring.metering import MeteredProgress, meter_of
from xai_core.scoring.perturbations import Part, run_parts


def part(rows, batch, work=0.0, setup=0.0, scores=None):
    rows = np.array(rows)
    return Part(rows, scores or (lambda a, b: torch.from_numpy(rows[a:b])), batch, work, setup)


def test_parts_are_planned_before_the_first_and_counted_one_by_one():
    progress, seen = MeteredProgress(), []
    parts = [part([4, 0, 2], 2, work=3.0), part([1, 3], 1, work=0.5, setup=7.0)]
    progress.on_progress = lambda *_: seen.append((progress.meter.planned, progress.meter.done))
    found = run_parts(parts, torch.device("cpu"), progress)
    assert found.tolist() == [0, 1, 2, 3, 4]
    assert seen == [(17.0, 6.0), (17.0, 9.0), (17.0, 9.5), (17.0, 10.0)]
    assert progress.meter.rows == 5


def test_progress_without_a_meter_is_not_changed():
    progress = Progress()
    assert run_parts([part([0, 1], 1, work=2.0)], torch.device("cpu"), progress).tolist() == [0, 1]
    assert progress.done == 2
    assert meter_of(progress).planned == 0


def test_looks_hold_all_parts_and_change_nothing(monkeypatch):
    monkeypatch.setattr(Progress, "due", lambda _self: True)
    looks, sizes = [], []

    def scores(start, stop):
        sizes.append(stop - start)
        return torch.arange(start, stop)

    run_parts(
        [part([2, 0], 1, scores=scores), part([1, 3, 4], 2, scores=scores)],
        torch.device("cpu"),
        Progress(),
        lambda rows, found: looks.append((rows.tolist(), found.tolist())),
    )
    assert looks == [([2], [0]), ([2, 0], [0, 1]), ([2, 0, 1, 3], [0, 1, 0, 1])]
    assert sizes == [1, 1, 2, 1]


def test_a_failed_batch_is_not_done():
    progress = MeteredProgress()

    def scores(_start, _stop):
        raise ValueError

    with pytest.raises(ValueError):
        run_parts([part([0], 1, work=1.0, scores=scores)], torch.device("cpu"), progress)
    assert (progress.meter.planned, progress.meter.done) == (1.0, 0.0)
