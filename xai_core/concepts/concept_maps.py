"""Concept maps: the concepts of a layer, found in several pictures at once, and where each shows them.

`deep_feature_factorization` factorizes the places of the pictures, `craft` random crops of them, each
averaged over its places. Both then give every place of every picture its coefficients, the exact
non-negative least squares for the concepts found:

    maps[n, k, y, x] = U_k of A[n, :, y, x]

Collins et al., Deep Feature Factorization for Concept Discovery, ECCV 2018; Fel et al., CRAFT: Concept
Recursive Activation FacTorization for Explainability, CVPR 2023. CRAFT's recursion (concepts of a concept in
the layer before) is left out. Xplique's Craft adds a penalty on U, which the paper does not have; here there
is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..network.batches import Progress
from ..network.handle import ModelHandle
from ..types import ImageInput, InputError, IsCancelled, OnProgress
from .crops import Crop, random_crops
from .factorization import chance, coefficients, factorize, stability
from .positive import positive_layer, positive_maps

COUNT, CROPS, SIDE = 8, 12, 1 / 3
LEAST = 0.25  # of its largest value, from which on an example shows a concept


@dataclass(frozen=True, eq=False)
class ConceptMaps:
    """`basis` float64 (K, C), the concepts as directions of unit length; `maps` float32 (N, K, h, w), how
    much of each concept every place of every picture shows; `crops` and `shown` float64 (crops, K), how much
    each crop shows. Concepts are in the order of the sum of their maps, largest first.

    `explained`, `chance` and `stability` (K,) are those of `factorization`, over the rows that were
    factorized; `converged` says whether the descent came to rest."""

    layer: str
    basis: np.ndarray
    maps: np.ndarray
    crops: tuple[Crop, ...]
    shown: np.ndarray
    explained: float
    chance: float
    stability: np.ndarray
    converged: bool

    def top_crops(self, concept: int, count: int = 6) -> list[Crop]:
        """The crops that show a concept most, best first and at least a quarter as much as the first: one of
        each picture, then a second one of each, and so on."""
        values = self.shown[:, concept]
        seen: dict[int, int] = {}
        rounds = []
        for place in np.argsort(-values, kind="stable").tolist():
            if values[place] <= 0 or values[place] < LEAST * values.max():
                break
            of = self.crops[place].of
            seen[of] = seen.get(of, 0) + 1
            rounds.append((seen[of], place))
        best = [place for _, place in sorted(rounds, key=lambda one: one[0])]
        return [self.crops[place] for place in best[:count]]

    def exemplars(self, concept: int, count: int = 4) -> list[int]:
        """The numbers of the pictures that show a concept most at one place, best first and at least a
        quarter as much as the first."""
        peaks = self.maps[:, concept].max((1, 2))
        order = np.argsort(-peaks, kind="stable")[:count]
        return [int(place) for place in order if peaks[place] > 0 and peaks[place] >= LEAST * peaks.max()]


def deep_feature_factorization(
    handle: ModelHandle,
    images: Sequence[ImageInput],
    layer: str | None = None,
    concepts: int = COUNT,
    crops: int = CROPS,
    side: float = SIDE,
    seed: int = 0,
    progress: OnProgress | None = None,
    cancelled: IsCancelled | None = None,
) -> ConceptMaps:
    """Concepts of all places of the pictures; `layer` None is the last that is never negative. The crops are
    drawn for examples alone. Raises InputError for a layer with negative values, no picture, or a number of
    concepts that the activations do not allow."""
    return _found(handle, images, layer, concepts, crops, side, seed, (progress, cancelled), of_crops=False)


def craft(
    handle: ModelHandle,
    images: Sequence[ImageInput],
    layer: str | None = None,
    concepts: int = COUNT,
    crops: int = CROPS,
    side: float = SIDE,
    seed: int = 0,
    progress: OnProgress | None = None,
    cancelled: IsCancelled | None = None,
) -> ConceptMaps:
    """Concepts of `crops` random crops of each picture, whose sides are `side` of the picture's. Raises
    InputError as `deep_feature_factorization` does."""
    return _found(handle, images, layer, concepts, crops, side, seed, (progress, cancelled), of_crops=True)


def _found(
    handle: ModelHandle,
    images: Sequence[ImageInput],
    layer: str | None,
    concepts: int,
    crops: int,
    side: float,
    seed: int,
    told: tuple[OnProgress | None, IsCancelled | None],
    of_crops: bool,
) -> ConceptMaps:
    if not len(images):
        raise InputError("There is no picture to find concepts in; at least one is needed.")
    spec = positive_layer(handle, layer)
    images = list(images)
    cut = random_crops(handle, images, crops, side, seed)
    work = Progress(*told, total=len(images) + len(cut))
    inputs = [handle.preprocess(image) for image in [*images, *(crop.image for crop in cut)]]
    maps = positive_maps(handle, inputs, spec, work)
    whole, pooled = maps[: len(images)], maps[len(images) :].mean((2, 3), dtype=np.float64)
    places = whole.transpose(0, 2, 3, 1).reshape(-1, maps.shape[1])
    rows = pooled if of_crops else places
    found = factorize(rows, concepts, seed)
    work.check()
    weights = coefficients(places, found.basis)
    order = np.argsort(-weights.sum(0), kind="stable")
    basis = found.basis[order]
    by_place = weights[:, order].reshape(len(images), *maps.shape[2:], concepts)
    return ConceptMaps(
        spec.key,
        basis,
        by_place.transpose(0, 3, 1, 2).astype(np.float32),
        tuple(cut),
        coefficients(pooled, basis),
        found.explained,
        chance(rows, concepts, seed),
        stability(rows, basis),
        found.converged,
    )
