"""Captum's methods that draw random numbers, with ours: NoiseTunnel and GradientShap.

NoiseTunnel draws by `torch.normal`, which is answered for this thread alone. GradientShap draws its places by
NumPy; its module is given another NumPy for the length of the call, by one thread at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from torch.overrides import TorchFunctionMode

from ...methods._noise import normal
from ...methods.gradient_shap import Draws
from ...types import InputError
from .case import KINKS, Case, Compute, Found

AT_ONCE = 4  # copies in one forward and backward pass
DRAWS = f"Captum with the same draws. {KINKS}"
_ONE_AT_A_TIME = threading.Lock()


class _Normal(TorchFunctionMode):
    """Answers torch.normal with the next rows of `noise`, (1, 3, H, W) each."""

    def __init__(self, noise: Iterator[torch.Tensor]):
        super().__init__()
        self._noise = noise

    def __torch_function__(
        self, func: Callable, types: Any, args: tuple = (), kwargs: dict | None = None
    ) -> Any:
        if func is torch.normal:
            return torch.cat([next(self._noise) for _ in range(len(args[1]))])
        return func(*args, **(kwargs or {}))


def _tunnel(kind: str) -> Compute:
    """NoiseTunnel of this kind around the gradient, or around input times gradient."""

    def run(case: Case) -> Found:
        from captum.attr import InputXGradient, NoiseTunnel, Saliency

        params, drawn = case.e.params, int(case.e.facts["samples"])
        if params.get("average") == "absolute":
            raise InputError("Captum averages gradients or their squares, not their absolute values.")
        squared = "smoothgrad_sq" if params.get("average") == "squared" else kind
        generator = torch.Generator().manual_seed(case.e.seed)
        seeds = torch.randint(2**62, (1, params["samples"]), generator=generator)[0, :drawn].tolist()
        times = params.get("of") == "input_x_gradient"
        base = InputXGradient(case.forward) if times else Saliency(case.forward)
        with _Normal(params["sigma"] * normal(case.x, seed) for seed in seeds):
            found = NoiseTunnel(base).attribute(
                case.x.clone().requires_grad_(),
                nt_type=squared,
                nt_samples=drawn,
                nt_samples_batch_size=AT_ONCE,
                stdevs=1.0,
                **({} if times else {"abs": False}),
            )
        return case.over_channels(found), DRAWS

    return run


@contextmanager
def _places(along: float) -> Iterator[None]:
    """GradientShap takes the place `along` of the way from a baseline to the picture."""
    from captum.attr._core import gradient_shap as module

    def uniform(_low: float, _high: float, count: int) -> np.ndarray:
        return np.full(count, along)

    own = SimpleNamespace(random=SimpleNamespace(uniform=uniform, choice=np.random.choice))
    with _ONE_AT_A_TIME:
        before = module.np
        module.np = own
        try:
            yield
        finally:
            module.np = before


def _gradient_shap(case: Case) -> Found:
    """One sample at a time, with its background, its place and its noise."""
    from captum.attr import GradientShap

    params, drawn = case.e.params, int(case.e.facts["samples"])
    backgrounds, generator = case.backgrounds(), torch.Generator().manual_seed(case.e.seed)
    draws = Draws(case.x, backgrounds, params["samples"], params["sigma"], generator)
    total = torch.zeros_like(case.x)
    for number in range(drawn):
        start = backgrounds[draws.chosen[number]][None]
        noise = draws.of(range(number, number + 1))[1] + start - case.x
        with _places(float(draws.along[number])), _Normal(iter([noise])):
            total += (
                GradientShap(case.forward).attribute(case.x.clone(), start, n_samples=1, stdevs=1.0).detach()
            )
    return case.over_channels(total / drawn), DRAWS


TABLE: dict[str, Compute] = {
    "smooth_grad": _tunnel("smoothgrad"),
    "smooth_grad_squared": _tunnel("smoothgrad_sq"),
    "var_grad": _tunnel("vargrad"),
    "gradient_shap": _gradient_shap,
}
