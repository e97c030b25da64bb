"""What a task asks for, what is on this machine, and what stands in for the rest.

    setup = settle(task, folder)
    setup.model, setup.examples, setup.parameters      what the task runs with
    setup.missing                                      what it asked for in vain: file, size, where to put it

The folder of the data is the one that is given, else XAI_DATA_DIR, else the user's cache. `sets` holds the
sets of pictures."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..datasets import Example
from ..datasets.cifar10 import data_folder
from ..models import find_model, on_this_machine, weights_folder, weights_mb
from ..models import weights_file as file_of
from ..types import InputError, Params
from ._recipe import StandIn, Task
from .sets import find_set


@dataclass(frozen=True)
class Missing:
    """What a task asked for and is not on this machine, and what takes its place."""

    label: str
    file: str
    megabytes: float | None
    folder: str
    stand_in: str

    @property
    def short(self) -> str:
        """The same without the folder, which is this machine's own affair: for reports, which travel, and
        for visitors of a server."""
        return f"{self._name}: not on this machine. Missing: {self._file}. Stand-in: {self.stand_in}."

    def __str__(self) -> str:
        where = f"Put {self._file} into {self.folder}"
        return f"{self._name}: not on this machine. {where}. Stand-in until then: {self.stand_in}."

    @property
    def _name(self) -> str:
        return f"{self.label[:1].upper()}{self.label[1:]}"

    @property
    def _file(self) -> str:
        megabytes = self.megabytes or 0.0
        size = f"{megabytes:,.0f}" if megabytes >= 100 else f"{megabytes:.3g}"
        return f"{self.file} ({size} MB)" if megabytes else self.file


@dataclass(frozen=True)
class Setup:
    """What a task runs with here."""

    task: Task
    model: str
    pictures: str
    examples: tuple[Example, ...]
    parameters: Params
    missing: tuple[Missing, ...] = ()
    others: tuple[str, ...] = ()

    @property
    def stands_in(self) -> tuple[str, ...]:
        """The names of what stands in; () for the real thing."""
        return tuple(one.stand_in for one in self.missing)


def settle(task: Task, folder: Path | None = None, limit: int | None = None) -> Setup:
    """What a task runs with on this machine: what it asks for where that is here, else its stand-in. `folder`
    is where data may lie, `limit` takes the first pictures alone. Nothing is downloaded. Raises InputError
    where not even a stand-in is here."""
    asks, instead, missing = task.asks, task.stand_in, list[Missing]()
    place, both = folder or data_folder(), _both(instead) if instead.together else ""
    wanted = list(zip((asks.model, *asks.others), (instead.model, *instead.others), strict=True))
    for asked, other in wanted:
        if not on_this_machine(asked.key):
            missing.append(_missing_model(asked.key, both or find_model(other.key).label))
    pictures, examples = asks.pictures, find_set(asks.pictures.key).find(place)
    if examples is None:
        missing.append(_missing_set(pictures.key, place, both or find_set(instead.pictures.key).label))
    all_change = bool(missing) and instead.together
    model, *others = (
        other if all_change or not on_this_machine(asked.key) else asked for asked, other in wanted
    )
    if examples is None or all_change:
        pictures, examples = instead.pictures, find_set(instead.pictures.key).find(place)
    if not examples:
        raise InputError(f"Neither the pictures of the task {task.title!r} nor its stand-in are here.")
    counts = [count for count in (task.limit, limit) if count is not None]
    parameters = dict(asks.parameters)
    for asked in (model, *others, pictures):
        parameters |= asked.parameters
    return Setup(
        task,
        model.key,
        pictures.key,
        examples[: min(counts, default=None)],
        Params(parameters),
        tuple(missing),
        tuple(other.key for other in others),
    )


def _both(stand_in: StandIn) -> str:
    return f"{find_model(stand_in.model.key).label} with {find_set(stand_in.pictures.key).label}"


def _missing_model(key: str, stand_in: str) -> Missing:
    spec = find_model(key)
    return Missing(spec.label, file_of(spec).filename, weights_mb(key), str(weights_folder()), stand_in)


def _missing_set(key: str, folder: Path, stand_in: str) -> Missing:
    wanted = find_set(key)
    return Missing(wanted.label, wanted.file, wanted.megabytes, str(folder), stand_in)
