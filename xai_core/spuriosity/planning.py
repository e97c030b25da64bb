"""Which trials are made of each cluster: drawn from the seed, so that the same maps give the same trials."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..arrays import read_only
from ..datasets import Dataset
from .clusters import Clusters, clustered
from .regions import Place, best, common, elsewhere, share, sums
from .search import GRID, Search
from .trials import OUT, PASTE, Trial

FEWEST = 3  # pictures of a cluster, and ordinary ones, that an interval needs


@dataclass(frozen=True, eq=False)
class ClassMaps:
    """The pictures of a class that have a map: `numbers` (n,) in the data set, `maps` float32 (n, GRID,
    GRID), `correct` bool (n,), and their clusters."""

    label: str
    target: int
    numbers: np.ndarray
    maps: np.ndarray
    correct: np.ndarray
    clusters: Clusters


@dataclass(frozen=True)
class Cluster:
    """A cluster: its `number` among all of the search, the place of its class, its `rank` in the class (0 is
    the largest), its region, and how much of the maps lies there, inside the cluster and outside."""

    number: int
    of: int
    rank: int
    size: int
    place: Place
    share_inside: float
    share_outside: float


def classes_of(maps: pd.DataFrame, search: Search) -> tuple[ClassMaps, ...]:
    """The classes of the table of maps that have `least` pictures, by name, each clustered."""
    found = []
    for label, rows in maps.groupby("label", sort=True):
        if search.labels and label not in search.labels:
            continue
        grids = np.stack([np.asarray(one, np.float32) for one in rows["map"]]).reshape(-1, GRID, GRID)
        seen = grids.any((1, 2))
        if seen.sum() < search.least:
            continue
        target = int(rows["target"].iloc[0])
        made = clustered(grids[seen], search.neighbours, search.most_clusters, search.seed)
        numbers, correct = (rows[name].to_numpy()[seen] for name in ("number", "correct"))
        own, right = read_only(numbers.astype(int)), read_only(correct.astype(bool))
        found.append(ClassMaps(str(label), target, own, read_only(grids[seen]), right, made))
    return tuple(found)


def clusters_of(classes: tuple[ClassMaps, ...], search: Search) -> tuple[Cluster, ...]:
    """The clusters of all classes that can be tried: at least FEWEST pictures inside and outside."""
    found: list[Cluster] = []
    for place, one in enumerate(classes):
        for rank in range(one.clusters.count):
            inside = one.clusters.labels == rank
            if inside.sum() < FEWEST or (~inside).sum() < FEWEST:
                continue
            region = common(one.maps, inside, search.cells)
            within = share(one.maps, region)
            facts = (int(inside.sum()), region, float(within[inside].mean()), float(within[~inside].mean()))
            found.append(Cluster(len(found), place, rank, *facts))
    return tuple(found)


def trials_of(
    cluster: Cluster, one: ClassMaps, maps: pd.DataFrame, dataset: Dataset, search: Search
) -> list[Trial]:
    """Region out of typical pictures of the cluster, and pasted into pictures that are of another class and
    answered so."""
    random = np.random.default_rng((search.seed, one.target, cluster.rank))
    inside = one.clusters.labels == cluster.rank
    members = random.permutation(one.numbers[typical_of(one, inside, cluster.place)])[: search.pictures]
    ordinary = random.permutation(ordinary_of(one, inside, cluster.place))
    strangers = maps[(maps["label"] != one.label) & (maps["target"] != one.target)]
    receivers = random.permutation(strangers.loc[strangers["predicted"] != one.target, "number"].to_numpy())
    found = [out_trial(cluster, one, int(number), dataset, search) for number in members]
    for turn, number in enumerate(receivers[: search.receivers]):
        donor = dataset.examples[int(members[turn % len(members)])]
        at = int(ordinary[turn % len(ordinary)])
        own = best(one.maps[at], search.cells)
        found.append(
            Trial(
                cluster.number,
                PASTE,
                int(number),
                dataset.examples[int(number)],
                one.target,
                cluster.place,
                elsewhere(cluster.place, 1, random),
                donor,
                (dataset.examples[int(one.numbers[at])], own),
            )
        )
    return found


def out_trial(cluster: Cluster, one: ClassMaps, number: int, dataset: Dataset, search: Search) -> Trial:
    """The region out of one picture; its controls follow from the picture's number and the cluster."""
    random = np.random.default_rng((search.seed, cluster.number, number))
    example = dataset.examples[number]
    places = elsewhere(cluster.place, search.controls, random)
    return Trial(cluster.number, OUT, number, example, one.target, cluster.place, places, example)


def typical_of(one: ClassMaps, inside: np.ndarray, place: Place) -> np.ndarray:
    """int (m,): places in the class of the half of a cluster whose maps lie most in its region: a cluster may
    hold others too."""
    return _half(np.flatnonzero(inside), -share(one.maps, place))


def ordinary_of(one: ClassMaps, inside: np.ndarray, place: Place) -> np.ndarray:
    """int (m,): places in the class of the ordinary pictures. Of the half outside the cluster whose maps lie
    least in the region, the half whose maps lie most in their own best part: chosen as the typical ones
    are, so that neither side has the stronger maps."""
    least = _half(np.flatnonzero(~inside), share(one.maps, place))
    return _half(least, -sums(one.maps, place.cells).max((1, 2)))


def _half(places: np.ndarray, values: np.ndarray) -> np.ndarray:
    """The half of the places with the smallest values, at least FEWEST."""
    order = np.argsort(values[places], kind="stable")
    return places[order[: max(FEWEST, len(places) // 2)]]


def like_it(cluster: Cluster, one: ClassMaps) -> np.ndarray:
    """int (m,): the numbers of all pictures of the class that may be affected: those of the cluster, and
    those whose maps lie in the region at least half as much as those of its typical pictures do."""
    inside = one.clusters.labels == cluster.rank
    within = share(one.maps, cluster.place)
    typical = typical_of(one, inside, cluster.place)
    return one.numbers[inside | (within >= np.median(within[typical]) / 2)]
