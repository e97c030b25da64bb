"""Layers and classes by what a person writes: the layer of a key, the class index of a number."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from ..types import InputError, LayerSpec


def find_layer(
    key: str | None, layers: Sequence[LayerSpec], modules: Collection[str], model: str
) -> LayerSpec:
    """The layer of that key; None is the last suggested one. `features_29` is accepted for `features.29`.

    `modules` holds the paths of all modules of `model`. Raises InputError for an unknown layer, or one whose
    output has no spatial map."""
    for layer in layers:  # first the common case: a gallery asks for hundreds of layers
        if layer.key == key:
            return layer
    suggested = [layer for layer in layers if layer.suggested]
    if key is None:
        if not suggested:
            raise InputError(
                f"{model} has no layer with a spatial map, so class activation maps do not apply to it."
            )
        return suggested[-1]
    found = {layer.key.replace(".", "_"): layer for layer in layers}.get(key)
    if found is not None:
        return found
    choices = ", ".join(layer.key for layer in suggested)
    if key in modules:
        raise InputError(
            f"Layer {key!r} of {model} has no spatial map (height x width) in its output; try {choices}."
        )
    raise InputError(f"{model} has no layer {key!r}; it has {len(layers)}, for example {choices}.")


def unread_note(layers: Sequence[LayerSpec]) -> str:
    """Why layers behind the default one say nothing of the picture: a sentence, or "" where there are
    none."""
    home = next((number for number in reversed(range(len(layers))) if layers[number].suggested), None)
    if home is None or not layers[home].prefix or all(layer.reached for layer in layers[home:]):
        return ""
    layer = layers[home]
    front = "the class token reaches" if layer.prefix == 1 else f"the first {layer.prefix} tokens reach"
    return f"Behind {layer.key} only {front} the answer, so no gradient arrives at the patches there."


def class_index(value: object, classes: int, model: str, name: str = "target") -> int:
    """`value` as a class index of a model with so many classes. Raises InputError if it is none."""
    if isinstance(value, (int, np.integer)) and not isinstance(value, bool) and 0 <= value < classes:
        return int(value)
    if not classes:
        raise InputError(f"{name} is {value!r}, and {model} has no classes.")
    raise InputError(f"{name} is {value!r}; {model} accepts a whole number from 0 to {classes - 1}.")
