"""Count what a handle's network really runs, at the network's own door."""

import contextlib
from unittest import mock

import torch

from xai_core.scoring.incremental import engine_of


class Counts:
    forwards = 0  # inputs given to the network or to the folded network
    passes = 0  # calls of either
    backwards = 0


@contextlib.contextmanager
def counting(handle):
    """Counts of what runs inside the block. Inputs that are run on windows do not pass the door."""
    counts = Counts()
    differentiate = torch.autograd.grad

    def note(_module, arguments):
        counts.passes += 1
        counts.forwards += len(arguments[0])

    def counting_grad(*arguments, **options):
        counts.backwards += 1
        return differentiate(*arguments, **options)

    with handle.session() as net:
        engine_of(handle.scorer, handle.blank())  # its check of itself is not counted
        hooks = [network.register_forward_pre_hook(note) for network in {net, handle.scorer}]
        try:
            with mock.patch.object(torch.autograd, "grad", counting_grad):
                yield counts
        finally:
            for hook in hooks:
                hook.remove()
