"""Which pictures go together, how many, and that few are read ahead."""

import threading
import time

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import xai_core as xai
from xai_core import evaluate as ev
from xai_core.datasets import Dataset, Example, mosaics
from xai_core.evaluation import groups
from xai_core.evaluation.groups import Group, group_size, grouped, read_ahead
from xai_core.evaluation.measuring import measured

PLAN = ev.Plan(("grad_cam", "layer_cam@blocks.4", "centre"), ("energy", "maximum", "iou@50", "confidence"))


def numbered(*numbers):
    return [(n, Example(str(n), "", "", (0,))) for n in numbers]


def test_a_group_follows_from_the_numbers_alone():
    assert [(g.first, g.size, [n for n, _ in g.waiting]) for g in grouped(numbered(0, 1, 2, 3, 4), 5, 2)] == [
        (0, 2, [0, 1]),
        (2, 2, [2, 3]),
        (4, 1, [4]),
    ]
    assert [(g.first, g.size, [n for n, _ in g.waiting]) for g in grouped(numbered(3, 4), 8, 3)] == [
        (3, 3, [3, 4])
    ], "a picture that was measured before keeps its place"
    assert grouped([], 8, 3) == []


def test_the_size_follows_from_counted_bytes(lite0, monkeypatch):
    late = group_size(lite0, [xai.Request("grad_cam")])
    assert late == 6
    early = group_size(lite0, [xai.Request("grad_cam", layer="conv_stem")])
    assert early < late, "a backward pass through the whole network keeps more"
    with lite0.session():
        kept = lite0.kept_bytes(groups.wanted_of(lite0, [xai.Request("grad_cam", layer="conv_stem")]))
    monkeypatch.setitem(groups.KEPT, "cpu", 2.5 * kept)
    assert group_size(lite0, [xai.Request("grad_cam", layer="conv_stem")]) == 2
    monkeypatch.setitem(groups.KEPT, "cpu", 1)
    assert group_size(lite0, [xai.Request("grad_cam")]) == 1
    assert group_size(lite0, [xai.Request("grad_cam", layer="none such")]) == 1


def test_small_inputs_go_in_larger_groups(lite0_small):
    assert group_size(lite0_small, [xai.Request("grad_cam")]) == groups.MOST


class Counting:
    """A handle that counts the views that were made of pictures."""

    def __init__(self):
        self.read, self.lock = 0, threading.Lock()

    def view(self, image):
        with self.lock:
            self.read += 1
        return image.pixels


def test_few_pictures_are_read_ahead(tmp_path):
    file = tmp_path / "a.png"
    Image.fromarray(np.zeros((9, 9, 3), np.uint8)).save(file)
    examples = [(n, Example(str(n), str(file), "", (0,))) for n in range(60)]
    handle, most = Counting(), 0
    for taken, pictures in enumerate(read_ahead(handle, grouped(examples, 60, 4)), 1):
        assert [p.number for p in pictures] == list(range(4 * taken - 4, 4 * taken))
        time.sleep(0.01)
        most = max(most, handle.read - 4 * taken)
    assert 0 < most <= 4 + groups.READERS
    handle = Counting()
    begun = read_ahead(handle, grouped(examples, 60, 4))
    next(begun)
    begun.close()
    assert handle.read <= 4 + 4 + groups.READERS, "closed early, nothing more is read"
    assert not [t for t in threading.enumerate() if t.name.startswith("reader")]


def exact(rows):
    return rows.drop(columns="seconds")


@pytest.mark.parametrize("missing", [(0,), (3, 4), (6,)])
def test_a_resumed_run_gives_the_same_bytes(lite0_small, tmp_path, monkeypatch, missing):
    """The rest of a group is measured in its own places, not in a smaller batch."""
    monkeypatch.setattr(groups, "MOST", 3)
    dataset = Dataset("mosaics", mosaics().examples[:7])
    whole = ev.evaluate(lite0_small, dataset, PLAN, tmp_path / "whole.parquet")

    def only_others(handle, plan, waiting):
        left = [Group(g.first, g.size, tuple(p for p in g.waiting if p[0] not in missing)) for g in waiting]
        yield from measured(handle, plan, left)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ev.evaluate(lite0_small, dataset, PLAN, tmp_path / "t.parquet", engine=only_others)
    done = []
    again = ev.evaluate(lite0_small, dataset, PLAN, tmp_path / "t.parquet", progress=done.append)
    assert len(done) == len(missing)
    pd.testing.assert_frame_equal(exact(again), exact(whole), rtol=0, atol=0)
    alone = ev.measure(lite0_small, dataset.examples[4], PLAN)
    values = whole.loc[whole["image"] == dataset.examples[4].name, "value"]
    np.testing.assert_allclose([row["value"] for row in alone], values, rtol=1e-4)


def test_a_picture_that_cannot_be_read_changes_no_other(lite0_small, tmp_path):
    broken = Example("broken", str(tmp_path / "none.png"), "tabby", (281,))
    first, second = mosaics().examples[:2]
    found = [
        dict(measured(lite0_small, PLAN, [Group(0, 3, tuple(enumerate((first, middle, second))))]))
        for middle in (broken, mosaics().examples[2])
    ]
    assert "none.png" in found[0][1]
    values = [[row["value"] for n in (0, 2) for row in one[n]] for one in found]
    assert values[0] == values[1]
