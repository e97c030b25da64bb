"""Compute all maps that are requested for one picture, with as few passes as possible.

One forward pass captures every layer that any request needs, and one backward pass for each explained score
gives the gradients at all of them. If the folded network serves some requests and the network others
(`network.capture`), each runs once. Every CAM method, with or without ReLU, and the counterfactual are pure
functions of a capture."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn

from ..methods import MethodSpec
from ..network.batches import Progress
from ..network.capture import Capture, Wanted
from ..network.handle import ModelHandle
from ..types import Explanation, ImageInput, InputError, LayerSpec, Params, Request
from .arguments import Arguments
from .looked import Looked, look
from .notes import notes
from .target import Target, target_of

LEARNED = 2.0  # seconds from which on a run says what a pass costs: in shorter ones other things weigh


@dataclass(frozen=True)
class Plan:
    """A checked request: everything resolved but the predicted class."""

    request: Request
    method: MethodSpec
    layer: LayerSpec | None
    params: Params

    size: tuple[int, int]
    own: tuple[LayerSpec, ...] = ()

    def passes(self) -> int:
        return self.method.passes(self.layer, self.params, self.size)

    @property
    def wanted(self) -> Wanted:
        """What it needs of a capture."""
        return Wanted(self.layer, bool({"gradients", "own_layers"} & set(self.method.uses)), self.own)

    @property
    def rate(self) -> tuple:
        """Under what its seconds a pass are kept with the handle."""
        depends = self.method.rate_by(self.params)
        return (self.method.key, self.layer.key if self.layer else None, *depends)


@dataclass(frozen=True)
class Coarse:
    """A long map as it stands after `samples` of `of` (perturbed pictures, steps, channels); `map` has no
    facts yet."""

    request: Request
    map: Explanation
    samples: int
    of: int


class Run:
    """One image, one capture, and what has been computed from it so far."""

    def __init__(
        self,
        handle: ModelHandle,
        net: nn.Module,
        image: ImageInput,
        progress: Progress,
        on_partial: Callable[[Coarse], None] | None,
        looked: Looked | None = None,
    ):
        """`looked` holds the captures if the network has looked at the picture already."""
        self.handle, self.net, self.image, self.progress, self.on_partial, self.looked = (
            handle,
            net,
            image,
            progress,
            on_partial,
            looked,
        )
        self.maps: dict[tuple, _Made] = {}
        self.view: np.ndarray | None = None
        self.shared = 0.0  # seconds of the capture

    def all(self, plans: list[Plan]) -> list[Explanation]:
        """The maps, in order. Raises the first InputError, before anything long has run where it can."""
        known = self._resolved(plans)
        for one in known:
            if isinstance(one, InputError):
                raise one
        found: list[Explanation] = []
        for e in self._maps(known):
            if isinstance(e, InputError):
                raise e
            found.append(e)
        return found

    def each(self, plans: list[Plan]) -> list[Explanation | InputError]:
        """The maps, in order, with the InputError in the place of one that cannot be made of this picture."""
        return list(self._maps(self._resolved(plans)))

    def _resolved(self, plans: list[Plan]) -> list[_Wanted | InputError]:
        """The plans with their classes, after one capture for all of them."""
        looked = self.looked
        if looked is None:
            looked = look(self.handle, self.image, [plan.wanted for plan in plans])
        known = {id(found): self._arguments(looked.x, found) for found in looked.captures}
        self.view, self.shared = looked.view, looked.seconds
        self.progress.reach(1)  # the captures have counted their inputs
        return [
            self._wanted(plan, known[id(found)]) for plan, found in zip(plans, looked.captures, strict=True)
        ]

    def _wanted(self, plan: Plan, arguments: Arguments) -> _Wanted | InputError:
        target = target_of(self.handle, plan.request, plan.params, arguments)
        return target if isinstance(target, InputError) else _Wanted(plan, arguments, target)

    def _maps(self, targets: list[_Wanted | InputError]) -> Iterator[Explanation | InputError]:
        announced = 1
        for target in targets:
            self.progress.check()
            if isinstance(target, InputError):
                yield target
                continue
            announced += target.plan.passes() if target.plan.method.long else 0
            try:
                e = self._wrap(target, self._map(target, target.arguments), self.shared)
            except InputError as error:
                yield error
            else:
                self.progress.reach(announced)
                yield e

    def _arguments(self, x: torch.Tensor, found: Capture) -> Arguments:
        return Arguments(self.handle, self.net, self.image, x, found, self.progress)

    def _map(self, wanted: _Wanted, arguments: Arguments) -> _Made:
        """The map before ReLU, computed once for all requests that differ in ReLU alone, or in sign alone."""
        plan = wanted.plan
        score = wanted.target.score
        turned = score.negate and plan.method.odd
        score = dataclasses.replace(score, negate=False) if turned else score
        others = Params({n: v for n, v in plan.params.items() if n not in ("relu", "counterfactual")})
        key = (plan.method.key, plan.layer and plan.layer.key, score, others, plan.request.seed)
        if key not in self.maps:
            start, before, waited = time.perf_counter(), self.progress.forwards, self.progress.waited
            facts: dict[str, Any] = {}
            given = arguments.arguments(plan.method, plan.layer, plan.params, score, plan.request.seed, facts)
            with self._looking(wanted, -1 if turned else 1):
                values = plan.method.run(**given).detach()
            if not plan.method.long:  # a long method counts its own inputs
                self.progress.note(plan.passes() - 1)
            own = self.progress.forwards - before
            segments = given["segments"][0].cpu().numpy() if "segments" in given else None
            seconds = time.perf_counter() - start - (self.progress.waited - waited)
            if plan.method.long and seconds > LEARNED and not plan.params.get("stable"):
                self.handle.ledger.rates[plan.rate] = seconds / plan.passes()
            self.maps[key] = _Made(values, own, seconds, facts, segments)
        made = self.maps[key]
        return dataclasses.replace(made, values=0 - made.values) if turned else made

    @contextmanager
    def _looking(self, wanted: _Wanted, sign: int) -> Iterator[None]:
        """Whoever waits is shown the map as it grows."""
        start, show = time.perf_counter(), self.on_partial

        def look(values: torch.Tensor, samples: int, of: int) -> None:
            made = _Made(sign * values.detach()[None], samples, time.perf_counter() - start, {}, None)
            if show is not None:
                show(Coarse(wanted.plan.request, self._wrap(wanted, made, 0.0), samples, of))

        self.progress.on_partial = look if show is not None else None
        try:
            yield
        finally:
            self.progress.on_partial = None

    def _wrap(self, wanted: _Wanted, made: _Made, shared: float) -> Explanation:
        plan, target = wanted.plan, wanted.target
        heatmap = made.values[0].float().cpu().numpy()
        if not np.isfinite(heatmap).all():
            raise InputError(
                f"{plan.method.key} gave values that are not finite for {target.described}; try another "
                "layer."
            )
        said = notes(self.handle, self.net, plan.method, plan.layer, heatmap)
        if plan.params.get("relu"):
            heatmap = np.maximum(heatmap, 0)
        contrast = plan.params.get("contrast")
        return Explanation(
            heatmap=heatmap,
            method=plan.method.key,
            target=target.index,
            label=target.label,
            layer=plan.layer.key if plan.layer else None,
            params=plan.params,
            signed=plan.method.signed(plan.params),
            logit=target.logit,
            probability=target.probability,
            forwards=made.passes + 1,
            seconds=made.seconds + shared,
            view_size=self.handle.input_size,
            seed=plan.request.seed,
            notes=said,
            facts=Params({name: float(values[0]) for name, values in made.facts.items()}),
            segments=None if made.segments is None else made.segments.astype(np.int32),
            view=self.view,
            versus="" if contrast is None else self.handle.labels[contrast],
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


@dataclass(frozen=True)
class _Wanted:
    """A plan with what the capture gives it: arguments, and what is explained."""

    plan: Plan
    arguments: Arguments
    target: Target
