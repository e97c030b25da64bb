"""Where windows lie and what is gathered around them, against maps that are written out in full."""

import itertools

import numpy as np
import pytest
import torch

from xai_core.scoring.incremental import Windows, boxes_as_windows
from xai_core.scoring.incremental.windows import Places, Reach, gather, through, union, whole


@pytest.mark.parametrize(
    ("kernel", "stride", "padding", "dilation"),
    [
        (1, 1, 0, 1),
        (3, 1, 1, 1),
        (3, 2, 1, 1),
        (7, 2, 3, 1),
        (3, 1, 2, 2),
        (2, 2, 0, 1),
        (1, 2, 0, 1),
        (5, 3, 0, 1),
    ],
)
def test_every_output_that_sees_the_window_lies_in_the_next_one(kernel, stride, padding, dilation):
    reach = Reach(kernel, stride, padding, dilation)
    size = 23
    outputs = (size + 2 * padding - reach.extent) // stride + 1
    for length, first in itertools.product((1, 2, 5), range(size)):
        if first + length > size:
            continue
        seen = [
            o
            for o in range(outputs)
            if any(first <= o * stride - padding + j * dilation < first + length for j in range(kernel))
        ]
        start, long = reach.outputs(np.array([first]), length, outputs)
        assert start[0] >= 0
        assert start[0] + long <= outputs
        assert set(seen) <= set(range(start[0], start[0] + long))
        begin, needed = reach.inputs(start, long)
        assert begin[0] >= -padding
        assert begin[0] + needed <= size + padding
        assert long <= max(1, (length + reach.extent - 2) // stride + 1), "no wider than it must be"


def maps(windows, cells, known):
    """The N maps in full."""
    found, last = [], known[0]
    for number, (top, left) in enumerate(zip(windows.top, windows.left, strict=True)):
        now = (last if windows.running else known[0]).clone()
        now[:, top : top + windows.height, left : left + windows.width] = cells[number]
        found.append(now)
        last = now
    return torch.stack(found)


@pytest.fixture(params=[False, True], ids=["apart", "running"])
def case(request):
    rng = np.random.default_rng(3)
    boxes = np.stack([rng.integers(0, 9, 7), rng.integers(0, 12, 7), *np.full((2, 7), 4)], 1)
    boxes[3] = boxes[0]  # the same place twice
    windows = boxes_as_windows(boxes, (11, 14), request.param)
    generator = torch.Generator().manual_seed(0)
    known = torch.randn((1, 5, 11, 14), generator=generator)
    return windows, torch.randn((7, 5, 4, 4), generator=generator), known


def test_windows_stay_inside(case):
    windows, _, _ = case
    assert windows.top.max() == 7
    assert windows.left.max() <= 10
    assert windows.share == 16 / 154


def test_whole_maps(case):
    windows, cells, known = case
    assert torch.equal(whole(known, cells, windows), maps(windows, cells, known))


def test_gathered_with_padding(case):
    windows, cells, known = case
    padded = torch.nn.functional.pad(maps(windows, cells, known), (3, 1, 2, 2), value=-7.0)
    top, left = np.array([-2, 0, 3, 5, 1, 4, 0]), np.array([-3, 1, 9, 0, 4, 2, 5])
    found = gather(known, cells, windows, Places(top, 8, left, 6), (2, 2, 3, 1), -7.0)
    for row, y, x, full in zip(found, top + 2, left + 3, padded, strict=True):
        assert torch.equal(row, full[:, y : y + 8, x : x + 6])
    assert found.is_contiguous(memory_format=torch.channels_last)


def test_windows_of_boxes_of_several_sizes():
    boxes = np.array([(0, 0, 2, 5), (8, 9, 3, 1)])
    windows = boxes_as_windows(boxes, (11, 10), False)
    assert (windows.height, windows.width) == (3, 5)
    assert windows.top.tolist() == [0, 8]
    assert windows.left.tolist() == [0, 5]


def test_union_holds_both():
    size = (20, 30)
    one = Windows(np.array([0, 17]), np.array([3, 26]), 3, 4, size, False)
    other = Windows(np.array([2, 10]), np.array([0, 28]), 5, 2, size, False)
    both = union(one, other)
    for part in (one, other):
        assert (both.top <= part.top).all()
        assert (both.top + both.height >= part.top + part.height).all()
        assert (both.left <= part.left).all()
        assert (both.left + both.width >= part.left + part.width).all()
    assert (both.top + both.height <= 20).all()
    assert (both.height, both.width) == (10, 7)


def test_through_a_strided_layer():
    windows = Windows(np.array([0, 8]), np.array([4, 12]), 4, 4, (16, 16), True)
    after = through(windows, Reach(3, 2, 1), Reach(3, 2, 1), (8, 8))
    assert after.running
    assert (after.size, after.height, after.width) == ((8, 8), 3, 3)
    assert after.top.tolist() == [0, 4]
    assert after.left.tolist() == [2, 5], "moved in from the border"
