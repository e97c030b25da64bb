"""The cost model: counted work by hand, and that no clock has a part in it."""

import ast
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

import xai_core.scoring
from xai_core.scoring.incremental import CostModel, Incremental, boxes_as_windows
from xai_core.scoring.incremental.cost import LARGE, RATES, Rates, work_of

NOTHING = dict.fromkeys(("dense", "grouped", "moving", "gathering", "weights", "paging"), np.inf)
FREE = NOTHING | dict.fromkeys(("step", "gather", "place"), 0.0)
SIZE = (12, 10)


class Net(nn.Sequential):
    """A dense, a grouped and a strided convolution, and a linear layer."""

    def __init__(self):
        super().__init__(
            nn.Conv2d(3, 4, 3, padding=1),
            nn.Conv2d(4, 4, 3, padding=1, groups=4),
            nn.ReLU(),
            nn.Conv2d(4, 6, 2, stride=2),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Linear(6, 5),
        )


@pytest.fixture(scope="module")
def network():
    return Incremental(Net().eval(), torch.zeros(1, 3, *SIZE))


def counted(network, name):
    """A model whose seconds are one kind of counted work."""
    return CostModel(network, 4, Rates(**(FREE | {name: 1.0})))


def test_the_work_of_each_step(network):
    works = {step.name: [] for step in network.steps}
    for step in network.steps:
        works[step.name].append(work_of(step, network.sizes, 4))
    dense, grouped, strided = works["conv2d"]
    assert dense.operations == 4 * 120 * 3 * 9
    assert grouped.operations == 4 * 120 * 9
    assert strided.operations == 6 * 30 * 4 * 4
    assert [work.grouped for work in (dense, grouped, strided)] == [False, True, False]
    assert dense.moved == 4 * (3 * 120 + 4 * 120)
    assert dense.made == 4 * 4 * 120
    assert dense.weights == 4 * (4 * 3 * 9 + 4)
    assert works["linear"][0].operations == 6 * 5
    assert works["relu"][0].operations == 0
    assert works["relu"][0].moved == 4 * 2 * 4 * 120


def test_weights_that_are_computed_count_too():
    """Weight standardisation, as in networks with group norm."""

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(3, 4, 3)
            self.register_buffer("head", torch.ones(4, 2))

        def forward(self, x):
            weight = self.conv.weight - self.conv.weight.mean((1, 2, 3), keepdim=True)
            return nn.functional.conv2d(x, weight).mean((2, 3)) @ self.head

    network = Incremental(Net().eval(), torch.zeros(1, 3, *SIZE))
    assert counted(network, "dense").pictures(1, 1) == 4 * 80 * 27 + 2 * 4


def test_batches_of_whole_pictures(network):
    steps = len(network.steps)
    assert counted(network, "step").pictures(13, 6) == 3 * steps
    assert counted(network, "step").pictures(12, 6) == 2 * steps
    one = counted(network, "dense").pictures(1, 6)
    assert one == 4 * 120 * 27 + 6 * 30 * 16 + 30
    assert counted(network, "dense").pictures(13, 6) == 13 * one
    weights = counted(network, "weights").pictures(1, 6)
    assert counted(network, "weights").pictures(13, 6) == 3 * weights


def test_windows(network):
    """Windows of 2 x 2 pixels grow to 4 x 4 and 6 x 6 cells: rows 2..7 and columns 1..6. At stride 2 these
    are rows 1..3 and columns 0..3 of a map of 6 x 5."""
    boxes = np.array([(4, 3, 2, 2)] * 7)
    windows = boxes_as_windows(boxes, SIZE, False)
    planned = network.windows(windows)
    assert [(w.height, w.width) for w in planned.values()] == [(2, 2), (4, 4), (6, 6), (6, 6), (3, 4)]
    dense = 7 * (4 * 16 * 27 + 6 * 12 * 16 + 30)
    assert counted(network, "dense").windows(windows) == pytest.approx(dense)
    assert counted(network, "grouped").windows(windows) == pytest.approx(7 * 4 * 36 * 9)
    seen = 7 * (6 * 6 + 8 * 8 + 6 * 8 + 6 * 5)  # by three convolutions, and the map that is put together
    assert counted(network, "place").windows(windows) == seen
    assert counted(network, "gather").windows(windows) == 4
    copied = 3 * (120 + 7 * 4) + 4 * (120 + 7 * 16) + 4 * (120 + 7 * 36) + 6 * (30 + 7 * 12)
    gathered = 7 * (3 * 36 + 4 * 64 + 4 * 48 + 6 * 30)
    assert counted(network, "gathering").windows(windows) == 2 * 4 * (copied + gathered)


def test_large_results_cost_their_memory(network):
    model = counted(network, "paging")
    few = LARGE // (4 * 4 * 120)
    assert model.step(0, few) == 0
    assert model.step(0, few + 1) == (few + 1) * 4 * 4 * 120


def test_an_activation_in_place_takes_no_memory():
    net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(inplace=True), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    network = Incremental(net.eval(), torch.zeros(1, 3, *SIZE))
    assert [work_of(step, network.sizes, 4).made for step in network.executed[:2]] == [4 * 4 * 80, 0]


def test_larger_windows_cost_more(lite0):
    with lite0.session():
        model = CostModel.on(Incremental(lite0.scorer, lite0.blank()), lite0.blank())
    sides = (4, 16, 48, 96, 144)
    boxes = [np.array([(20, 30, side, side)] * 32) for side in sides]
    costs = [model.windows(boxes_as_windows(one, lite0.input_size, False)) for one in boxes]
    assert costs == sorted(costs)
    assert costs[0] < 0.7 * model.pictures(32, 6) < 1.2 * model.pictures(32, 6) < costs[-1]


def test_the_kind_of_device_is_all_that_counts(network):
    model = CostModel.on(network, torch.zeros(1, device="meta"))
    assert model._rates == RATES["gpu"]
    assert CostModel.on(network, torch.zeros(1))._rates == RATES["cpu"]


def test_no_clock_is_read_where_pictures_are_scored():
    files = list(Path(xai_core.scoring.__file__).parent.rglob("*.py"))
    assert len(files) > 10
    for file in files:
        for node in ast.walk(ast.parse(file.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) else []
            assert not {"time", "timeit", "datetime"} & set(names), file
