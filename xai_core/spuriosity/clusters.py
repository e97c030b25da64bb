"""The second stage: spectral clustering of the maps of a class, cut at the eigengap (SpRAy).

    A   = (K + K^T) / 2,   K_ij = 1 where map j is one of the k nearest of map i (Euclidean)
    L   = 1 - D^-1/2 A D^-1/2,   D_ii = sum_j A_ij;   0 <= l_1 <= l_2 <= ... its eigenvalues
    K*  = the k in 2 ... most_clusters with the largest l_(k+1) - l_k
    the rows of the first K* eigenvectors, each with the length 1, are clustered by k-means

Every map is given the length 1 first. Memory grows with n k and not with n^2 but below DENSE pictures.

Lapuschkin et al., Nature Communications 2019; Ng, Jordan and Weiss, On spectral clustering, NIPS 2001; von
Luxburg, A tutorial on spectral clustering, Statistics and Computing 2007."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..arrays import read_only

DENSE = 800  # maps up to which all eigenvalues are computed exactly
LEAST = 6  # maps that can be clustered


@dataclass(frozen=True, eq=False)
class Clusters:
    """`labels` int (n,): the cluster of each map, 0 the largest; `eigenvalues` float64 (m,), the smallest of
    the Laplacian, in order; `count` clusters, after as many of which the gap is the largest."""

    labels: np.ndarray
    eigenvalues: np.ndarray
    count: int


def unit(maps: np.ndarray) -> np.ndarray:
    """float64 (n, d): maps (n, ...) with the Euclidean length 1; a map of zeros stays."""
    flat = maps.reshape(len(maps), -1).astype(np.float64)
    length = np.linalg.norm(flat, axis=1, keepdims=True)
    return flat / np.where(length > 0, length, 1)


def similarity(points: np.ndarray, neighbours: int) -> Any:
    """The normalised affinity D^-1/2 A D^-1/2 of points (n, d), a sparse matrix (n, n)."""
    from scipy.sparse import diags
    from sklearn.neighbors import NearestNeighbors

    nearest = NearestNeighbors(n_neighbors=min(neighbours, len(points) - 1), algorithm="brute").fit(points)
    directed = nearest.kneighbors_graph(mode="connectivity")
    affinity = (directed + directed.T) / 2
    scale = diags(np.asarray(affinity.sum(1)).ravel() ** -0.5)
    return scale @ affinity @ scale


def spectrum(points: np.ndarray, neighbours: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The `count` smallest eigenvalues of the Laplacian, (count,), and their vectors, (n, count)."""
    near = similarity(points, neighbours)
    if len(points) <= DENSE:
        from scipy.linalg import eigh

        values, vectors = eigh(near.toarray(), subset_by_index=(len(points) - count, len(points) - 1))
    else:
        from scipy.sparse.linalg import eigsh

        start = np.random.default_rng(0).normal(size=len(points))  # else it is drawn anew in every process
        values, vectors = eigsh(near, k=count, which="LA", v0=start)
    order = np.argsort(-values, kind="stable")
    return np.maximum(1 - values[order], 0), vectors[:, order]


def clustered(maps: np.ndarray, neighbours: int = 10, most: int = 8, seed: int = 0) -> Clusters:
    """The clusters of maps (n, ...). With fewer than LEAST maps all are one cluster."""
    count = len(maps)
    if count < LEAST:
        return Clusters(read_only(np.zeros(count, int)), read_only(np.zeros(0)), 1)
    values, vectors = spectrum(unit(maps), neighbours, min(most + 1, count - 1))
    chosen = 2 + int(np.argmax(np.diff(values)[1:]))
    return Clusters(read_only(by_size(_means(vectors[:, :chosen], chosen, seed))), read_only(values), chosen)


def _means(vectors: np.ndarray, count: int, seed: int) -> np.ndarray:
    from sklearn.cluster import KMeans

    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    rows = vectors / np.where(length > 0, length, 1)
    return KMeans(count, n_init=10, random_state=seed).fit_predict(rows)


def by_size(labels: np.ndarray) -> np.ndarray:
    """The same clusters, numbered from the largest; ties by their first member."""
    names, first, counts = np.unique(labels, return_index=True, return_counts=True)
    order = np.lexsort((first, -counts))
    rank = {int(names[place]): number for number, place in enumerate(order)}
    return np.array([rank[int(name)] for name in labels], int)


def layout(maps: np.ndarray, seed: int = 0) -> np.ndarray:
    """float32 (n, 2): the maps laid out in the plane by t-SNE, for the eye alone; no verdict depends on it.

    Van der Maaten and Hinton, Visualizing data using t-SNE, JMLR 2008."""
    from sklearn.manifold import TSNE

    if len(maps) < 3:
        return np.zeros((len(maps), 2), np.float32)
    perplexity = min(30.0, (len(maps) - 1) / 3)
    made = TSNE(perplexity=perplexity, init="pca", random_state=seed).fit_transform(unit(maps))
    return np.asarray(made, np.float32)
