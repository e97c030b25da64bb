"""A check as a job. What it measures lies on the disk, so one that was cancelled goes on where it was."""

from __future__ import annotations

import hashlib

from xai_core.datasets import Dataset
from xai_core.disk import writing
from xai_core.evaluation.resumable_table import drop_damaged
from xai_core.testing import KINDS, Check, Result, run
from xai_core.testing.gate import PICTURES
from xai_core.testing.running import prepare

from ..results import evaluations, maps, networks, pictures
from ..results.flights import Job, Report
from ..results.jobs import READING, seconds_per_pass


def of(model: str, data: Dataset, check: Check) -> Job:
    """Runs a check over a data set until its verdict is settled. Gives a Result. Raises InputError where the
    check cannot be run."""
    network = networks.handle(model)
    units = prepare(network, data, check)
    key = ("check", network.identity, data.fingerprint, check)

    def work(report: Report) -> Result:
        file = evaluations.folder() / f"{hashlib.sha256(repr(key).encode()).hexdigest()[:24]}.parquet"
        with writing("Evaluations", evaluations.FOLDER):
            file.parent.mkdir(parents=True, exist_ok=True)
            drop_damaged(file)
            return run(network, data, check, file, progress=report.progress, cancelled=report.cancelled)

    def seconds(measured: bool = True) -> float:
        """What it takes if the verdict needs every picture."""
        kind, first = KINDS[check.kind], units.examples[0]
        request = check.request(first.target if first.targets else None)
        one = maps.seconds_of(model, pictures.example(first), [request], measured)
        passes = (1 + kind.inputs) * seconds_per_pass(network)
        return 2 * PICTURES * one + len(units.examples) * ((1 + kind.maps) * one + passes + READING)

    return Job(key, work, seconds, unit="pictures", guess=lambda: seconds(measured=False))
