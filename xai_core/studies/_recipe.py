"""What a study is made of, as data: a recipe has tasks, a task has steps and a conclusion.

    Recipe   one file in this room and one line in STUDIES
    Task     what it asks for, what stands in for it, two functions, what was published, what to answer
    Step     a piece of a task that is computed once and kept: one picture, or all, under one word
    Bench    what a step is given: the network, the pictures, the parameters

    task.compute(bench, step)      -> Values       runs the network; kept on disk under a complete key
    task.conclude(bench, found)    -> Outcome      figures, tables, numbers and sentences; runs no network

`outcome` says what an Outcome holds, `needs` what is on this machine, and `runner` does the work."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from ..datasets import Example
from ..network.batches import Progress
from ..network.handle import ModelHandle
from ..types import ImageInput, InputError, IsCancelled, Params
from .outcome import Outcome

Values = Mapping[str, np.ndarray]  # what a step keeps, by name: numbers, words and arrays
Found = Mapping["Step", Values]  # what all steps of a task kept
ALL = -1  # the picture of a step that is about all of them


@dataclass(frozen=True)
class Ask:
    """A model or a set of pictures by its key, with the parameters that go with it alone: the layers of a
    model, the classes in a picture."""

    key: str
    parameters: Params = field(default_factory=Params)


@dataclass(frozen=True)
class Needs:
    """What a task asks for. `parameters` hold whatever the model and the pictures are; `others` are models
    that are compared with the first one."""

    model: Ask
    pictures: Ask
    parameters: Params = field(default_factory=Params)
    others: tuple[Ask, ...] = ()


@dataclass(frozen=True)
class StandIn:
    """What takes the place of a model, or of pictures, that are not on this machine: each alone, or both
    `together` where the one has no meaning without the other, as a network with classes of its own. `others`
    are as many as the task asks for."""

    model: Ask
    pictures: Ask
    others: tuple[Ask, ...] = ()
    together: bool = False


@dataclass(frozen=True)
class Step:
    """A piece of a task: a picture by its number, or ALL, and the `part`, a word that the task knows."""

    picture: int = ALL
    part: str = ""


@dataclass(frozen=True)
class Published:
    """A finding of the source, and the test that decides about it.

    `claim` is a sentence. With test "above" or "below" it holds where the whole interval of the estimate lies
    on that side of `value`; with "equal" where the whole interval lies within `tolerance` of `value`. It does
    not hold where the whole interval lies on the other side, or outside. `said` are the published numbers as
    the source gives them, "" where it gives none. `bound` says that the number is one of this network and
    these pictures alone, so that stand-ins decide nothing about it."""

    key: str
    claim: str
    test: str
    value: float = 0.0
    tolerance: float = 0.0
    said: str = ""
    unit: str = ""
    bound: bool = False


@dataclass(frozen=True, eq=False)
class Bench:
    """What a step is given. `parameters` are those of the task, of the model and of the pictures together;
    `stands_in` names what is a stand-in, () for the real thing; `others` are the networks that are compared
    with `handle`. `replayed` is True where an export is computed again, which must leave nothing behind on
    this machine."""

    handle: ModelHandle
    examples: tuple[Example, ...]
    parameters: Params
    stands_in: tuple[str, ...] = ()
    cancelled: IsCancelled | None = None
    loaded: dict[int, ImageInput] = field(default_factory=dict, repr=False)
    others: tuple[ModelHandle, ...] = ()
    replayed: bool = False

    def image(self, number: int) -> ImageInput:
        """The picture of that number, read when it is first asked for. Raises InputError for a file that
        cannot be read."""
        if number not in self.loaded:
            self.loaded[number] = self.examples[number].image()
        return self.loaded[number]

    def view(self, number: int) -> np.ndarray:
        """uint8 (H, W, 3): the picture as the network sees it."""
        return self.handle.view(self.image(number))

    def __getitem__(self, parameter: str) -> Any:
        """The value of a parameter; raises InputError where the task does not have it."""
        try:
            return self.parameters[parameter]
        except KeyError:
            known = ", ".join(self.parameters)
            raise InputError(f"The task has no parameter {parameter!r}; it has {known}.") from None

    def progress(self, total: int = 0) -> Progress:
        """What a long step reports to; it ends between two batches when the run was cancelled."""
        return self.handle.progress(None, self.cancelled, total)


@dataclass(frozen=True)
class Task:
    """One part of a study, from a page of its source.

    `about` says what is done, `calls` is the code by which a notebook does it for the first picture (names
    `handle`, `image` and `parameters` are there), `passes` about how many inputs a step sends through the
    network, for the estimate. `limit` is how many pictures it takes of those that are there."""

    key: str
    title: str
    about: str
    asks: Needs
    stand_in: StandIn
    steps: Callable[[Bench], Sequence[Step]]
    compute: Callable[[Bench, Step], Values]
    conclude: Callable[[Bench, Found], Outcome]
    calls: str = ""
    published: tuple[Published, ...] = ()
    questions: tuple[str, ...] = ()
    passes: Callable[[Bench, Step], float] = lambda bench, step: 1.0
    limit: int | None = None


@dataclass(frozen=True)
class Recipe:
    """A study: `source` says whose document it follows, `url` where that lies ("" where nobody knows)."""

    key: str
    title: str
    source: str
    about: str
    tasks: tuple[Task, ...]
    url: str = ""

    def __post_init__(self) -> None:
        keys = [task.key for task in self.tasks]
        if len(set(keys)) < len(keys):
            raise ValueError(f"Two tasks of {self.key!r} have the same key.")

    @cached_property
    def by_key(self) -> dict[str, Task]:
        """The tasks by key."""
        return {task.key: task for task in self.tasks}

    def task(self, key: str) -> Task:
        """The task of that key; raises InputError for any other."""
        if key not in self.by_key:
            raise InputError(f"The study {self.key!r} has no task {key!r}; it has {', '.join(self.by_key)}.")
        return self.by_key[key]


def each_picture(*parts: str) -> Callable[[Bench], tuple[Step, ...]]:
    """The steps of a task that does the same with every picture, once for each part."""
    names = parts or ("",)
    return lambda bench: tuple(Step(n, part) for n in range(len(bench.examples)) for part in names)


def first_picture(*parts: str) -> Callable[[Bench], tuple[Step, ...]]:
    """The steps of a task that looks at the first picture alone."""
    return lambda bench: tuple(Step(0, part) for part in parts or ("",))


def all_together(*parts: str) -> Callable[[Bench], tuple[Step, ...]]:
    """The steps of a task that needs all pictures at once."""
    return lambda bench: tuple(Step(ALL, part) for part in parts or ("",))
