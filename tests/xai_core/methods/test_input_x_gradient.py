"""input_x_gradient: on a linear network the signed map adds up to the logit less its bias."""

from torch.testing import assert_close

from xai_core.methods.input_x_gradient import input_x_gradient
from xai_core.network.scores import Score

from .tiny import Linear, Square, pictures


def test_adds_up_to_the_logit_less_the_bias():
    net, x = Linear(), pictures(2)
    found = input_x_gradient(net, x, Score((1, 2)), "signed")
    logits = net(x).detach()
    assert_close(found.sum((1, 2)), logits[[0, 1], [1, 2]] - net.bias[[1, 2]].detach())
    assert_close(input_x_gradient(net, x, Score((1, 2))), (x * net.weight[[1, 2]]).abs().sum(1).detach())


def test_of_a_square_is_twice_the_square():
    x = pictures(1)
    assert_close(input_x_gradient(Square(), x, Score((2,))), 6 * (x**2).sum(1))
