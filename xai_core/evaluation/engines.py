"""Engines by their names, for every command that takes --engine and --workers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from ..types import InputError

ENGINES = ("local", "ray")
Engine = TypeVar("Engine")


def named(name: str, workers: int | None, local: Engine, over_ray: Callable[[int | None], Engine]) -> Engine:
    """The engine `local`, or what `over_ray(workers)` gives; that imports Ray. Raises InputError for another
    name, for workers of the engine in this process, or where Ray is missing."""
    if name not in ENGINES:
        raise InputError(f"There is no engine {name!r}; there are {', '.join(ENGINES)}.")
    if name == "local":
        if workers is not None:
            raise InputError(f"workers is {workers}, but the engine local has none; give --engine ray.")
        return local
    try:
        return over_ray(workers)
    except ModuleNotFoundError as error:
        if error.name != "ray":
            raise
        raise InputError(
            "The engine ray needs the package ray, which is not installed: pip install ray."
        ) from error
