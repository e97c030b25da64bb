"""The classifier at the end of a network: the linear layers that give one number a class."""

from __future__ import annotations

import torch
from torch import nn

from .observe import observe


def class_layers(net: nn.Module, x: torch.Tensor) -> tuple[str, ...]:
    """Paths of the last linear layers (or 1 x 1 convolutions) with the logits' shape (N, K): one, or several
    whose outputs are averaged (DeiT's two heads). () where the logits come from something else.

    A layer whose output another module takes in is none, so an earlier layer of K units is not mistaken."""
    found: dict[str, torch.Tensor] = {}
    taken: set[int] = set()

    def enter(_key: str, _module: nn.Module, inputs: tuple) -> None:
        taken.update(value.data_ptr() for value in inputs if isinstance(value, torch.Tensor))

    def leave(key: str, module: nn.Module, _inputs: tuple, output: object) -> None:
        if isinstance(module, (nn.Linear, nn.Conv2d)) and isinstance(output, torch.Tensor):
            found[key] = output

    every = [key for key, module in net.named_modules() if not any(module.children())]
    logits = observe(net, x, every, enter, leave)
    shaped = {key: out for key, out in found.items() if out.flatten(1).shape == logits.shape}
    exact = [key for key, out in shaped.items() if torch.equal(out.flatten(1), logits)]
    if exact:
        return (exact[-1],)
    return tuple(key for key, out in shaped.items() if out.data_ptr() not in taken)


def zero_head(net: nn.Module, x: torch.Tensor) -> str:
    """The path of the classifier if all its weights are zero, so that no class depends on the picture; else
    ""."""
    layers = {key: net.get_submodule(key) for key in class_layers(net, x)}
    zero = layers and not any(torch.as_tensor(module.weight).any() for module in layers.values())
    return " and ".join(layers) if zero else ""
