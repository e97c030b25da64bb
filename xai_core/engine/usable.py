"""Whether a method can be used with a network, and if not, why: the one place that answers this."""

from __future__ import annotations

from typing import Any

from ..methods import METHODS, find_method
from ..network.handle import ModelHandle
from ..parameters import Param
from ..types import InputError

_WORDS = {
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
    for need in spec.needs:
        if handle.traits is not None and need not in handle.traits:
            return f"{spec.label} needs {_WORDS[need]}, which {handle.key} does not have."
    if spec.layered and not handle.layers:
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
        if choice != value or handle.traits is None or need in handle.traits:
            continue
        if need == "patches":
            return (
                f"{param.name}={value!r} needs patches, and {handle.key} does not cut its input into patches "
                "that stay tokens."
            )
        return f"{param.name}={value!r} needs {_WORDS[need]}, which {handle.key} does not have."
    return handle.ledger.refused.get(choice_key(param.name, value), "") if param.needs else ""


def choice_key(name: str, value: Any) -> str:
    """Under what the ledger of a network keeps why it refuses this value of a parameter."""
    return f"{name}={value}"


def usable(handle: ModelHandle) -> tuple[str, ...]:
    """The keys of the methods that can be used with this network, in the order of the registry."""
    return tuple(key for key in METHODS if not why_not(handle, key))
