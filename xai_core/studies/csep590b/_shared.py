"""What the parts of the homework share: what they ask for, the class that is explained, the baselines."""

from __future__ import annotations

import torch

from ...engine.explain import predict
from ...inputs.superpixels import baseline, gaussian_blur
from ...types import InputError, Params
from .._recipe import Ask, Bench, Needs, StandIn

BLURS = ("blur 2", "blur 5", "blur 10", "blur 20")
BASELINES = ("black", "white", *BLURS)
STAND_IN = StandIn(Ask("efficientnet_lite0"), Ask("shipped"))


def asks(**parameters: object) -> Needs:
    """ResNet-18 and the ten photographs, with a task's own parameters."""
    return Needs(Ask("resnet18"), Ask("ten"), Params(parameters))


def target_of(bench: Bench, number: int) -> int:
    """The class that is explained: what the network says where that is right, or where nobody knows what is
    right; else the right class."""
    said, right = predict(bench.handle, bench.image(number), 1)[0].index, bench.examples[number].targets
    return said if said in right or not right else right[0]


def label_of(bench: Bench, target: int) -> str:
    """The name of a class."""
    return bench.handle.labels[target]


def baseline_of(bench: Bench, x: torch.Tensor, name: str) -> torch.Tensor:
    """(1, 3, H, W): "black", "white", or "blur 10" for a Gaussian with a standard deviation of 10 pixels.
    Raises InputError for another name."""
    kind, _, sigma = name.partition(" ")
    if kind == "blur" and sigma.isdecimal():
        return gaussian_blur(x, float(sigma))
    if name not in ("black", "white"):
        raise InputError(f"baseline is {name!r}; accepted are {', '.join(BASELINES)}.")
    return baseline(x, name, bench.handle.grid, torch.Generator())
