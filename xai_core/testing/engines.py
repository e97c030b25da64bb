"""Engines of checks by their names."""

from __future__ import annotations

from ..evaluation.engines import ENGINES, named
from .measuring import Engine, local

__all__ = ["ENGINES", "engine_named"]


def engine_named(name: str, workers: int | None = None) -> Engine:
    """ "local", or "ray" with that many workers. Raises InputError for another, or where Ray is missing."""
    here: Engine = local
    return named(name, workers, here, _over_ray)


def _over_ray(workers: int | None) -> Engine:
    from .ray_engine import over_ray

    return over_ray(workers)
