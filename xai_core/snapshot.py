"""Whatever was done to a network for a while, undone."""

from __future__ import annotations

from torch import nn

_HOOKS = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")


class Snapshot:
    """What must be the same after a session as before it, except the weights, which nothing here writes."""

    def __init__(self, net: nn.Module):
        self._modules = [
            (
                m,
                m.training,
                dict(m._modules),
                [dict(getattr(m, name)) for name in _HOOKS],
                m.__dict__.get("forward"),
            )
            for m in net.modules()
        ]
        self._parameters = [(p, p.requires_grad) for p in net.parameters()]

    def restore(self) -> None:
        for module, training, children, hooks, forward in self._modules:
            module.training = training
            _refill(module._modules, children)
            for name, before in zip(_HOOKS, hooks, strict=True):
                _refill(getattr(module, name), before)
            if module.__dict__.get("forward") is not forward:
                module.__dict__.pop("forward", None)
                if forward is not None:
                    module.forward = forward
        for parameter, requires_grad in self._parameters:
            parameter.requires_grad_(requires_grad)
            parameter.grad = None


def _refill(now: dict, before: dict) -> None:
    if list(now.items()) != list(before.items()):
        now.clear()
        now.update(before)
