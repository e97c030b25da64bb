"""explain() and explain_many(): check, group what can share a pass, run under the lock, wrap.

One forward pass captures every layer that any request needs; one backward pass for each explained score gives
the gradients at all of them. Every CAM method, ReLU on or off, and the counterfactual are pure functions of
that capture."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn

from .batches import Watch
from .hooks import Capture, capture
from .methods import METHODS, MethodSpec
from .scores import Score, probabilities, rank
from .session import ModelHandle
from .supply import Supply
from .types import ClassScore, Explanation, ImageInput, InputError, LayerSpec, Params, Request


@dataclass(frozen=True)
class Plan:
    """A checked request: everything resolved but the predicted class."""

    request: Request
    method: MethodSpec
    layer: LayerSpec | None
    params: Params

    size: tuple[int, int]

    def passes(self) -> int:
        return self.method.passes(self.layer, self.params, self.size)


def predict(handle: ModelHandle, image: ImageInput, top: int = 5) -> tuple[ClassScore, ...]:
    """The `top` most probable classes, best first (by logit; ties by class index)."""
    if not isinstance(top, int) or isinstance(top, bool) or top < 1:
        raise InputError(f"top is {top!r}; a whole number of at least 1 is accepted.")
    with handle.session() as net, torch.inference_mode():
        handle.passes += 1
        logits = net(handle.preprocess(image))[0].double().cpu()
    return rank(logits, handle.labels, handle.activation)[:top]


def explain(
    handle: ModelHandle,
    image: ImageInput,
    method: str,
    target: int | None = None,
    layer: str | None = None,
    seed: int = 0,
    **params: Any,
) -> Explanation:
    """One map. `target=None` is the predicted class, `layer=None` the method's default layer.

    Raises InputError for an unknown method, class, layer or parameter, naming the value and the accepted
    ones."""
    return explain_many(handle, image, [Request(method, target, layer, params, seed)])[0]


def explain_many(
    handle: ModelHandle,
    image: ImageInput,
    requests: Sequence[Request],
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> list[Explanation]:
    """The maps of all requests, in order, with as few passes as they allow.

    All requests are checked before anything runs. `progress(done, total)` counts passes; `cancelled()` is
    asked between batches, and True raises `Cancelled`. Nothing stays behind on the network in any case."""
    with handle.session() as net:
        plans = [plan_of(handle, net, request) for request in requests]
        watch = Watch(progress, cancelled, total=1 + sum(plan.passes() for plan in plans if plan.method.long))
        watch.check()
        return _Run(handle, net, image, watch).all(plans)


def plan_of(handle: ModelHandle, net: nn.Module, request: Request) -> Plan:
    """Check a request and fill in its defaults; raises InputError."""
    method = METHODS.get(request.method)
    if method is None:
        raise InputError(f"There is no method {request.method!r}; the methods are {', '.join(METHODS)}.")
    if request.target is not None:
        handle.check_target(request.target)
    params = method.complete(request.params)
    if params.get("contrast") is not None:
        handle.check_target(params["contrast"], "contrast")
        if params["contrast"] == request.target:
            raise InputError(
                f"contrast is {params['contrast']}, which is the target itself; give another class."
            )
    if not isinstance(request.seed, int) or isinstance(request.seed, bool):
        raise InputError(f"seed is {request.seed!r}; a whole number is accepted.")
    if not method.layered:
        return Plan(request, method, None, params, handle.input_size)
    key = request.layer
    if key is None and method.home is not None:
        if method.key not in handle.homes:
            handle.homes[method.key] = method.home(net, handle.blank(), handle.layers)
        key = handle.homes[method.key]
    return Plan(request, method, handle.layer(key), params, handle.input_size)


class _Run:
    """One image, one capture, and what has been computed from it so far."""

    def __init__(self, handle: ModelHandle, net: nn.Module, image: ImageInput, watch: Watch):
        self.handle, self.net, self.image, self.watch = handle, net, image, watch
        self.maps: dict[tuple, _Made] = {}

    def all(self, plans: list[Plan]) -> list[Explanation]:
        start = time.perf_counter()
        x = self.handle.preprocess(self.image)
        supply = Supply(self.handle, self.net, self.image, x, self._capture(x, plans), self.watch)
        ranked = supply.logits[0].double().cpu()
        chances = probabilities(ranked, self.handle.activation)
        best = int(ranked.argmax())
        shared = time.perf_counter() - start
        self.watch.advance(1)
        self.handle.passes += 1
        for plan in plans:
            if plan.request.target is None and plan.params.get("contrast") == best:
                raise InputError(f"contrast is {best}, which is the predicted class; give another class.")
        results, announced = [], 1
        for plan in plans:
            self.watch.check()
            target = best if plan.request.target is None else int(plan.request.target)
            made = self._map(plan, supply, target)
            announced += plan.passes() if plan.method.long else 0
            self.watch.reach(announced)
            numbers = float(ranked[target]), float(chances[target])
            results.append(self._wrap(plan, made, target, numbers, shared))
        return results

    def _capture(self, x: torch.Tensor, plans: list[Plan]) -> Capture:
        layers = {plan.layer.key: plan.layer for plan in plans if plan.layer is not None}
        wanted = {plan.layer.key for plan in plans if "gradients" in plan.method.uses}
        return capture(self.net, x, list(layers.values()), wanted)

    def _map(self, plan: Plan, supply: Supply, target: int) -> _Made:
        """The map before ReLU, computed once for all requests that differ in ReLU alone, or in sign alone."""
        score = Score.asked(target, plan.params, self.handle.activation)
        turned = score.negate and plan.method.odd
        score = dataclasses.replace(score, negate=False) if turned else score
        others = Params({n: v for n, v in plan.params.items() if n not in ("relu", "counterfactual")})
        key = (plan.method.key, plan.layer and plan.layer.key, score, others, plan.request.seed)
        if key not in self.maps:
            start, before = time.perf_counter(), self.watch.forwards
            facts: dict[str, Any] = {}
            arguments = supply.arguments(
                plan.method, plan.layer, plan.params, score, plan.request.seed, facts
            )
            values = plan.method.run(**arguments).detach()
            own = self.watch.forwards - before if plan.method.long else plan.passes() - 1
            self.handle.passes += own
            segments = arguments["segments"][0].cpu().numpy() if "segments" in arguments else None
            self.maps[key] = _Made(values, own, time.perf_counter() - start, facts, segments)
        made = self.maps[key]
        return dataclasses.replace(made, values=0 - made.values) if turned else made

    def _wrap(
        self, plan: Plan, made: _Made, target: int, numbers: tuple[float, float], shared: float
    ) -> Explanation:
        heatmap = made.values[0].float().cpu().numpy()
        if not np.isfinite(heatmap).all():
            raise InputError(
                f"{plan.method.key} gave values that are not finite for class {target}; try another layer."
            )
        if plan.params.get("relu"):
            heatmap = np.maximum(heatmap, 0)
        return Explanation(
            heatmap=heatmap,
            method=plan.method.key,
            target=target,
            label=self.handle.labels[target],
            layer=plan.layer.key if plan.layer else None,
            params=plan.params,
            signed=plan.method.signed(plan.params),
            logit=numbers[0],
            probability=numbers[1],
            forwards=made.passes + 1,
            seconds=made.seconds + shared,
            view_size=self.handle.input_size,
            seed=plan.request.seed,
            facts=Params({name: float(values[0]) for name, values in made.facts.items()}),
            segments=None if made.segments is None else made.segments.astype(np.int32),
        )


@dataclass(frozen=True)
class _Made:
    """What a method returned: the map (1, h, w) before ReLU, its own passes and seconds, its facts, its
    superpixels.
    """

    values: torch.Tensor
    passes: int
    seconds: float
    facts: dict[str, Any]
    segments: np.ndarray | None
