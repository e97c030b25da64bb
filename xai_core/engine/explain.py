"""explain() and explain_many(): check what is asked, then run it under the lock."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import nn

from ..methods import METHODS, MethodSpec
from ..network.capture import Wanted
from ..network.handle import ModelHandle
from ..network.scores import rank
from ..types import (
    ClassScore,
    Explanation,
    ImageInput,
    InputError,
    IsCancelled,
    OnProgress,
    Params,
    Request,
    ScoreFunction,
)
from .looked import Looked
from .run import Coarse, Plan, Run
from .usable import why_not, why_not_scored


def predict(handle: ModelHandle, image: ImageInput, top: int = 5) -> tuple[ClassScore, ...]:
    """The `top` most probable classes, best first (by logit; ties by class index)."""
    if not isinstance(top, int) or isinstance(top, bool) or top < 1:
        raise InputError(f"top is {top!r}; a whole number of at least 1 is accepted.")
    if not handle.labels:
        raise InputError(f"{handle.key} has no classes, so it predicts none.")
    with handle.session(), torch.inference_mode():
        logits = handle.capture(handle.preprocess(image)).logits[0].cpu().double()
    return rank(logits, handle.labels, handle.activation, top)


def explain(
    handle: ModelHandle,
    image: ImageInput,
    method: str,
    target: int | None = None,
    layer: str | None = None,
    seed: int = 0,
    score: str | ScoreFunction | None = None,
    **params: Any,
) -> Explanation:
    """One map. `target=None` is the predicted class, `layer=None` the method's default layer.

    `score` is the method's own parameter ("logit" or "probability"), or a function of what the network
    returns, whose number is explained instead of a class (`Request`). Raises InputError for an unknown
    method, class, layer or parameter, naming the value and the accepted ones."""
    own = score if callable(score) else None
    params |= {} if score is None or own is not None else {"score": score}
    return explain_many(handle, image, [Request(method, target, layer, params, seed, own)])[0]


def explain_many(
    handle: ModelHandle,
    image: ImageInput,
    requests: Sequence[Request],
    progress: OnProgress | None = None,
    cancelled: IsCancelled | None = None,
    on_partial: Callable[[Coarse], None] | None = None,
) -> list[Explanation]:
    """The maps of all requests, in order, with as few passes as they allow.

    All requests are checked before anything runs. `progress(done, total)` counts passes; `cancelled()` is
    asked between batches, and True raises `Cancelled`; `on_partial` is given long maps as they stand, once or
    twice a second. Nothing stays behind on the network in any case."""
    with handle.session() as net:
        plans = [plan_of(handle, net, request) for request in requests]
        total = 1 + sum(plan.passes() for plan in plans if plan.method.long)
        work = handle.progress(progress, cancelled, total)
        work.check()
        return Run(handle, net, image, work, on_partial).all(plans)


def explain_each(
    handle: ModelHandle, image: ImageInput, requests: Sequence[Request], cancelled: IsCancelled | None = None
) -> list[Explanation | InputError]:
    """`explain_many`, but a request that cannot be fulfilled gives its InputError in its place. The
    others are computed together."""
    with handle.session() as net:
        plans: list[Plan | InputError] = []
        for request in requests:
            try:
                plans.append(plan_of(handle, net, request))
            except InputError as error:
                plans.append(error)
        known = [plan for plan in plans if isinstance(plan, Plan)]
        run = Run(handle, net, image, handle.progress(cancelled=cancelled), None)
        made = iter(run.each(known) if known else [])
    return [next(made) if isinstance(plan, Plan) else plan for plan in plans]


def wanted_of(handle: ModelHandle, requests: Sequence[Request]) -> list[Wanted]:
    """What each of the requests needs of a capture, for `look_together`; their classes do not matter. Raises
    InputError."""
    with handle.session() as net:
        return [plan_of(handle, net, request).wanted for request in requests]


def explain_looked(
    handle: ModelHandle,
    image: ImageInput,
    looked: Looked,
    requests: Sequence[Request],
    cancelled: IsCancelled | None = None,
) -> list[Explanation]:
    """`explain_many` of a picture that the network has looked at, with a capture for each of `requests`."""
    with handle.session() as net:
        plans = [plan_of(handle, net, request) for request in requests]
        return Run(handle, net, image, handle.progress(cancelled=cancelled), None, looked).all(plans)


def check(handle: ModelHandle, request: Request) -> None:
    """Raise InputError, in one sentence, where this request cannot be fulfilled with this network: an unknown
    method, class, layer or parameter, or a value that is not accepted. Runs no network, except to find a
    method's own default layer the first time."""
    with handle.session() as net:
        plan_of(handle, net, request)


def plan_of(handle: ModelHandle, net: nn.Module, request: Request) -> Plan:
    """Check a request and fill in its defaults; raises InputError."""
    method = METHODS.get(request.method)
    if method is None:
        raise InputError(f"There is no method {request.method!r}; the methods are {', '.join(METHODS)}.")
    if request.score is None and not handle.labels:
        raise InputError(f"{handle.key} has no classes; give score, a function of what it returns.")
    if request.score is None and request.target is not None:
        handle.check_target(request.target)
    params = method.complete(_given(request, method))
    if request.score is not None:
        _check_own_score(request, method, params)
    if params.get("contrast") is not None:
        handle.check_target(params["contrast"], "contrast")
        if params["contrast"] == request.target:
            raise InputError(
                f"contrast is {params['contrast']}, which is the target itself; give another class."
            )
    if not isinstance(request.seed, int) or isinstance(request.seed, bool):
        raise InputError(f"seed is {request.seed!r}; a whole number is accepted.")
    reason = why_not(handle, method.key, **params)
    if reason:
        raise InputError(reason)
    method.check(params, handle.layers, handle.input_size)
    if not method.layered:
        own = method.layers_of(params, handle.layers)
        return Plan(request, method, None, params, handle.input_size, own)
    key = _own_layer(handle, net, method) if request.layer is None else request.layer
    return Plan(request, method, handle.layer(key), params, handle.input_size)


def _given(request: Request, method: MethodSpec) -> Mapping[str, Any]:
    """The parameters of a request. A score of one's own is explained as it is, also by a method that explains
    the probability of a class unless it is told otherwise."""
    takes = any(param.name == "score" for param in method.params)
    return request.params if request.score is None or not takes else {"score": "logit", **request.params}


def _check_own_score(request: Request, method: MethodSpec, params: Params) -> None:
    """Raise InputError where a score of one's own cannot be explained this way."""
    if request.target is not None:
        raise InputError(
            f"target is {request.target!r}; a score of one's own takes no class, so None is accepted."
        )
    reason = why_not_scored(method, params)
    if reason:
        raise InputError(reason)


def _own_layer(handle: ModelHandle, net: nn.Module, method: MethodSpec) -> str | None:
    """The default layer that the method looks for itself; None is the network's. Raises InputError where it
    finds none, and notes that."""
    if method.default_layer is None:
        return None
    known = handle.ledger.default_layers
    if method.key not in known:
        try:
            known[method.key] = method.default_layer(net, handle.blank(), handle.layers)
        except InputError as error:
            handle.ledger.refused[method.key] = str(error)
            raise
    return known[method.key]
