"""The description of a classifier that a person brought, `model.json`, read back and checked.

    {"architecture", "labels", "auxiliary", "grid": {"size", "resize", "interpolation", "mean", "std"},
     "activation"}

A file that somebody changed or damaged is refused as a whole: it decides what is built and drawn."""

from __future__ import annotations

import json
import logging
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from ..inputs.views import InputGrid
from ..network.scores import ACTIVATIONS
from ..types import InputError
from .own_settings import grid_of, labels_of

LONGEST = 200  # characters of a reason in the log
_ARCHITECTURE = re.compile(r"[A-Za-z0-9_./-]{1,200}")
_WRONG = (ValueError, LookupError, TypeError, ArithmeticError, RecursionError)


@dataclass(frozen=True)
class Described:
    """What was said about a model when it was added. `auxiliary` says whether it has the auxiliary heads that
    some of torchvision's networks are trained with."""

    architecture: str
    labels: tuple[str, ...]
    auxiliary: bool
    grid: InputGrid
    activation: str


def described(folder: Path) -> Described:
    """The description of the model in this folder. Raises InputError for a damaged one."""
    path = folder / "model.json"
    try:
        stamp = path.stat()
    except OSError as error:
        raise InputError(_damaged(folder)) from error
    found = _read(path, stamp.st_mtime_ns, stamp.st_size)
    if found is None:
        raise InputError(_damaged(folder))
    return found


def _damaged(folder: Path) -> str:
    return f"The description of the model 'own/{folder.name}' is damaged; remove it and add the model again."


@lru_cache(maxsize=64)
def _read(path: Path, _changed: int, _size: int) -> Described | None:
    """What the file says, read once as long as it stays as it is; None, with the reason in the log."""
    try:
        return _checked(json.loads(path.read_bytes()))
    except (OSError, *_WRONG) as error:
        logging.getLogger(__name__).warning(
            "%s is damaged: %s: %s", path, type(error).__name__, str(error)[:LONGEST]
        )
        return None


def _checked(told: Any) -> Described:
    """Raises one of _WRONG."""
    architecture, auxiliary, activation = (told[name] for name in ("architecture", "auxiliary", "activation"))
    if not isinstance(architecture, str) or not _ARCHITECTURE.fullmatch(architecture):
        raise ValueError("architecture is no name")
    if not isinstance(auxiliary, bool):
        raise ValueError("auxiliary is neither true nor false")
    if activation not in ACTIVATIONS:
        raise ValueError("activation is unknown")
    labels, single = labels_of(told["labels"])
    if single or not isinstance(told["labels"], list):
        raise ValueError("labels are not two names or more")
    grid = told["grid"]
    sizes = grid_of(grid["mean"], grid["std"], grid["size"], int(grid["resize"]), grid["interpolation"])
    return Described(architecture, labels, auxiliary, sizes, activation)
