"""SpRAy's clusters against a literal derivation, and against CoRelAy where it is installed."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score, homogeneity_score

from xai_core.spuriosity import clusters
from xai_core.spuriosity.clusters import by_size, clustered, layout, spectrum, unit

from .made import blobs

CASES = [((40, 25, 12), 0), ((30, 30), 1), ((50, 20, 15, 8), 2)]


def literal(maps, neighbours, count):
    """The definitions of the module, step by step with loops and dense matrices: eigenvalues and labels."""
    points = [one.ravel() / np.sqrt((one.astype(float) ** 2).sum()) for one in maps.astype(float)]
    far = cdist(points, points)
    nearest = np.zeros((len(points), len(points)))
    for i, row in enumerate(far):
        row[i] = np.inf
        for j in np.argsort(row)[:neighbours]:
            nearest[i, j] = 1
    affinity = (nearest + nearest.T) / 2
    degree = affinity.sum(1)
    laplacian = np.eye(len(points)) - affinity / np.sqrt(np.outer(degree, degree))
    values, vectors = np.linalg.eigh(laplacian)
    rows = vectors[:, :count] / np.linalg.norm(vectors[:, :count], axis=1, keepdims=True)
    return values, KMeans(count, n_init=20, random_state=5).fit_predict(rows)


@pytest.mark.parametrize(("counts", "seed"), CASES)
def test_clusters_are_those_of_the_literal_derivation(counts, seed):
    maps, _ = blobs(counts, seed)
    found = clustered(maps, neighbours=8)
    values, labels = literal(maps, 8, found.count)
    np.testing.assert_allclose(found.eigenvalues, values[: len(found.eigenvalues)], atol=1e-8)
    gaps = np.diff(values[:9])
    assert found.count == 2 + int(np.argmax(gaps[1:]))
    assert adjusted_rand_score(found.labels, labels) == 1


@pytest.mark.peers
@pytest.mark.parametrize(("counts", "seed"), CASES)
def test_clusters_are_those_of_corelay(counts, seed):
    spectral = pytest.importorskip("corelay.pipeline.spectral", reason="corelay is not installed")
    from corelay.processor.affinity import SparseKNN
    from corelay.processor.clustering import KMeans as Means
    from corelay.processor.embedding import EigenDecomposition

    maps, _ = blobs(counts, seed)
    found = clustered(maps, neighbours=8)
    means = {"n_init": 10, "random_state": 0}  # CoRelAy's own starts once, from chance
    pipeline = spectral.SpectralClustering(
        affinity=SparseKNN(n_neighbors=8, symmetric=True),
        embedding=EigenDecomposition(n_eigval=found.count, which="LA", is_output=True),
        clustering=Means(n_clusters=found.count, kwargs=means, is_output=True),
    )
    (values, _), labels = pipeline(unit(maps))
    np.testing.assert_allclose(np.sort(values), found.eigenvalues[: found.count], atol=1e-6)
    assert adjusted_rand_score(found.labels, labels) == 1


def test_groups_that_are_apart_are_found():
    maps, of = blobs((40, 25, 12))
    found = clustered(maps)
    assert found.eigenvalues[:4] == pytest.approx([0, 0, 0, 0.13], abs=0.02), "three parts"
    assert homogeneity_score(of, found.labels) == pytest.approx(1), (
        "a part may be divided, and no cluster holds two"
    )
    assert np.bincount(found.labels)[0] == np.bincount(found.labels).max(), "the largest comes first"


def test_the_order_of_pictures_and_their_brightness_change_nothing():
    maps, _ = blobs((30, 14), seed=3)
    found = clustered(maps)
    order = np.random.default_rng(1).permutation(len(maps))
    again = clustered(maps[order] * 7)
    assert again.count == found.count
    assert adjusted_rand_score(again.labels, found.labels[order]) == 1


def test_many_pictures_have_the_same_spectrum_without_a_dense_matrix(monkeypatch):
    maps, _ = blobs((60, 40), seed=4, spread=3.0)
    exact, _ = spectrum(unit(maps), 8, 4)
    monkeypatch.setattr(clusters, "DENSE", 10)
    sparse, vectors = spectrum(unit(maps), 8, 4)
    np.testing.assert_allclose(sparse, exact, atol=1e-8)
    again, _ = spectrum(unit(maps), 8, 4)
    np.testing.assert_array_equal(again, sparse, "the same bytes")
    assert vectors.shape == (100, 4)


def test_few_maps_are_one_cluster():
    maps, _ = blobs((5,))
    found = clustered(maps)
    assert (found.count, found.labels.tolist()) == (1, [0] * 5)


def test_clusters_are_numbered_by_their_size():
    assert by_size(np.array([7, 2, 2, 5, 5, 2])).tolist() == [2, 0, 0, 1, 1, 0]


def test_the_layout_is_the_same_every_time():
    maps, _ = blobs((12, 10))
    first = layout(maps)
    assert first.shape == (22, 2)
    np.testing.assert_array_equal(first, layout(maps))
    assert layout(maps[:2]).tolist() == [[0, 0], [0, 0]]
