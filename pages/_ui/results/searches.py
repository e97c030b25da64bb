"""Searches for shortcuts, kept on the disk. A cancelled search goes on where it stopped."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

from xai_core.datasets import Dataset
from xai_core.disk import writing
from xai_core.evaluation.resumable_table import drop_damaged
from xai_core.spuriosity import Findings, Search, find
from xai_core.spuriosity.clusters import layout
from xai_core.spuriosity.find import trials_file

from . import evaluations, maps, networks, pictures
from .flights import Job, Report
from .jobs import READING, seconds_per_pass

CLUSTERS = 4  # of a class, about as many as a search tries
EDITING = 0.006  # seconds to change a picture and bring it onto the grid


@dataclass(frozen=True, eq=False)
class Searched:
    """What was found, and for each class its maps laid out in the plane, float32 (n, 2)."""

    findings: Findings
    layouts: tuple[np.ndarray, ...]


def found(model: str, data: Dataset, search: Search) -> Job:
    """A search over a data set. Gives Searched; raises InputError."""
    network = networks.handle(model)
    search.check(network)
    key = ("searched", network.identity, data.fingerprint, search)
    file = evaluations.folder() / f"{hashlib.sha256(repr(key).encode()).hexdigest()[:24]}.parquet"

    def run(report: Report) -> Searched:
        with writing("Searches", evaluations.FOLDER):
            for one in (file, trials_file(file), trials_file(file, "affected")):
                drop_damaged(one)
            made = find(
                network, data, search, file, lambda s: report.progress(s.done, s.total), report.cancelled
            )
        return Searched(made, tuple(layout(one.maps, search.seed) for one in made.classes))

    def seconds(measured: bool = True) -> float:
        if file.exists():
            return 0.0
        counts: dict[str, int] = {}
        for example in data.examples:
            counts[example.label] = counts.get(example.label, 0) + 1
        classes = sum(count >= search.least for count in counts.values())
        first = pictures.example(data.examples[0])
        one = maps.seconds_of(model, first, [search.request(data.examples[0].target)], measured)
        passes = search.pictures * (3 + search.controls) + search.receivers * 4
        tried = classes * CLUSTERS * passes * (seconds_per_pass(network) + EDITING)
        return len(data.examples) * (one + READING) + tried

    return Job(key, run, seconds, unit="pieces", guess=lambda: seconds(measured=False))
