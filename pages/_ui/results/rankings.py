"""Rankings of methods, whose scores lie on the disk. A cancelled ranking continues where it stopped."""

from __future__ import annotations

import hashlib
from pathlib import Path

import streamlit as st

import xai_core as xai
from xai_core.datasets import Dataset, Example
from xai_core.datasets.unlabelled import SAMPLES, unlabelled
from xai_core.disk import writing
from xai_core.evaluation.plan import UNSEEING
from xai_core.evaluation.resumable_table import drop_damaged
from xai_core.inputs import shapes
from xai_core.metrics.case import SUPERPIXELS
from xai_core.metrics.qualities import QUALITIES
from xai_core.ranking.drawing import drawn
from xai_core.ranking.plan import Ranked
from xai_core.ranking.result import Ranking
from xai_core.ranking.running import RankProgress, rank

from ..state import visitors
from . import evaluations, maps, networks, pictures
from .flights import Job, Report
from .jobs import READING, seconds_per_pass

_CURVES = {"insertion", "deletion", "relevance_gain"}  # read from the same two curves
_INPUTS = {quality.key: quality.inputs for quality in QUALITIES} | {
    "fidelity": 2,
    "road": 8,  # four shares of the picture, most and least important first
    "infidelity": 101,
}
_MAPS = {quality.key: quality.maps for quality in QUALITIES} | {"max_sensitivity": 9}


def pictures_of(kind: str, named: str, made_for_shapes: bool) -> Dataset:
    """The sample pictures, drawn shapes for the networks that know these, or all pictures in a folder that a
    visitor named. Raises InputError also for what he may not look at."""
    if kind == "samples" and made_for_shapes:
        keys = [shapes.key_of(number, 1) for number in range(100)]
        return Dataset(SAMPLES, tuple(Example(key, key, "", ()) for key in keys))
    if kind == "samples":
        return _listed(SAMPLES)
    where = visitors.place(named)
    try:
        if visitors.leads_out(where):
            raise xai.InputError(f"The folder {named!r} has links that lead out of what visitors may name.")
        found = _listed(str(where))
    except xai.InputError as error:
        raise xai.InputError(visitors.without_root(str(error))) from None
    if not visitors.inside(Path(one.source) for one in found.examples):
        raise xai.InputError(f"The folder {named!r} names pictures that lie out of what visitors may name.")
    return found


@st.cache_resource(max_entries=8, ttl=600, show_spinner=False)
def _listed(source: str) -> Dataset:
    """The pictures there; a folder is listed again after ten minutes."""
    return unlabelled(source)


def ranked(model: str, data: Dataset, plan: Ranked) -> Job:
    """Methods ranked on these pictures. Gives a Ranking."""
    network = networks.handle(model)
    key = ("ranked", network.identity, data.fingerprint, plan)
    folder = evaluations.folder() / f"rank-{hashlib.sha256(repr(key).encode()).hexdigest()[:24]}"
    most = len(drawn(data, plan.seed, plan.budget).examples)

    def run(report: Report) -> Ranking:
        def told(p: RankProgress) -> None:
            report.progress(p.done, p.budget)

        with writing("Rankings", evaluations.FOLDER):
            _drop_damaged(folder)
            return rank(network, data, plan, folder, told, report.cancelled)

    def seconds(measured: bool = True) -> float:
        names = [name for name in dict.fromkeys(plan.rows) if name not in UNSEEING]
        requests = [plan.measured().request(name, 0) for name in names]
        first = pictures.example(data.examples[0])
        of_maps = maps.seconds_of(model, first, requests, measured)
        more = sum(_MAPS.get(metric, 0) for metric in plan.metrics)
        of_metrics = len(plan.rows) * inputs_of(plan.metrics) * seconds_per_pass(network)
        return most * ((1 + more) * of_maps + of_metrics + READING)

    return Job(key, run, seconds, unit="pictures", guess=lambda: seconds(measured=False))


def inputs_of(metrics: tuple[str, ...]) -> int:
    """How many inputs the metrics send through the network for one map at most."""
    curves = 2 * SUPERPIXELS**2 if _CURVES & set(metrics) else 0
    return curves + sum(_INPUTS.get(metric, 0) for metric in metrics if metric not in _CURVES)


def _drop_damaged(folder: Path) -> None:
    for file in folder.glob("*.parquet*"):
        drop_damaged(file.with_name(file.name.removesuffix(".parts")))
