"""Task 4: do people trust the more accurate of two networks, when they see nothing but maps?

    score   -2 (the less accurate network seems clearly more reliable) ... 2 (the more accurate one does)

The task makes a trust study of the pictures that both networks get right, and takes its answers as soon as
people have given some. They are part of the step's name, so that a report can be computed again elsewhere.

Selvaraju et al., Grad-CAM, ICCV 2017, section 5.2."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from ...engine.explain import explain_many, predict
from ...inputs.images import to_png
from ...methods import METHODS
from ...models import find_model, load_model
from ...types import InputError, Params, Request
from .._recipe import ALL, Ask, Bench, Found, Published, StandIn, Step, Task, Values
from ..drawing import map_tile
from ..outcome import Figure, Outcome, Table, Tile
from . import people
from ._shared import ILSVRC, LITE0, SHIPPED, asks, right_of
from .scores import table_of

if TYPE_CHECKING:
    from ...trust_study import Study

MADE, GIVEN = "pictures, ", "answers "
TITLE = "Which network would you trust? (DD2412)"
_rival = lru_cache(maxsize=2)(load_model)


def steps(bench: Bench) -> tuple[Step, ...]:
    """The pictures that both networks get right, and the answers where there are some."""
    given = people.answers(_name(bench))
    made = Step(ALL, MADE + _identity(bench))
    return (made, Step(ALL, GIVEN + given)) if given else (made,)


def compute(bench: Bench, step: Step) -> Values:
    """What a step keeps: the pictures, or the answers that its name holds."""
    if step.part.startswith(GIVEN):
        return people.read(step.part.removeprefix(GIVEN))
    if step.part != MADE + _identity(bench):
        raise InputError(f"The weights of {bench['rival']} here are not those of the step.")
    return _pictures(bench)


def _pictures(bench: Bench) -> Values:
    """The pictures about which both networks are right, with the class that is explained, and of the first of
    them the maps of both networks."""
    from ...trust_study import eligible

    rival, kept = _rival(bench["rival"]), []
    for number in range(len(bench.examples)):
        image, right = bench.image(number), right_of(bench, number)
        if right:
            count = len(bench.handle.labels)
            both = predict(bench.handle, image, count), predict(rival, image, len(rival.labels))
            picture = eligible(both, image.sha256, bench.examples[number].name, right)
            if picture is not None:
                kept.append((number, picture.target))
    values: dict[str, np.ndarray] = {"kept": np.array(kept, int).reshape(-1, 2)}
    for number, target in kept[:1]:
        for place, handle in enumerate((bench.handle, rival)):
            requests = [Request(method, target) for method in bench["methods"]]
            maps = explain_many(handle, bench.image(number), requests, cancelled=bench.cancelled)
            values |= {f"{place}, {e.method}": e.heatmap for e in maps}
            values[f"{place}, view"] = handle.view(bench.image(number))
    return values


def conclude(bench: Bench, found: Found) -> Outcome:
    """One of the questions, and what people said; where nobody has said anything, what is missing."""
    values = next(v for step, v in found.items() if step.part.startswith(MADE))
    given = next((v for step, v in found.items() if step.part.startswith(GIVEN)), None)
    if not len(values["kept"]):
        return Outcome(notes=("There is no picture about which both networks are right: no study is made.",))
    study, figure = _study(bench, values), _figure(bench, values)
    if given is None:
        return Outcome((figure,), notes=_missing(bench, study, values))
    rows, estimates = table_of(study, given)
    caption = "Scores from −2 to 2, positive for the more accurate network, with 95 % intervals over people."
    columns = ("judged by", "mean", "from", "to", "people", "answers")
    return Outcome((figure, Table("scores", caption, columns, rows)), estimates)


def _missing(bench: Bench, study: Study, values: Values) -> tuple[str, ...]:
    """That nobody has answered, and how people do; the study is made, but not where an export is computed
    again."""
    said = "Nobody has answered yet, so that there is no result."
    if bench.replayed:
        return (said,)
    images = {bench.image(int(n)).sha256: bench.image(int(n)) for n, _ in values["kept"]}
    key = people.made(_name(bench), study, {sha: to_png(image) for sha, image in images.items()})
    return (
        f"{said} The study is made: people answer its {study.count} questions on the page Trust study, at "
        f"/study?take={key} of this app. Do this task again when they have; the answers are then taken.",
    )


def _study(bench: Bench, values: Values) -> Study:
    """The study, the same for the same pictures and networks."""
    from ...trust_study import Picture, Study

    labels = bench.handle.labels
    pictures = tuple(
        Picture(bench.image(int(n)).sha256, bench.examples[int(n)].name, int(target), labels[int(target)])
        for n, target in values["kept"]
    )
    models = (bench.handle.key, bench["rival"])
    return Study(TITLE, models, bench["accuracy"], bench["methods"], pictures, bench["count"], created=0.0)


def _figure(bench: Bench, values: Values) -> Figure:
    """The first picture as people see it, here with the names of the networks."""
    number, target = map(int, values["kept"][0])
    names = [find_model(key).label for key in (bench.handle.key, bench["rival"])]
    tiles = [Tile(values["0, view"], bench.handle.labels[target])]
    for method in bench["methods"]:
        for place, name in enumerate(names):
            label = f"{METHODS[method].label}, {name}"
            tiles.append(map_tile(values[f"{place}, view"], values[f"{place}, {method}"], label))
    caption = (
        f"{bench.examples[number].name} by both maps and both networks. People see a pair at a time, without "
        "the names."
    )
    return Figure("question", caption, tuple(tiles), across=5)


def _name(bench: Bench) -> str:
    """Under what the study is kept: 16 hexadecimal digits of the networks, the pictures and the settings."""
    pictures = [bench.image(number).sha256 for number in range(len(bench.examples))]
    facts = (bench.handle.identity, _identity(bench), pictures, repr(bench.parameters))
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]


def _identity(bench: Bench) -> str:
    """12 hexadecimal digits of the second network."""
    return hashlib.sha256(_rival(bench["rival"]).identity.encode()).hexdigest()[:12]


def _favoured(method: str, said: str) -> Published:
    name = METHODS[method].label
    return Published(
        method, f"Judging by {name}, people favour the more accurate network.", "above", said=said
    )


TASK = Task(
    "4",
    "Trust",
    "People see two maps of one picture, one of each network and without its name, and say which network "
    "seems more reliable. Both networks are right about every picture.",
    asks(
        Ask("vgg16", Params({"rival": "alexnet", "accuracy": (0.71592, 0.56522)})),
        ILSVRC,
        methods=("guided_grad_cam", "guided_backprop"),
        count=8,
    ),
    StandIn(
        Ask(LITE0.key, Params({"rival": "efficientnet_lite2", "accuracy": (0.883, 0.905)})), SHIPPED.pictures
    ),
    steps,
    compute,
    conclude,
    "rival = xai.load_model(parameters['rival'])\n"
    "target = xai.predict(handle, image, 1)[0].index\n"
    "for network in (handle, rival):\n"
    "    xai.explain(network, image, 'guided_grad_cam', target)",
    (
        _favoured("guided_grad_cam", "1.27; re-examined 0.271"),
        _favoured("guided_backprop", "1.00; re-examined 0.436"),
        Published(
            "more",
            "People favour it more by Guided Grad-CAM than by Guided Backpropagation.",
            "above",
            said="1.27 against 1.00; re-examined 0.271 against 0.436",
        ),
    ),
    ("What else than reliability may make one of two maps look better?",),
    lambda bench, step: 2.0 * len(bench.examples) + 16,
    50,
)
