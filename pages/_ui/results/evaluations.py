"""Evaluations over a dataset, kept on the disk. A cancelled evaluation continues where it stopped."""

from __future__ import annotations

import hashlib
import shutil
import time
from functools import cache
from pathlib import Path

import pandas as pd

import xai_core as xai
from xai_core.datasets import Dataset
from xai_core.disk import folder_of, writing
from xai_core.evaluation.evaluate import UNSEEING, Plan, evaluate
from xai_core.evaluation.resumable_table import drop_damaged

from . import maps, networks, pictures
from .flights import Job, Report
from .jobs import READING, seconds_per_pass

FOLDER = "XAI_CACHE_DIR"  # the variable that names the folder
KEPT_DAYS = 30  # evaluations that nobody has opened for so long are deleted


def measured(model: str, data: Dataset, plan: Plan) -> Job:
    """Maps over a dataset, measured: the rows of `evaluate`."""
    network = networks.handle(model)
    key = ("measured", network.identity, data.fingerprint, plan)
    file = folder() / f"{hashlib.sha256(repr(key).encode()).hexdigest()[:24]}.parquet"

    def run(report: Report) -> pd.DataFrame:
        with writing("Evaluations", FOLDER):
            drop_damaged(file)
            return evaluate(
                network, data, plan, file, lambda p: report.progress(p.done, p.total), report.cancelled
            )

    def seconds(measured: bool = True) -> float:
        if file.exists():
            return 0.0
        names = [name for name in plan.methods if name not in UNSEEING]
        requests = [plan.request(name, data.examples[0].target) for name in names]
        first = pictures.example(data.examples[0])
        one = maps.seconds_of(model, first, requests, measured)
        answer = 0.0 if requests else seconds_per_pass(network)  # else the maps' own pass gives it
        return len(data.examples) * (one + READING + answer)

    return Job(key, run, seconds, unit="pictures", guess=lambda: seconds(measured=False))


@cache
def folder() -> Path:
    """The folder of the evaluations; it need not exist. Each state of the code has its own, since other code
    may give other results. Old folders are deleted."""
    digest = hashlib.sha256()
    for file in sorted(Path(xai.__file__).parent.rglob("*.py")):
        digest.update(file.read_bytes())
    root = folder_of(FOLDER) / "evaluations"
    own = root / digest.hexdigest()[:12]
    prune(root, own)
    return own


def prune(root: Path, own: Path, now: float | None = None) -> None:
    """Delete what no run of this code can use any more: folders of other states of the code that have not
    been changed for KEPT_DAYS days, and in `own` the tables of that age."""
    oldest = (now or time.time()) - KEPT_DAYS * 86_400
    for place in [p for p in root.glob("*") if p != own] + list(own.glob("*")):
        try:
            if place.stat().st_mtime < oldest:
                shutil.rmtree(place) if place.is_dir() else place.unlink()
        except OSError:  # another process deletes it too, or uses it
            continue
