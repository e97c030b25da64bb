"""Remember the state of a network, and restore it after a session."""

from __future__ import annotations

from torch import nn

_REFILLED = ("_modules", "_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")


class Snapshot:
    """What must be the same after a session as before it, except the weights, which nothing here writes."""

    def __init__(self, net: nn.Module):
        self._modules = [
            (
                module,
                module.training,
                [tuple(getattr(module, name).items()) for name in _REFILLED],
                module.__dict__.get("forward"),
            )
            for module in net.modules()
        ]
        self._parameters = [(p, p.requires_grad) for p in net.parameters()]

    def holds(self) -> bool:
        """Whether all of it is as it was."""
        return all(
            module.training == training
            and module.__dict__.get("forward") is forward
            and all(
                tuple(getattr(module, name).items()) == before
                for name, before in zip(_REFILLED, contents, strict=True)
            )
            for module, training, contents, forward in self._modules
        ) and all(p.grad is None and p.requires_grad == required for p, required in self._parameters)

    def restore(self) -> None:
        for module, training, contents, forward in self._modules:
            if module.training != training:
                module.training = training
            for name, before in zip(_REFILLED, contents, strict=True):
                now = getattr(module, name)
                if tuple(now.items()) != before:
                    now.clear()
                    now.update(before)
            if module.__dict__.get("forward") is not forward:
                module.__dict__.pop("forward", None)
                if forward is not None:
                    module.forward = forward
        for parameter, requires_grad in self._parameters:
            if parameter.requires_grad != requires_grad:
                parameter.requires_grad_(requires_grad)
            if parameter.grad is not None:
                parameter.grad = None
