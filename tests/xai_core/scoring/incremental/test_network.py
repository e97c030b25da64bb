"""Networks run on windows give the logits of whole pictures, in float64."""

import threading

import numpy as np
import pytest
import timm
import torch
from torch import nn
from torch.nn import functional as F

from xai_core.scoring.incremental import Incremental, NotTraceable, boxes_as_windows

SIZE = (48, 40)
NETWORKS = (
    "test_resnet",
    "test_efficientnet",
    "resnet18",
    "mobilenetv3_small_050",
    "convnext_atto",
    "vit_tiny_patch16_224",
)


class Everything(nn.Module):
    """Every operation that has a rule; the last three have none."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, (5, 3), 2, (2, 1))
        self.norm = nn.BatchNorm2d(8)
        self.pool = nn.MaxPool2d(3, 1, 1)
        self.wide = nn.Conv2d(8, 8, 3, 1, 2, dilation=2, groups=4)
        self.side = nn.Conv2d(8, 8, 1)
        self.mean = nn.AvgPool2d(2)
        self.same = nn.AdaptiveAvgPool2d((12, 10))
        self.last = nn.Conv2d(16, 6, 3, padding=1, bias=False)
        self.act, self.head = nn.ReLU(inplace=True), nn.Linear(6, 5)

    def forward(self, x):
        x = self.act(self.norm(self.stem(x)))
        x = self.pool(x)
        y = F.relu6(self.wide(x)) * 0.5
        y += self.side(x)
        y = 1 - y * y.sigmoid()
        y = self.same(self.mean(y))
        y = torch.cat([y, F.avg_pool2d(x, 3, 2, 1).clamp(-1, 1)], 1)
        y = F.hardtanh(self.last(F.dropout(y, training=self.training)), inplace=True)
        return self.head(y.view(y.size(0), y.shape[1], -1).mean(2))


def boxes_of_many_sizes(size):
    rng = np.random.default_rng(0)
    top, left = rng.integers(0, size[0], 9), rng.integers(0, size[1], 9)
    return np.stack([top, left, *rng.integers(1, 6, (2, 9))], 1)


def both(net, running, boxes=None, size=SIZE):
    """Logits by windows, and logits of the whole pictures."""
    boxes = boxes_of_many_sizes(size) if boxes is None else boxes
    generator = torch.Generator().manual_seed(1)
    x = torch.randn((1, 3, *size), generator=generator, dtype=torch.float64)
    windows = boxes_as_windows(boxes, size, running)
    shape = (len(boxes), 3, windows.height, windows.width)
    cells = torch.randn(shape, generator=generator, dtype=torch.float64)
    pictures, last = [], x
    for row, top, left in zip(cells, windows.top, windows.left, strict=True):
        last = (last if running else x).clone()
        last[0, :, top : top + windows.height, left : left + windows.width] = row
        pictures.append(last)
    network = Incremental(net, x)
    with torch.inference_mode():
        return network.logits(network.activations(x), cells, windows), net(torch.cat(pictures))


def whole_steps(net, boxes, size=SIZE):
    """The names of the steps that are run on whole maps, and of all steps."""
    network = Incremental(net, torch.zeros(1, 3, *size, dtype=torch.float64))
    planned = network.windows(boxes_as_windows(boxes, size, False))
    return [step.name for step in network.steps if step.outs[0] not in planned], {
        step.name for step in network.steps
    }


def made(net):
    torch.manual_seed(0)
    net = net().double().eval().requires_grad_(False)
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.normal_()
            module.running_var.uniform_(0.5, 2)
    return net


@pytest.mark.parametrize("running", [False, True])
def test_every_operation(running):
    found, expected = both(made(Everything), running)
    assert expected.std(0).min() > 1e-4, "equal pictures would prove nothing"
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-12)
    whole, names = whole_steps(made(Everything), boxes_of_many_sizes(SIZE))
    assert whole == ["view", "mean", "linear"]
    assert names >= {
        "conv2d",
        "batch_norm",
        "relu",
        "max_pool2d",
        "relu6",
        "mul",
        "add",
        "sigmoid",
        "rsub",
        "avg_pool2d",
        "adaptive_avg_pool2d",
        "clamp",
        "cat",
        "dropout",
        "hardtanh",
    }


@pytest.mark.parametrize("running", [False, True])
@pytest.mark.parametrize("name", NETWORKS)
def test_known_networks(name, running):
    options = {"img_size": 32} if name.startswith("vit") else {}
    net = made(lambda: timm.create_model(name, num_classes=7, **options))
    size = (32, 32) if name.startswith("vit") else (64, 96)
    boxes = np.array([(0, 0, 8, 8), (24, 24, 8, 8), (3, 20, 5, 8), (3, 22, 8, 8)])
    found, expected = both(net, running, boxes, size)
    torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-9)


def test_windows_that_cover_nearly_all_are_run_whole():
    boxes = np.array([(0, 0, 44, 40), (2, 0, 46, 40)])
    found, expected = both(made(Everything), False, boxes)
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-12)
    whole, names = whole_steps(made(Everything), boxes)
    assert set(whole) == names


class Small(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.head = nn.Conv2d(3, 4, 3), nn.Linear(4, 3)

    def forward(self, x):
        return self.head(self.course(self.conv(x)).mean((2, 3)))


def refused(course):
    net = made(type("Net", (Small,), {"course": course}))
    with pytest.raises(NotTraceable) as error:
        Incremental(net, torch.zeros(1, 3, *SIZE, dtype=torch.float64))
    return str(error.value)


def test_a_network_that_branches_on_values_is_refused():
    assert "values" in refused(lambda self, y: y if y.sum() > 0 else -y)
    assert "values" in refused(lambda self, y: y * y.max().item())
    assert "values" in refused(lambda self, y: y * float(y.max()))
    assert "values" in refused(lambda self, y: y if torch.equal(y, y.relu()) else -y)


def test_writing_into_a_part_of_a_tensor_is_refused():
    def course(self, y):
        y[:, 0] = 0
        return y

    assert "writes into a part" in refused(course)


def test_a_network_that_branches_on_the_number_of_pictures_is_refused():
    assert "number of pictures" in refused(lambda self, y: y if len(y) > 2 else -y)
    assert "given" in refused(lambda self, y: y * (len(y) ** 2))


def test_the_number_of_pictures_may_occur():
    class Net(Small):
        def course(self, y):
            return y.reshape(len(y) * 2, 2, *y.shape[2:]).view(y.shape[0], 4, *y.shape[2:]) + 0

    found, expected = both(made(Net), False)
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-12)


def test_an_activation_in_place_does_not_change_earlier_results():
    """The sum uses the result that the activation overwrites."""

    class Net(Small):
        def course(self, y):
            z = F.relu(y, inplace=True)
            return torch.nn.functional.max_pool2d(y, 3) + torch.nn.functional.max_pool2d(z, 3).neg_()

    found, expected = both(made(Net), True)
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("running", [False, True])
def test_one_step_sees_the_whole_map_and_the_next_one_a_window(running):
    """As a block that halves its map does, where the wide convolution sees nearly all of it."""

    class Net(Small):
        def __init__(self):
            super().__init__()
            self.wide, self.narrow = nn.Conv2d(4, 4, 17, padding=8), nn.Conv2d(4, 4, 1)

        def course(self, y):
            return self.wide(y).relu() + self.narrow(y).relu() + F.max_pool2d(y, 1)

    net, boxes = made(Net), np.array([(8, 8, 20, 20), (6, 12, 20, 20)])
    found, expected = both(net, running, boxes, (34, 34))
    torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-12)
    assert [name for name in whole_steps(net, boxes, (34, 34))[0] if name == "conv2d"] == ["conv2d"]


def test_pooling_to_the_same_size_copies_the_map():
    """The activation in place that follows must not change the copy."""

    class Net(Small):
        def course(self, y):
            return F.adaptive_avg_pool2d(y, y.shape[2:]) + F.relu(y, inplace=True)

    found, expected = both(made(Net), False)
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-12)


def test_a_call_that_no_rule_knows_is_run_on_whole_maps():
    class Net(Small):
        def forward(self, x):
            return self.head(F.conv2d(input=x, weight=self.conv.weight).mean((2, 3)))

    boxes = boxes_of_many_sizes(SIZE)
    found, expected = both(made(Net), False, boxes)
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-12)
    assert whole_steps(made(Net), boxes)[0].count("conv2d") == 1


def test_what_other_threads_run_is_not_recorded():
    """Other visitors of a server run their networks at the same time."""
    other = made(Everything)
    x = torch.randn(1, 3, *SIZE, dtype=torch.float64)
    with torch.inference_mode():
        expected = other(x)
    wrong, stop = [], threading.Event()

    def visit():
        while not stop.is_set():
            with torch.inference_mode():
                if not torch.equal(other(x), expected):
                    wrong.append(1)

    thread = threading.Thread(target=visit)
    thread.start()
    counts = {len(Incremental(made(Everything), x).steps) for _ in range(20)}
    stop.set()
    thread.join(20)
    assert len(counts) == 1
    assert not wrong
