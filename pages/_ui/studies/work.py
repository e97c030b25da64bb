"""A study as a job. Its steps lie on the disk for all, since their keys name all that they depend on.
A job that was ended goes on where it was."""

from __future__ import annotations

import dataclasses
from functools import partial
from pathlib import Path

from xai_core.disk import folder_of, writing
from xai_core.studies import Recipe, runner
from xai_core.studies.needs import Setup, settle
from xai_core.studies.runner import Options, StudyProgress, StudyResult

from ..results import networks
from ..results.evaluations import prune
from ..results.flights import Job, Report
from ..results.jobs import seconds_per_pass

FOLDER = "XAI_CACHE_DIR"  # the variable that names the folder


def steps() -> Path:
    """Where the steps of all studies lie; it need not exist."""
    return folder_of(FOLDER) / "studies" / "steps"


def setups(recipe: Recipe) -> list[Setup]:
    """What each task runs with here."""
    return [settle(task) for task in recipe.tasks]


def of(recipe: Recipe) -> Job:
    """The study as it would run here now; gives a StudyResult that is light enough to be kept."""
    here = setups(recipe)
    key = ("study", recipe.key, tuple((one.model, one.pictures, one.examples) for one in here))
    return Job(
        key,
        lambda report: light(whole(recipe, report)),
        partial(_seconds, recipe),
        unit="steps",
        thing="steps",
    )


def whole(recipe: Recipe, report: Report | None = None) -> StudyResult:
    """The study with everything that its ZIP needs; steps that are kept are not computed."""
    told = report or Report()

    def progress(p: StudyProgress) -> None:
        told.progress(p.done, p.total)

    prune(steps().parent, steps())  # what nobody has computed anew for a month
    with writing("Studies", FOLDER):
        return runner.run(recipe, steps(), Options(), progress, told.cancelled, load=networks.handle)


def light(result: StudyResult) -> StudyResult:
    """The result without networks and arrays of steps: figures, tables, findings and sentences."""
    bare = [dataclasses.replace(task, bench=None, found={}) for task in result.tasks]
    return dataclasses.replace(result, tasks=tuple(bare))


def _seconds(recipe: Recipe) -> float:
    """About how long the steps that are not kept will take: counted passes times measured seconds a pass."""
    ready = runner.prepare(recipe, steps(), Options(), load=networks.handle)
    return sum(
        one.setup.task.passes(one.bench, step) * seconds_per_pass(one.bench.handle)
        for one in ready
        if one.bench is not None
        for step in one.lacking
    )
