"""The known-truth range: what a method shows on a network whose right attribution is known."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING

import numpy as np

import xai_core as xai
from xai_core.figures import Look, Scale, encode, paint

from .drawn import DRAWN
from .flights import MEMORY, Job, fetch

if TYPE_CHECKING:
    from xai_core.known_truth import Ran, Row

TIMES = 6  # by which the small pictures of the range are enlarged


def rows(method: str) -> tuple[Row, ...]:
    """What came of the method on every case: as kept with the library, and run now for a method that is not
    kept."""
    kept = xai.known_truth.kept()
    key = ("known rows", method, kept.date, kept.version)
    return fetch(Job(key, lambda report: xai.known_truth.rows_of(method), lambda: 1.0))


def ran(case: str, method: str) -> Ran:
    """The method's map on a case."""
    one = xai.known_truth.CASES[case]
    return fetch(Job(_key(case, method), lambda report: xai.known_truth.run(one, method), lambda: 1.0))


def are_known(cases: list[str], method: str) -> bool:
    """Whether the maps on these cases need not be computed."""
    return all(_key(case, method) in MEMORY for case in cases)


def _key(case: str, method: str) -> tuple[Hashable, ...]:
    one = xai.known_truth.CASES[case]
    return "known map", one.handle.identity, one.picture.sha256, one.target, method


def picture(case: str) -> bytes:
    """The picture of a case, as the network sees it."""
    return DRAWN.make(("known picture", case), lambda: encode(_view(case)))


def truth(case: str, colours: str) -> bytes:
    """The right attribution of each region, in a colour scale for signed maps."""
    one = xai.known_truth.CASES[case]
    return DRAWN.make(("known truth", case, colours), lambda: _drawn(case, one.truth[one.regions], colours))


def shown(case: str, method: str, colours: str) -> bytes:
    """The method's map, in the same colours. Raises ValueError where the method has none on this case."""
    found = ran(case, method).map
    if found is None:
        raise ValueError(f"{method} has no map on {case!r}.")
    key = ("known shown", *_key(case, method), colours)
    return DRAWN.make(key, lambda: _drawn(case, found.heatmap, colours))


def _view(case: str) -> np.ndarray:
    one = xai.known_truth.CASES[case]
    return one.handle.view(one.picture, TIMES)


def _drawn(case: str, values: np.ndarray, colours: str) -> bytes:
    """The values alone, each on a scale of its own around zero: the picture, whose colours are what the
    network reads, would change theirs."""
    end = float(np.abs(values).max()) or 1.0
    look = Look(signed_colours=colours, opacity=1.0, form="blend")
    return encode(paint(_view(case), values, look, Scale(-end, end), signed=True, smooth=False))
