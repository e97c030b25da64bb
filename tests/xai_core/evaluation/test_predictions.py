"""Predictions over a dataset: lines, shares, confusion, and pictures that cannot be read."""

import numpy as np
import pandas as pd
import pytest

import xai_core as xai
from xai_core.datasets import Dataset, Example, corrupted, open_dataset
from xai_core.evaluation.predictions import ELSE, accuracy, confusion, named, pairs, predictions
from xai_core.network.batches import CPU_BATCH


@pytest.fixture(scope="module")
def some():
    return corrupted().spread(11)


@pytest.fixture(scope="module")
def found(lite0, some):
    return predictions(lite0, some)


def test_lines_are_those_of_single_calls(lite0, some, found):
    assert found.table["image"].tolist() == [example.name for example in some.examples]
    assert found.errors.empty
    for row, example in zip(found.table.itertuples(), some.examples, strict=True):
        scores = xai.predict(lite0, example.image(), 1000)
        assert row.predicted == scores[0].index
        assert row.confidence == pytest.approx(scores[0].probability, abs=1e-5)
        right = [s for s in scores if s.index in example.targets]
        assert row.probability == pytest.approx(right[0].probability, abs=1e-5)
        assert row.target == right[0].index
        assert row.correct == (scores[0].index in example.targets)
        assert row.correct_top5 == any(s.index in example.targets for s in scores[:5])


def test_some_are_wrong_without_any_data(found):
    assert 0 < found.table["correct"].sum() < len(found.table)


def test_a_broken_picture_is_a_line_of_errors(lite0, tmp_path, chelsea):
    from PIL import Image

    folder = tmp_path / "tiger cat"
    folder.mkdir()
    Image.fromarray(chelsea.pixels).save(folder / "good.png")
    (folder / "broken.jpg").write_bytes(b"no picture")
    done = []
    data = open_dataset(tmp_path, lite0.labels)
    found = predictions(lite0, data, lambda *args: done.append(args))
    assert found.table["image"].tolist() == ["tiger cat/good.png"]
    assert found.table["number"].tolist() == [1]
    assert found.errors["image"].tolist() == ["tiger cat/broken.jpg"]
    assert "broken.jpg" in found.errors["error"][0]
    assert done == [(2, 2)]


def test_cancelled(lite0, some):
    with pytest.raises(xai.Cancelled, match=f"after {CPU_BATCH} of 11"):
        predictions(lite0, some, cancelled=iter([False, True]).__next__)


def test_accuracy_with_wilsons_interval():
    found = accuracy([True] * 8 + [False] * 2)
    z, p, n = 1.959964, 0.8, 10
    middle = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * (p * (1 - p) / n + z**2 / (4 * n**2)) ** 0.5
    assert (found.right, found.count, found.share) == (8, 10, 0.8)
    assert (found.low, found.high) == (pytest.approx(middle - half), pytest.approx(middle + half))
    with pytest.raises(xai.InputError, match="no prediction"):
        accuracy([])


def made(lines):
    names = ["label", "predicted", "correct"]
    return pd.DataFrame(lines, columns=names)


def test_confusion_by_hand():
    classes = [("cat", (1, 2)), ("dog", (3,)), ("lynx", (2, 4)), ("dog", (3,))]
    examples = (Example(f"{n}", "x", label, targets) for n, (label, targets) in enumerate(classes))
    data = Dataset("d", tuple(examples))
    table = made([("cat", 2, True), ("dog", 2, False), ("lynx", 2, True), ("dog", 9, False)])
    assert named(table, data).tolist() == ["cat", "cat", "lynx", ELSE]  # 2 is right for cat first
    counts = confusion(table, data)
    assert counts.index.tolist() == ["cat", "dog", "lynx"]
    assert counts.columns.tolist() == ["cat", "dog", "lynx", ELSE]
    assert np.array_equal(counts, [[1, 0, 0, 0], [1, 0, 0, 1], [0, 0, 1, 0]])
    right = made([("cat", 1, True), ("dog", 3, True)])
    assert ELSE not in confusion(right, data).columns


def test_spread_keeps_the_classes(some):
    assert len(some.examples) == 11
    assert len({example.label for example in some.examples}) == 5
    assert some.spread(20) is some


def test_pairs_are_sorted_by_mistakes():
    examples = tuple(Example(str(n), "", label, (n % 3,)) for n, label in enumerate("abcabc"))
    lines = {
        "label": list("abcabc"),
        "predicted": [1, 1, 9, 1, 1, 2],
        "answer": ["B", "B", "zebra", "B", "B", "C"],
        "correct": [False, True, False, False, True, True],
    }
    found = pairs(pd.DataFrame(lines), Dataset("letters", examples))
    assert found.values.tolist() == [
        ["a", "b", 2, False],
        ["c", "zebra", 1, False],
        ["b", "b", 2, True],
        ["c", "c", 1, True],
    ]
