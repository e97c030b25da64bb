"""What is fetched when a visitor asks for it: weights, and CIFAR-10."""

from __future__ import annotations

from pathlib import Path

from xai_core.datasets import cifar10
from xai_core.models import find_model, weights_file
from xai_core.models.weights import fetch_weights

from .flights import Job, Report


def weights(key: str) -> Job:
    """A model's weights. Gives the file; raises WeightsMissing."""
    spec = find_model(key)

    def run(report: Report) -> Path:
        return fetch_weights(spec, weights_file(spec), report.progress)

    return Job(("weights", key), run, lambda: 0.0, kept=False, unit="bytes")


def cifar() -> Job:
    """CIFAR-10. Gives its folder; raises InputError."""
    return Job(("cifar10",), lambda _: cifar10.fetched(), lambda: 0.0, kept=False)
