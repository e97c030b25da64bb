"""Pictures that keep the changes of those before them, batch by batch, against whole pictures."""

import numpy as np
import pytest
import timm
import torch
from torch import nn

from xai_core.scoring.incremental import Incremental, Running, boxes_as_windows
from xai_core.scoring.incremental.windows import newest

from .test_network import SIZE, Everything, boxes_of_many_sizes, made


class Path:
    """Pictures that change in boxes, one after another, and the windows of any of them."""

    def __init__(self, net, boxes, size):
        generator = torch.Generator().manual_seed(2)
        self.net, self.boxes, self.size = net, boxes, size
        self.pictures = [torch.randn((1, 3, *size), generator=generator, dtype=torch.float64)]
        for top, left, height, width in boxes:
            now = self.pictures[-1].clone()
            part = now[:, :, top : top + height, left : left + width]
            part.copy_(torch.randn(part.shape, generator=generator, dtype=torch.float64))
            self.pictures.append(now)
        self.network = Incremental(net, self.pictures[0])
        self.running, self.computed = Running(self.network), []
        whole = self.network.activations
        self.network.activations = lambda x: self.computed.append(1) or whole(x)

    def part(self, start, stop):
        """Logits of the pictures start .. stop - 1."""
        windows = boxes_as_windows(self.boxes[start:stop], self.size, True)
        cells = torch.cat(
            [
                self.pictures[1 + start + n][:, :, top : top + windows.height, left : left + windows.width]
                for n, (top, left) in enumerate(zip(windows.top, windows.left, strict=True))
            ]
        )
        with torch.inference_mode():
            return self.running.logits(start, self.pictures.__getitem__, cells, windows)

    def expected(self, start, stop):
        with torch.inference_mode():
            return self.net(torch.cat(self.pictures[1 + start : 1 + stop]))


def squares(count, size, side=4):
    """Squares of a grid in an order drawn at random."""
    rng = np.random.default_rng(3)
    down, across = size[0] // side, size[1] // side
    places = rng.permutation(down * across)[:count]
    return np.array([(side * (n // across), side * (n % across), side, side) for n in places])


@pytest.mark.parametrize(
    ("name", "computed"),
    [("everything", 1), ("test_efficientnet", 1), ("mobilenetv3_small_050", 1), ("test_resnet", 2)],
)
def test_batch_after_batch(name, computed):
    """The first picture alone is computed as a whole. Batches of one and of many, in corners and inside. One
    window in a corner of the small ResNet changes less of a map that the batch before had run whole."""
    size = SIZE if name == "everything" else (64, 96)
    net = made(Everything if name == "everything" else lambda: timm.create_model(name, num_classes=7))
    path = Path(net, squares(40, size), size)
    for start, stop in ((0, 8), (8, 9), (9, 24), (24, 40)):
        torch.testing.assert_close(path.part(start, stop), path.expected(start, stop), rtol=1e-9, atol=1e-9)
    assert sum(path.computed) == computed


def test_a_network_in_which_nothing_is_local():
    path = Path(
        made(lambda: nn.Sequential(nn.Flatten(), nn.Linear(3 * 12 * 10, 4))), squares(6, (12, 10)), (12, 10)
    )
    for start, stop in ((0, 4), (4, 6)):
        torch.testing.assert_close(path.part(start, stop), path.expected(start, stop), rtol=0, atol=1e-11)
    assert path.computed == [1]


def test_what_does_not_follow_is_computed_anew():
    path = Path(made(Everything), squares(24, SIZE), SIZE)
    for start, stop in ((0, 8), (16, 24), (8, 16), (8, 16)):
        torch.testing.assert_close(path.part(start, stop), path.expected(start, stop), rtol=0, atol=1e-11)
    assert path.computed == [1, 1, 1, 1]


def test_a_result_that_was_not_carried_on_is_computed_anew():
    """Boxes that cover nearly all are run as whole maps, which are not kept."""
    boxes = np.concatenate([squares(6, SIZE), [(0, 0, 44, 40), (2, 0, 46, 40)], squares(6, SIZE)[::-1]])
    path = Path(made(Everything), boxes, SIZE)
    for start, stop in ((0, 6), (6, 8), (8, 14)):
        torch.testing.assert_close(path.part(start, stop), path.expected(start, stop), rtol=0, atol=1e-11)
    assert path.computed == [1, 1]


def test_the_newest_window_is_on_top():
    windows = boxes_as_windows(boxes_of_many_sizes((12, 10)), (12, 10), True)
    places, cells = newest(windows)
    shown = np.full((12, 10), -1)
    for number, (top, left) in enumerate(zip(windows.top, windows.left, strict=True)):
        for y in range(windows.height):
            for x in range(windows.width):
                shown[top + y, left + x] = (number * windows.height + y) * windows.width + x
    assert places.tolist() == np.flatnonzero(shown >= 0).tolist()
    assert cells.tolist() == shown.reshape(-1)[places].tolist()
