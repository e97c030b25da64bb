"""What steps have computed, on disk: a file for each step, under a key that names everything it depends on.

The key covers the study, the function that computes, the part, the network's identity, the pictures' sha256
with their classes and boxes, the parameters, and the code that computes. Tasks that share a function and its
parameters share their steps. A file is whole or not there, so a run that was killed goes on where it was; one
that cannot be read is computed again."""

from __future__ import annotations

import hashlib
import inspect
import io
import json
import zipfile
from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from ..board.folder import replace_file
from ..datasets import Example
from ..inputs.samples import samples
from ..types import ImageInput, InputError
from ._recipe import ALL, Bench, Recipe, Step, Task, Values

DRAWING = ("figures", "board", "studies", "trust_study")  # rooms that compute nothing that a step keeps


def key_of(recipe: Recipe, task: Task, bench: Bench, step: Step) -> str:
    """24 hexadecimal digits that stand for everything that the step's values depend on."""
    numbers = range(len(bench.examples)) if step.picture == ALL else [step.picture]
    pictures = [_picture(bench, number) for number in numbers]
    facts = {
        "study": recipe.key,
        "step": f"{task.compute.__module__}.{task.compute.__qualname__}",
        "part": step.part,
        "network": [handle.identity for handle in (bench.handle, *bench.others)],
        "pictures": pictures,
        "parameters": repr(bench.parameters),
        "code": code_of(task),
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:24]


def _picture(bench: Bench, number: int) -> tuple[str, tuple[int, ...], str]:
    """What a key says of a picture."""
    example = bench.examples[number]
    if example.source in samples() and number not in bench.loaded:
        return _sample(example)
    return _facts(example, bench.image(number))


@lru_cache(4096)
def _sample(example: Example) -> tuple[str, tuple[int, ...], str]:
    """The same of a sample, which stays as it is, also where it is corrupted: to draw all corruptions takes
    seconds."""
    return _facts(example, example.image())


def _facts(example: Example, image: ImageInput) -> tuple[str, tuple[int, ...], str]:
    return image.sha256, example.targets, repr(image.boxes)


class Store:
    """The kept steps of a folder, which need not exist yet."""

    def __init__(self, folder: Path):
        self.folder = folder

    def file(self, key: str) -> Path:
        """Where the values of that key lie."""
        return self.folder / f"{key}.npz"

    def get(self, key: str) -> Values | None:
        """The values; None where they are not there. A file that is damaged is deleted."""
        path = self.file(key)
        try:
            return unpacked(path.read_bytes())
        except FileNotFoundError:
            return None
        except InputError:
            path.unlink(missing_ok=True)
            return None

    def put(self, key: str, values: Values) -> None:
        """Keep the values in one step."""
        self.folder.mkdir(parents=True, exist_ok=True)
        replace_file(self.file(key), packed(values))


def packed(values: Values) -> bytes:
    """The values as the bytes of an .npz file, which are the same for the same values. Raises InputError for
    what is no number, word or array of them."""
    buffer = io.BytesIO()
    arrays = {name: np.asarray(value) for name, value in values.items()}
    for name, array in arrays.items():
        if array.dtype.kind not in "biufU":
            raise InputError(
                f"The value {name!r} of a step is {array.dtype}; numbers, words and arrays are accepted."
            )
    ordered: dict[str, Any] = {name: arrays[name] for name in sorted(arrays)}
    np.savez_compressed(buffer, **ordered)
    return buffer.getvalue()


def unpacked(data: bytes) -> Values:
    """The values of the bytes. Raises InputError for anything but such a file; nothing in it is run."""
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as found:
            return {name: found[name] for name in found.files}
    except (OSError, ValueError, KeyError, EOFError, AttributeError, zipfile.BadZipFile) as error:
        raise InputError(f"The values of a step cannot be read ({type(error).__name__}).") from error


def same(first: Values, second: Values, tolerance: float = 0.0) -> Sequence[str]:
    """The names whose values differ: in shape or kind, or by more than `tolerance` of the largest size."""
    return [
        name
        for name in sorted({*first, *second})
        if name not in first or name not in second or not _alike(first[name], second[name], tolerance)
    ]


def _alike(first: np.ndarray, second: np.ndarray, tolerance: float) -> bool:
    if first.shape != second.shape or first.dtype.kind != second.dtype.kind:
        return False
    if first.dtype.kind == "U" or not first.size:
        return bool((first == second).all())
    a, b = first.astype(np.float64), second.astype(np.float64)
    if (np.isnan(a) != np.isnan(b)).any():
        return False
    gap = np.nan_to_num(np.abs(a - b), nan=0.0).max()
    return bool(gap <= tolerance * max(float(np.nan_to_num(np.abs(b)).max()), 1e-30))


def code_of(task: Task) -> str:
    """A digest of the code that computes: all of xai_core but the rooms that draw and write, and the module
    of the task with those beside it in its own folder."""
    file = Path(inspect.getfile(inspect.unwrap(task.compute)))
    return _digest(file)


@cache
def _digest(file: Path) -> str:
    package = Path(__file__).resolve().parents[1]
    room = Path(__file__).resolve().parent
    own = sorted(file.parent.glob("*.py")) if file.parent != room else [file]
    rooms = [
        path for path in sorted(package.rglob("*.py")) if path.relative_to(package).parts[0] not in DRAWING
    ]
    found = hashlib.sha256()
    for path in dict.fromkeys([*rooms, *own]):
        found.update(path.read_bytes())
    return found.hexdigest()[:16]
