"""A task of an exported study, put together again from the manifest and the pictures of its ZIP."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from PIL import Image

from ..datasets import Example
from ..inputs.images import load_image
from ..models import load_model
from ..network.handle import ModelHandle
from ..types import Box, InputError, Params
from . import needs
from ._recipe import Bench, Found, Step, Task
from .runner import TaskResult, concluded

_handle = lru_cache(maxsize=2)(load_model)


@dataclasses.dataclass(frozen=True, eq=False)
class Replay(Bench):
    """The bench of an exported task."""

    def result(self, task: Task, found: Found) -> TaskResult:
        """What the task comes to with these values."""
        others = tuple(handle.key for handle in self.others)
        setup = needs.Setup(task, self.handle.key, "", self.examples, self.parameters, others=others)
        return concluded(TaskResult(setup, self, found))


def bench_of(folder: Path, record: dict[str, Any]) -> Replay:
    """The bench of a task's record. Raises InputError where the weights or a picture are not those of the
    export."""
    handle, *others = (_network(one) for one in (record, *record["others"]))
    examples, loaded = [], {}
    for number, one in enumerate(record["pictures"]):
        examples.append(Example(one["name"], one["name"], one["label"], tuple(one["targets"])))
        if "file" not in one:
            continue
        with Image.open(folder / one["file"]) as file:
            image = load_image(file, one["fit"], name=one["name"])
        if image.sha256 != one["sha256"]:
            raise InputError(f"{one['file']} is not the picture of the export.")
        boxes = tuple(Box(label, *sides) for label, *sides in one["boxes"])
        loaded[number] = dataclasses.replace(image, boxes=boxes)
    parameters = Params({name: _frozen(value) for name, value in record["parameters"].items()})
    stands_in = tuple(record["stand_ins"])
    return Replay(
        handle, tuple(examples), parameters, stands_in, loaded=loaded, others=tuple(others), replayed=True
    )


def _network(record: dict[str, Any]) -> ModelHandle:
    """The network of a record. Raises InputError where it is not that of the export."""
    handle = _handle(record["model"])
    if handle.identity != record["identity"]:
        what = "the weights" if handle.weights_sha256 != record["weights_sha256"] else "the settings"
        raise InputError(f"{what} of {record['model']} here are not those of the export.")
    return handle


def replayed(record: dict[str, Any]) -> Iterator[tuple[Step, str]]:
    """Each step of the record with the file of its values."""
    for one in record["steps"]:
        yield Step(one["picture"], one["part"]), one["file"]


def _frozen(value: Any) -> Any:
    """Lists of JSON as the tuples that they were."""
    return tuple(map(_frozen, value)) if isinstance(value, list) else value
