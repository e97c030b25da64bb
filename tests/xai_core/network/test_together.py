"""A batch's capture seen picture by picture, against a capture of each picture alone."""

import pytest
import torch
from torch import nn

from xai_core.network.capture import capture
from xai_core.network.scores import Score
from xai_core.network.together import Batch, KeptBytes


class Squares(nn.Module):
    """logit k = the sum over the k-th channel of (w_k x)^2, so d logit_k / d a_k = 2 a_k and 0 elsewhere."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(3, 3, 1, bias=False)
        self.first.weight.data = torch.diag(torch.tensor([1.0, 2.0, 3.0]))[:, :, None, None]
        self.requires_grad_(False)

    def forward(self, x):
        return (self.first(x) ** 2).sum((2, 3))


def pictures():
    return torch.arange(2 * 3 * 2 * 4.0).reshape(2, 3, 2, 4)  # not square


def test_each_row_has_the_gradients_of_its_own_class():
    x = pictures()
    batch = Batch(capture(Squares(), x, ["first"], ["first"]), (2, 0))
    for place, target in enumerate((2, 0)):
        row = batch.row(place)
        a = x[place : place + 1] * torch.tensor([1.0, 2.0, 3.0])[None, :, None, None]
        assert torch.equal(row.activations["first"], a)
        assert torch.equal(row.logits, (a**2).sum((2, 3)))
        expected = torch.zeros_like(a)
        expected[:, target] = 2 * a[:, target]
        assert torch.equal(row.gradients(Score((target,)))["first"], expected)


def test_one_backward_pass_serves_all_rows_and_another_class_has_its_own(monkeypatch):
    batch = Batch(capture(Squares(), pictures(), ["first"], ["first"]), (2, 0))
    asked, plain = [], batch.capture.gradients
    monkeypatch.setattr(batch.capture, "gradients", lambda score: asked.append(score) or plain(score))
    for place, target in enumerate((2, 0)):
        batch.row(place).gradients(Score((target,)))
    assert asked == [Score((2, 0))]
    other = batch.row(1).gradients(Score((1,)))["first"]
    assert len(asked) == 2
    expected = torch.zeros(1, 3, 2, 4)
    expected[:, 1] = 2 * 2 * pictures()[1, 1]
    assert torch.equal(other, expected)
    contrast = batch.row(0).gradients(Score((2,), contrast=1))["first"]
    assert torch.equal(contrast[:, 1], -2 * 2 * pictures()[:1, 1])


@pytest.mark.parametrize("size", [(2, 4), (5, 3)])
def test_kept_bytes_are_those_of_what_the_backward_pass_needs(size):
    """A square keeps its input, 3 h w numbers of four bytes; a convolution by a frozen weight keeps the
    weight alone, and that is the network's own."""
    net, x = Squares(), torch.ones(1, 3, *size, requires_grad=True)
    with KeptBytes(list(net.parameters())) as kept:
        net(x)
    assert kept.count == 4 * 3 * size[0] * size[1] * 2  # autograd also keeps the convolution's input
    with KeptBytes(list(net.parameters())) as kept:
        net(x.detach())
    assert kept.count == 0
