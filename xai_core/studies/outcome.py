"""What a task comes to: figures, tables, what became of the source's findings, and sentences with proofs.

All of it is plain data. A report draws it, and `reproduce.py` compares it number by number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from .clauses import Clause

Cell = str | float | int


@dataclass(frozen=True)
class Estimate:
    """A number with its 95 % interval over `pictures` pictures; NaN ends where there are too few for one. For
    what was measured exactly in each picture the ends are the smallest and the largest. `of` is what is
    counted where it is no picture."""

    value: float
    low: float
    high: float
    pictures: int
    of: str = "picture"


@dataclass(frozen=True, eq=False)
class Series:
    """One line of a chart: `y` over `x`, with a band from `low` to `high` or none."""

    name: str
    x: Sequence[float]
    y: Sequence[float]
    colour: str
    low: Sequence[float] | None = None
    high: Sequence[float] | None = None
    dash: str = "solid"


@dataclass(frozen=True, eq=False)
class Chart:
    """Lines over one axis; `titles` of x and y, `span` the range of y."""

    series: tuple[Series, ...]
    titles: tuple[str, str]
    span: tuple[float, float] = (0.0, 1.0)


@dataclass(frozen=True, eq=False)
class Tile:
    """A picture of a figure, uint8 (h, w, 3), with its own line below."""

    pixels: np.ndarray
    label: str


@dataclass(frozen=True, eq=False)
class Figure:
    """Pictures in rows of `across`, on paper of `on_paper` (0: as many), or a chart, with a caption. The
    `key` names its files."""

    key: str
    caption: str
    tiles: tuple[Tile, ...] = ()
    chart: Chart | None = None
    across: int = 4
    on_paper: int = 0


@dataclass(frozen=True)
class Table:
    """Rows of texts and numbers; `digits` are shown behind the decimal point."""

    key: str
    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    digits: int = 3


@dataclass(frozen=True)
class Finding:
    """A published finding beside what came out here; `verdict` is one of verdicts.VERDICTS, and `test` says
    in a sentence how it was decided."""

    key: str
    claim: str
    said: str
    here: Estimate
    unit: str
    verdict: str
    test: str


@dataclass(frozen=True, eq=False)
class Outcome:
    """`blocks` are shown in order. `estimates` are the numbers for the published findings by their keys; the
    runner turns them into findings. `clauses` are sentences with proofs, `notes` plain remarks on what was
    done."""

    blocks: tuple[Figure | Table, ...] = ()
    estimates: dict[str, Estimate] = field(default_factory=dict)
    clauses: tuple[Clause, ...] = ()
    notes: tuple[str, ...] = ()
