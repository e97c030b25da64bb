"""Whether a method can be used with a network, and if not, why: the one place that answers this."""

from __future__ import annotations

from ..methods import METHODS, find_method
from ..network.handle import ModelHandle
from ..types import InputError

_WORDS = {
    "attention": "attention",
    "convolution": "convolutions that mix neighbouring places",
    "pooling": "a classifier that reads an average over all places",
}


def why_not(handle: ModelHandle, method: str) -> str:
    """Why the method cannot be used with this network, in a sentence; "" where nothing is known against it.

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
    return handle.ledger.refused.get(spec.key, "")


def usable(handle: ModelHandle) -> tuple[str, ...]:
    """The keys of the methods that can be used with this network, in the order of the registry."""
    return tuple(key for key in METHODS if not why_not(handle, key))
