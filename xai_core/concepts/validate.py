"""How far names can be believed: numbers over a set of pictures.

    study(handle, images, ...)        a line for each layer: units, interpretable ones, distinct concepts
    output_layer(handle, images, ...) a line for each similarity: how right the names of the output layer are

The unit k of a classifier's output layer has a right name, that of class k. `exact` is the share of units
that are given it; `cosine` is the mean cosine between the sentence embeddings of the given and the right
name, the measure of the CLIP-Dissect paper. A back end that asks the same classifier (conse) has it easy
there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from ..network.handle import ModelHandle
from ..types import ImageInput, InputError, IsCancelled, OnProgress
from .chance import interpretable
from .layers import OUTPUT
from .naming import Backend, dissect
from .record import record
from .similarity import SIMILARITIES
from .words import embeddings


def study(table: pd.DataFrame) -> pd.DataFrame:
    """A table of `dissect` -> layer, units, interpretable, concepts (distinct among the interpretable),
    threshold."""
    passed = interpretable(table)
    lines = []
    for layer, rows in table.groupby("layer", sort=False):
        named = rows[passed[rows.index]]
        lines.append(
            {
                "layer": layer,
                "units": len(rows),
                "interpretable": len(named),
                "concepts": named["description"].nunique(),
                "threshold": table.attrs["thresholds"][layer],
            }
        )
    return pd.DataFrame(lines)


def output_layer(
    handle: ModelHandle,
    images: Iterable[ImageInput],
    backend: str | Backend = "conse",
    similarities: Sequence[str] = tuple(SIMILARITIES),
    concepts: Sequence[str] | None = None,
    progress: OnProgress | None = None,
    cancelled: IsCancelled | None = None,
) -> pd.DataFrame:
    """similarity, exact, cosine, units, over all classes, and exact_seen, cosine_seen over the classes that
    are the network's answer to at least one picture. Raises InputError where a class name has no
    embedding."""
    names = [label.lower() for label in handle.labels]
    right = embeddings(names)
    seen = answers(handle, images, progress, cancelled)
    lines = []
    for similarity in similarities:
        table = dissect(handle, images, [OUTPUT], backend, similarity, concepts, cancelled=cancelled)
        given = table["description"].tolist()
        same = np.array([a == b for a, b in zip(given, names, strict=True)])
        known = np.array([bool(word) for word in given])
        close = np.zeros(len(given))
        close[known] = (embeddings([word for word in given if word]) * right[known]).sum(1)
        lines.append(
            {
                "similarity": similarity,
                "exact": same.mean(),
                "cosine": close.mean(),
                "units": len(names),
                "exact_seen": same[seen].mean(),
                "cosine_seen": close[seen].mean(),
                "seen": len(seen),
            }
        )
    return pd.DataFrame(lines)


def answers(
    handle: ModelHandle,
    images: Iterable[ImageInput],
    progress: OnProgress | None = None,
    cancelled: IsCancelled | None = None,
) -> np.ndarray:
    """The classes, each once, that are the network's answer to some picture."""
    if iter(images) is images:
        raise InputError("The set can be walked over only once; a list or a ProbingSet is needed.")
    found = record(handle, images, [OUTPUT], progress=progress, cancelled=cancelled)
    return np.unique(found.values[OUTPUT].argmax(1))
