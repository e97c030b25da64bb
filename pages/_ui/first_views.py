"""What each page asks for in its first view, for a picture and as the fields stand now: the very jobs that
the page runs, so that it finds what was made ahead."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any

import pandas as pd

import xai_core as xai
from xai_core.evaluation.evaluate import CENTRE, CHANCE, Plan
from xai_core.evaluation.predictions import Predictions
from xai_core.metrics import lime_study
from xai_core.metrics import localization_table as measured
from xai_core.types import Params

from . import state
from .concepts import effect, probing, units, without
from .localization import examples as localization
from .overview import choices as overview
from .overview import steps
from .results import answers, evaluations, jobs, maps, networks, pictures
from .results.flights import MEMORY, Job, Report
from .right_wrong import examples as right_wrong
from .sets import labelled, made_for
from .state.entries import Entry
from .state.shared import AUTO
from .state.subject import Subject
from .widgets import grid


def _maps(subject: Subject, requests: Sequence[xai.Request]) -> list[Job]:
    """The short maps together, as they share a pass, and each long one."""
    short = [request for request in requests if not xai.METHODS[request.method].long]
    long = [request for request in requests if request not in short]
    model, image = subject.model, subject.image

    def run(report: Report) -> object:
        return maps.attempt(model, image, short, report)

    key = ("ahead", subject.handle.identity, image.sha256, tuple(short))
    together = [Job(key, run, lambda: 0.0, kept=False)] if short else []
    return together + [maps.job(model, image, request) for request in long]


def _overview(subject: Subject) -> list[Job]:
    method, layer = overview.chosen(subject), state.get("layer") or None
    both = xai.METHODS[method].class_specific
    classes = (subject.target, subject.versus) if both else (subject.target,)
    params = {"relu": state.get("relu")}  # with settings of a link's own, nothing is found in memory
    shown = [grid.request(subject, method, layer, one.index, params) for one in classes]
    return [*_maps(subject, shown), *_next_steps(subject)]


def _next_steps(subject: Subject) -> list[Job]:
    """The maps in the pictures of what to try next: three layers, three methods, and a random head."""
    first = steps.trusted(subject)
    requests = dict.fromkeys([*steps.layers(subject), *steps.compared(subject), first])
    return [*_maps(subject, list(requests)), _random(subject, "head", [first])]


def _random(subject: Subject, part: str, requests: Sequence[xai.Request]) -> Job:
    """The same maps of the network with random weights, which is made first."""
    key, image = networks.random_key(subject.model, part), subject.image

    def run(report: Report) -> object:
        networks.handle(key)
        report.check()
        return maps.attempt(key, image, requests, report)

    name = ("ahead", subject.handle.identity, key, image.sha256, tuple(requests))
    return Job(name, run, lambda: 0.0, kept=False)


def _gallery(subject: Subject) -> list[Job]:
    suggested = tuple(spec.key for spec in subject.handle.layers if spec.suggested)[-3:]
    layers, methods = state.get("layers") or suggested, state.get("methods") or grid.DEFAULT_METHODS
    rows, columns = state.get("rows"), state.get("columns")
    signs = {"relu": state.get("relu"), "counterfactual": state.get("counterfactual")}
    variants = grid.VARIANTS if "variant" in (rows, columns) else {"": signs}
    both = state.get("both") or "class" in (rows, columns)
    values = grid.axis_values(subject, layers, methods, both, variants)
    return _maps(subject, grid.build(subject, values, rows, columns).flat())


def _compare(subject: Subject) -> list[Job]:
    return _maps(subject, [entry.request(subject) for entry in state.get("maps")])


def _lime(subject: Subject) -> list[Job]:
    lime, *cams = lime_study.requests(dict(state.get("lime").params), subject.target.index)
    return _maps(subject, [lime, *(cam.replace(layer=subject.handle.layer(None).key) for cam in cams)])


def _counterfactual(subject: Subject) -> list[Job]:
    """Of the question that is chosen; the last two take pictures apart and are not made ahead."""
    method, a, b = state.get("gradient_cam"), subject.target.index, subject.versus.index
    if state.get("question") == "contrast":
        plain = {"relu": False}
        wanted = [(a, plain), (b, plain), (a, plain | {"contrast": b})]
        layer = state.get("layer") or None
        return _maps(subject, [grid.request(subject, method, layer, *one) for one in wanted])
    suggested = tuple(spec.key for spec in subject.handle.layers if spec.suggested)[-2:]
    signs = [{"relu": state.get("relu"), "counterfactual": sign} for sign in (False, True)]
    layers = state.get("two_layers") or suggested
    requests = [
        grid.request(subject, method, layer, target, sign)
        for target in (a, b)
        for layer in layers
        for sign in signs
    ]
    return _maps(subject, requests) if state.get("question") == "maps" else []


def _adversarial(subject: Subject) -> list[Job]:
    """The attack, and then the maps before and after it, which cannot be named before it is done."""
    entry, towards = state.get("attack"), state.get("towards")
    wanted = None if towards == AUTO else towards
    first = jobs.attack(subject.model, subject.image, entry.method, entry.params, wanted, state.get("seed"))
    methods, model = state.get("attacked_maps"), subject.model

    def then(found: xai.AttackResult, report: Report) -> None:
        answers.classes(model, found.image)
        report.check()
        before = [grid.request(subject, method, None, found.label) for method in methods]
        after = [grid.request(subject, method, None, found.after.index) for method in methods]
        maps.attempt(model, subject.image, before, report)
        report.check()
        maps.attempt(model, found.image, [*before, *after], report)

    return [_followed(first, then, methods)]


def _followed(first: Job, then: Callable[[Any, Report], None], *key: Hashable) -> Job:
    """A job, and then what only its result can name."""

    def run(report: Report) -> object:
        found = MEMORY.get(first.key)
        if found is None:
            found = first.run(report)
        MEMORY.put(first.key, found)
        report.check()
        return then(found, report)

    return Job(("ahead", first.key, *key), run, lambda: 0.0, kept=False)


def _insertion(subject: Subject) -> list[Job]:
    requests = [entry.request(subject) for entry in state.get("curve_maps")]
    settings = [state.get(name) for name in ("superpixel", "hidden_by", "curve_score")]
    return [jobs.areas(subject.model, subject.image, requests, *settings)]


def _trust(subject: Subject) -> list[Job]:
    """The maps, and those of the network with random weights."""
    requests = [entry.request(subject) for entry in state.get("trust_maps")]
    return [*_maps(subject, requests), _random(subject, state.get("redrawn"), requests)]


def _right_wrong(subject: Subject) -> list[Job]:
    source = made_for.source(subject.model, "answers_of")
    if source in ("folder", "cifar10"):
        return []  # a folder may be anywhere, and CIFAR-10 not here
    data = pictures.dataset(source, subject.model, (), state.get("limit"))
    part = jobs.predictions(subject.model, data.spread(labelled.FIRST["right_wrong"]))
    entry, order = state.get("right_map"), (state.get("surest"), state.get("shown"))

    def then(found: Predictions, report: Report) -> None:
        """The maps of the pictures that the page shows."""
        for job in right_wrong.asked(subject, data, entry, found.table, *order)[1]:
            MEMORY.put(job.key, job.run(report))
            report.check()

    return [part, _followed(jobs.predictions(subject.model, data), then, subject.model, entry, order)]


def _localization(subject: Subject) -> list[Job]:
    source = made_for.source(subject.model, "boxes_of")
    if source == "folder":
        return []
    by_method: dict[str, Entry] = {entry.place: entry for entry in state.get("box_maps")}
    params = Params({name: Params(entry.params) for name, entry in by_method.items() if entry.params})
    plan = Plan((*by_method, CENTRE, CHANCE), measured.METRICS, params=params)
    data = pictures.dataset(source, subject.model, (), state.get("limit"))
    parts = (data.spread(labelled.FIRST["localization"]), data)
    part, whole = (evaluations.measured(subject.model, one, plan) for one in parts)
    number = min(state.get("box_map"), len(by_method) - 1)
    (name, entry), order = list(by_method.items())[number], state.get("sorted_by")
    share, tolerance = state.get("share"), state.get("tolerance")

    def then(rows: pd.DataFrame, report: Report) -> None:
        """The maps of the examples that the page shows."""
        table = measured.wide(rows)
        if table.empty:
            return
        found = measured.numbers(table, share, tolerance)
        best, worst = localization.ends(data, found[found["method"] == name], order)
        for example in (*best, *worst):
            job = localization.asked(subject, entry, example)
            MEMORY.put(job.key, job.run(report))
            report.check()

    return [part, _followed(whole, then, entry, order, share, tolerance)]


def _concepts(subject: Subject) -> list[Job]:
    """The named units of the pictures that are always here, and what the answer becomes without those that
    speak most."""
    if made_for.source(subject.model, "probing") == "folder" or state.get("part_of") != "effect":
        return []
    shown = probing.chosen(subject.model)
    if shown is None:
        return []
    named = units.named(subject.model, state.get("probed_layers"), shown)
    asked = state.get("unit_layer")

    def then(found: units.Units, report: Report) -> None:
        layers = units.with_maps(found)
        layer = asked if asked in layers else layers[-1]
        speaking = effect.speaking(subject, layer, found)
        report.check()
        effect.without_first(subject, layer, speaking)
        report.check()
        maps.attempt(subject.model, subject.image, [without.request(subject, layer)], report)

    return [_followed(named, then, subject.image.sha256, subject.target.index, asked)]


VIEWS: dict[str, Callable[[Subject], list[Job]]] = {
    "overview": _overview,
    "gallery": _gallery,
    "compare": _compare,
    "lime": _lime,
    "counterfactual": _counterfactual,
    "adversarial": _adversarial,
    "insertion": _insertion,
    "trust": _trust,
    "right_wrong": _right_wrong,
    "localization": _localization,
    "concepts": _concepts,
}
