"""What a study asks: which pictures, which maps, in which order, and which model stands on the left.

All of it follows from the study's seed and the participant's number. Everybody answers the same questions, so
that raters can be compared; the order is each participant's own, and of two participants in a row one sees
left what the other sees right, so that a habit of choosing one side favours no model."""

from __future__ import annotations

import dataclasses
import json
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass

from ..methods import METHODS
from ..types import ClassScore, InputError

VALUES = (-2, -1, 0, 1, 2)  # left clearly, left slightly, equal, right slightly, right clearly
DAY = 86_400.0
MOST_QUESTIONS = 200
LONGEST_TITLE = 120


@dataclass(frozen=True)
class Picture:
    """A picture that both models get right: `key` is a sample's, or the sha256 of a picture that is stored
    with the study; `target` is the class that the maps explain, `label` its name."""

    key: str
    name: str
    target: int
    label: str


@dataclass(frozen=True)
class Study:
    """A study's settings. `accuracy` is each model's share of right answers, 0..1: the larger one says whom
    participants should trust. With `guess_first` they mark where they would look before they see maps. Times
    are seconds since 1970. Raises InputError for settings that cannot be asked."""

    title: str
    models: tuple[str, str]
    accuracy: tuple[float, float]
    methods: tuple[str, ...]
    pictures: tuple[Picture, ...]
    count: int = 12
    seed: int = 0
    guess_first: bool = False
    created: float = dataclasses.field(default_factory=time.time)
    expires: float = float("inf")

    def __post_init__(self) -> None:
        if not 1 <= len(self.title.strip()) <= LONGEST_TITLE:
            raise InputError(
                f"The title has {len(self.title)} characters; 1 to {LONGEST_TITLE} are accepted."
            )
        if self.models[0] == self.models[1]:
            raise InputError(f"Both models are {self.models[0]}; two different ones are compared.")
        if not all(0 <= share <= 1 for share in self.accuracy) or self.accuracy[0] == self.accuracy[1]:
            raise InputError(
                f"The accuracies are {self.accuracy[0]:g} and {self.accuracy[1]:g}; "
                "two different shares from 0 to 1 are accepted."
            )
        unknown = [method for method in self.methods if method not in METHODS]
        if unknown or not self.methods:
            raise InputError(f"The methods are {self.methods}; some of {', '.join(METHODS)} are accepted.")
        if not self.pictures:
            raise InputError("There is no picture that both models get right; at least one is needed.")
        if not 1 <= self.count <= MOST_QUESTIONS:
            raise InputError(f"{self.count} questions are asked for; 1 to {MOST_QUESTIONS} are accepted.")

    @property
    def better(self) -> int:
        """The place in `models` of the more accurate one."""
        return int(self.accuracy[1] > self.accuracy[0])

    def to_json(self) -> str:
        """Everything, as text for a database."""
        return json.dumps(dataclasses.asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Study:
        """The way back."""
        found = json.loads(text)
        pictures = tuple(Picture(**picture) for picture in found["pictures"])
        lists = {name: tuple(found[name]) for name in ("models", "accuracy", "methods")}
        return cls(**found | lists | {"pictures": pictures})


@dataclass(frozen=True)
class Question:
    """Two maps of `picture` by `method`; the model in place `left` of the study's models stands left.
    `number` is the same for all participants."""

    number: int
    picture: Picture
    method: str
    left: int


def questions(study: Study, participant: int = 0) -> tuple[Question, ...]:
    """All questions in the order of this participant (0, 1, 2 ...).

    Pictures and methods turn up as equally often as the count allows, no pair twice before each came once;
    each model stands left in half of the questions (one more or less where the count is odd)."""
    draw = random.Random(study.seed)
    items: list[tuple[Picture, str]] = []
    while len(items) < study.count:
        items += _round(study, draw)
    items = items[: study.count]
    pair, flipped = divmod(participant, 2)
    own = random.Random(f"{study.seed} {pair}")
    first = own.randrange(2)
    sides = [(first + place) % 2 for place in range(len(items))]
    own.shuffle(sides)
    order = list(range(len(items)))
    random.Random(f"{study.seed} order {participant}").shuffle(order)
    return tuple(Question(n, *items[n], sides[n] ^ flipped) for n in order)


def _round(study: Study, draw: random.Random) -> list[tuple[Picture, str]]:
    """Every picture with every method once: in each lap all pictures, each with another method than in the
    laps before, the methods in turn."""
    pictures = draw.sample(study.pictures, len(study.pictures))
    methods = draw.sample(study.methods, len(study.methods))
    return [
        (picture, methods[(place + lap) % len(methods)])
        for lap in range(len(methods))
        for place, picture in enumerate(pictures)
    ]


def eligible(
    answers: tuple[Sequence[ClassScore], Sequence[ClassScore]], key: str, name: str, right: Sequence[int]
) -> Picture | None:
    """The picture as the study asks about it, from both models' scores of all classes, most probable first;
    None unless both first answers are among the `right` classes. The class explained is the right one of
    which the less sure model is most sure. Raises InputError for models that do not have the same classes."""
    named = [{score.index: score.label for score in scores} for scores in answers]
    if named[0] != named[1]:
        raise InputError(
            f"The two models have {len(named[0])} and {len(named[1])} classes that are not the same; "
            "two models of the same classes are accepted."
        )
    if not all(scores[0].index in right for scores in answers):
        return None
    given = [{score.index: score.probability for score in scores} for scores in answers]
    target = max(right, key=lambda index: min(by_class[index] for by_class in given))
    return Picture(key, name, target, named[0][target])
