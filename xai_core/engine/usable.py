"""Whether a method can be used with a network, and if not, why: the one place that answers this."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..methods import METHODS, MethodSpec, find_method
from ..methods._spec import CLASSES
from ..network.handle import ModelHandle
from ..parameters import Param
from ..types import InputError

_WORDS = {
    CLASSES: "the logits of several classes",
    "attention": "attention",
    "convolution": "convolutions that mix neighbouring places",
    "pooling": "a classifier that reads an average over all places",
}


def why_not(handle: ModelHandle, method: str, **params: Any) -> str:
    """Why the method, with these parameters, cannot be used with this network, in a sentence; "" where
    nothing is known against it. Parameters that are not given stand for values that any network takes.

    Runs no network and waits for nobody. What shows only when the method is run (no global pooling in front
    of the classifier, for instance) is known from then on. Raises InputError for an unknown method."""
    spec = find_method(method)
    if not handle.labels:
        reason = why_not_scored(spec, params)
        if reason:
            return reason
    for need in spec.needs:
        if need != CLASSES and handle.traits is not None and need not in handle.traits:
            return f"{spec.label} needs {_WORDS[need]}, which {handle.key} does not have."
    if (spec.layered or spec.own_layers is not None) and not handle.layers:
        try:
            handle.layer(None)
        except InputError as error:
            return str(error)
    if spec.key in handle.ledger.refused:
        return handle.ledger.refused[spec.key]
    return next(filter(None, (_why_not_so(handle, p, params.get(p.name)) for p in spec.params)), "")


def _why_not_so(handle: ModelHandle, param: Param, value: Any) -> str:
    """Why a parameter cannot have that value with this network."""
    for choice, need in param.needs:
        if choice != value or need == CLASSES or handle.traits is None or need in handle.traits:
            continue
        if need == "patches":
            return (
                f"{param.name}={value!r} needs patches, and {handle.key} does not cut its input into patches "
                "that stay tokens."
            )
        return f"{param.name}={value!r} needs {_WORDS[need]}, which {handle.key} does not have."
    return handle.ledger.refused.get(choice_key(param.name, value), "") if param.needs else ""


def why_not_scored(spec: MethodSpec, params: Mapping[str, Any]) -> str:
    """Why the method, with these parameters, cannot explain a score of one's own, in a sentence; "" where it
    can. The complete parameters, or some of them."""
    needs = [(spec.label, need) for need in spec.needs]
    needs += [
        (f"{p.name}={choice!r} of {spec.key}", need)
        for p in spec.params
        for choice, need in p.needs
        if params.get(p.name) == choice
    ]
    for what, need in needs:
        if need == CLASSES:
            return f"{what} needs {_WORDS[need]}, which a score of one's own does not have."
    if params.get("contrast") is not None:
        return f"contrast is {params['contrast']}; a score of one's own has no class to contrast with."
    if params.get("score") == "probability":
        return "score is 'probability'; a score of one's own has none, so 'logit' is accepted alone."
    return ""


def choice_key(name: str, value: Any) -> str:
    """Under what the ledger of a network keeps why it refuses this value of a parameter."""
    return f"{name}={value}"


def usable(handle: ModelHandle) -> tuple[str, ...]:
    """The keys of the methods that can be used with this network, in the order of the registry."""
    return tuple(key for key in METHODS if not why_not(handle, key))
