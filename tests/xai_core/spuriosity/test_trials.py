"""Changed pictures, and what a network that can be read off answers to them."""

import numpy as np
import pytest
from PIL import Image

from xai_core.datasets import Example
from xai_core.evaluation.groups import Group
from xai_core.spuriosity.regions import Place
from xai_core.spuriosity.trials import COLUMNS, Trial, Trials, answers, edits, margin, put, without
from xai_core.types import Cancelled

from .made import SIZE, reads

CORNER, TOP = Place(10, 0, 4), Place(0, 10, 4)


def example(path, name, blue=0, red=200, label="blue", target=1):
    """A picture of one colour with a blue corner of that strength."""
    pixels = np.zeros((*SIZE, 3), np.uint8)
    pixels[..., 0] = red
    y0, y1, x0, x1 = CORNER.box(SIZE)
    pixels[y0:y1, x0:x1] = (0, 0, blue)
    Image.fromarray(pixels).save(path / f"{name}.png")
    return Example(name, str(path / f"{name}.png"), label, (target,))


@pytest.fixture
def out(tmp_path):
    one = example(tmp_path, "own", blue=250)
    return Trial(0, "out", 3, one, 1, CORNER, (TOP, Place(0, 0, 4)), one)


@pytest.fixture
def paste(tmp_path):
    other = example(tmp_path, "other", red=120, label="plain", target=0)
    own, plain = example(tmp_path, "own", blue=250), example(tmp_path, "plain", blue=0, red=30)
    return Trial(0, "paste", 5, other, 1, CORNER, (TOP,), own, (plain, TOP))


def test_put_and_without_change_the_place_alone():
    random = np.random.default_rng(0)
    view, other = (random.integers(0, 255, (*SIZE, 3), np.uint8) for _ in range(2))
    made = put(view, CORNER, other, TOP)
    y0, y1, x0, x1 = CORNER.box(SIZE)
    v0, v1, u0, u1 = TOP.box(SIZE)
    np.testing.assert_array_equal(made[y0:y1, x0:x1], other[v0:v1, u0:u1])
    outside = np.ones(SIZE, bool)
    outside[y0:y1, x0:x1] = False
    np.testing.assert_array_equal(made[outside], view[outside])
    gone = without(view, CORNER, "grey")
    np.testing.assert_array_equal(gone[outside], view[outside])
    assert (gone[y0:y1, x0:x1] == 127).all()


def test_the_pictures_of_a_trial(out, paste):
    handle = reads()
    changed = edits(handle, out, "grey")
    assert list(changed) == ["whole", "out", "moved", "out_1", "out_2"]
    y0, y1, x0, x1 = TOP.box(SIZE)
    assert changed["moved"][y0:y1, x0:x1, 2].mean() == 250, "the corner's content is there"
    changed = edits(handle, paste, "grey")
    assert list(changed) == ["whole", "pasted", "control", "ordinary"]
    y0, y1, x0, x1 = CORNER.box(SIZE)
    assert [int(one[y0:y1, x0:x1].sum(2).mean()) for one in changed.values()] == [0, 250, 200, 30]


def test_a_network_that_reads_the_corner_answers_by_it(out, paste):
    handle = reads()
    groups = [Group(n, 1, ((n, trial),)) for n, trial in enumerate((out, paste))]
    found = dict(Trials("grey")(handle, groups))
    rows = {row["edit"]: row for row in found[0]}
    assert set(rows["whole"]) == set(COLUMNS)
    assert rows["whole"]["hit"]
    assert not rows["out"]["hit"]
    assert rows["out_1"]["hit"]
    assert rows["out_2"]["hit"]
    rows = {row["edit"]: row for row in found[1]}
    assert [rows[name]["hit"] for name in ("whole", "pasted", "control", "ordinary")] == [
        False,
        True,
        False,
        False,
    ]
    seen = answers(handle, [edits(handle, paste, "grey")["pasted"]])[0]
    assert rows["pasted"]["margin"] == pytest.approx(float(seen[1] - seen[0]))


def test_the_margin_is_that_to_the_best_other_class():
    logits = np.array([1.0, 4.0, 3.5])
    assert margin(logits, 1) == pytest.approx(0.5)
    assert margin(logits, 0) == pytest.approx(-3.0)


def test_a_file_that_has_gone_is_a_sentence_and_a_cancel_is_heard(out, paste, tmp_path):
    handle = reads()
    (tmp_path / "other.png").unlink()
    groups = [Group(0, 1, ((0, paste),)), Group(1, 1, ((1, out),))]
    found = dict(Trials("grey")(handle, groups))
    assert "other.png" in found[0]
    assert len(found[1]) == 5
    with pytest.raises(Cancelled):
        list(Trials("grey")(handle, groups, lambda: True))
