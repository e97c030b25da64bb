"""Pictures and words in one space without a model of both: the embedded back end.

    e(x) = sum_{c in top T} p(c|x) s(name of c) / sum_{c in top T} p(c|x),   P = cos(e(x), s(t))

p are the probabilities of an ImageNet classifier, s the stored sentence embeddings (384 numbers), T = 10. It
knows only what ImageNet's class names say: colours, textures and materials barely, people hardly at all.
For the output layer of the same classifier it names a unit with the very words that made the embedding.

Norouzi, Mikolov, Bengio, Singer, Shlens, Frome, Corrado and Dean, Zero-Shot Learning by Convex Combination of
Semantic Embeddings, ICLR 2014."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np

from ..models import load_model
from ..network.handle import ModelHandle
from .layers import OUTPUT
from .record import Recorder
from .words import concepts, embeddings

TOP = 10


class Conse:
    """The back end over a classifier of the registry that has ImageNet's class names."""

    name = "conse"

    def __init__(self, model: str = "efficientnet_lite0", device: str = "auto"):
        self.handle = _loaded(model, device)
        self._names = embeddings(self.handle.labels)

    def words(self) -> list[str]:
        """The words that it names units with unless others are given."""
        return list(concepts())

    def shares(self, handle: ModelHandle) -> bool:
        """Whether the network under study is its own, so that one pass serves both."""
        return handle.identity == self.handle.identity

    def taker(self) -> Recorder:
        """What has to see the pictures."""
        return Recorder(self.handle, [OUTPUT])

    def images(self, arrays: Mapping[str, np.ndarray]) -> np.ndarray:
        """float32 (N, 384), rows of length 1, from the taker's arrays."""
        return conse(arrays[OUTPUT], self._names)

    def texts(self, words: Sequence[str]) -> np.ndarray:
        """float32 (M, 384), rows of length 1. Raises InputError for a word without a stored embedding."""
        return embeddings(words)


def conse(logits: np.ndarray, names: np.ndarray, top: int = TOP) -> np.ndarray:
    """Logits (N, C) and embeddings of the C class names (C, D) -> float32 (N, D), rows of length 1."""
    best = np.argsort(-logits, axis=1, kind="stable")[:, :top]
    chosen = np.take_along_axis(logits, best, 1).astype(np.float64)
    weights = np.exp(chosen - chosen[:, :1])  # every common factor goes when the row is made to length 1
    mixed = np.einsum("nt,ntd->nd", weights, names[best])
    return (mixed / np.linalg.norm(mixed, axis=1, keepdims=True)).astype(np.float32)


@lru_cache(maxsize=1)
def _loaded(model: str, device: str) -> ModelHandle:
    return load_model(model, device)
