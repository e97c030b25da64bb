"""Count what a handle's network really runs, at the network's own door."""

import contextlib
from unittest import mock

import torch

from xai_core.scoring.incremental import engine_of
from xai_core.scoring.incremental.compiled import Program


class Counts:
    forwards = 0  # inputs given to the network or to the folded network
    passes = 0  # calls of either
    backwards = 0


@contextlib.contextmanager
def counting(handle):
    """Counts of what runs inside the block, compiled or not. Inputs that are run on windows do not pass the
    door."""
    counts = Counts()
    differentiate = torch.autograd.grad

    def note(_module, arguments):
        counts.passes += 1
        counts.forwards += len(arguments[0])

    def counting_grad(*arguments, **options):
        counts.backwards += 1
        return differentiate(*arguments, **options)

    run = Program.__call__

    def counting_run(program, maps):
        if program.whole:
            note(program, [maps])
        return run(program, maps)

    with handle.session() as net:
        engine_of(handle.scorer, handle.blank())  # its check of itself is not counted
        hooks = [network.register_forward_pre_hook(note) for network in {net, handle.scorer}]
        try:
            with (
                mock.patch.object(torch.autograd, "grad", counting_grad),
                mock.patch.object(Program, "__call__", counting_run),
            ):
                yield counts
        finally:
            for hook in hooks:
                hook.remove()
