"""Timing two sides in turn, comparing their maps, and the table."""

from __future__ import annotations

import json
import resource
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

AGREES = 0.999
REST = 0.3  # seconds


@dataclass
class Row:
    """One line: seconds of both sides, what is asked of their ratio, the worst correlation of their maps, and
    their largest difference once both are brought to 0..1.

    `tuned` is the ratio to the library at its best batch size and with our allocator, `tuned_target` what is
    asked of that; `notes` says what was timed in part or once."""

    work: str
    network: str
    ours: float
    library: float
    correlation: float
    target: float | None = None
    difference: float | None = None
    tuned: float | None = None
    tuned_target: float = 1.0
    notes: list[str] = field(default_factory=list)
    needed: float | None = AGREES  # of the correlation; None where the maps cannot be compared

    @property
    def ratio(self) -> float:
        return self.library / self.ours

    @property
    def agrees(self) -> bool:
        return self.needed is None or self.correlation > self.needed

    @property
    def verdict(self) -> str:
        if not self.agrees:
            return "MAPS DIFFER"
        if self.target is None:
            return ""
        missed = self.ratio < self.target or (self.tuned is not None and self.tuned < self.tuned_target)
        return "MISSED" if missed else "met"


def in_turn(
    ours: Callable[[], Any], library: Callable[[], Any], rounds: int, warm: bool = False
) -> tuple[float, float, Any, Any]:
    """A B A B ...: the median seconds of both sides and their last results. Ours runs once more beforehand,
    so that what it prepares once (the folded network) is not in the first figure, and before each call there
    is a rest: the threads of a linear algebra library go on spinning after its call, into the other side's.
    `warm` runs each side once more, untimed, before each of its timed calls, unless the last took a second:
    for work of milliseconds, where the other side's traces in the caches weigh."""
    ours()
    times: tuple[list[float], list[float]] = ([], [])
    results: list[Any] = [None, None]
    for _ in range(rounds):
        for side, work in enumerate((ours, library)):
            time.sleep(REST)
            if warm and times[side][-1:] < [1.0]:
                work()
            start = time.perf_counter()
            results[side] = work()
            times[side].append(time.perf_counter() - start)
    return statistics.median(times[0]), statistics.median(times[1]), *results


def seconds(work: Callable[[], Any]) -> float:
    """How long one call takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def several(work: Callable[[], Any], least: int) -> tuple[float, Any]:
    """The median seconds of so many calls, of more where they take less than a second in all, and the last
    result."""
    times: list[float] = []
    results: list[Any] = []
    while len(times) < least or sum(times) < 1:
        times.append(seconds(lambda: results.append(work())))
    return statistics.median(times), results[-1]


def correlation(ours: np.ndarray, library: np.ndarray) -> float:
    """Pearson's r of two maps; two flat maps agree, a flat and another one do not."""
    a, b = (np.asarray(values, np.float64).ravel() for values in (ours, library))
    a, b = a - a.mean(), b - b.mean()
    sizes = np.linalg.norm(a), np.linalg.norm(b)
    if min(sizes) < 1e-6 * len(a) ** 0.5 * max(1e-30, *(np.abs(v).max() for v in (ours, library))):
        return float(np.allclose(a, 0, atol=1e-6) == np.allclose(b, 0, atol=1e-6))
    return float(a @ b / (sizes[0] * sizes[1]))


def difference(ours: np.ndarray, library: np.ndarray) -> float:
    """max |a - b| of two maps, each brought to 0..1; flat maps count as 0."""

    def scaled(values: np.ndarray) -> np.ndarray:
        values = np.asarray(values, np.float64)
        return (values - values.min()) / max(np.ptp(values), 1e-12)

    return float(np.abs(scaled(ours) - scaled(library)).max())


def table(rows: list[Row]) -> str:
    """The rows as aligned text."""
    head = [
        "work",
        "network",
        "ours s",
        "library s",
        "ratio",
        "target",
        "tuned",
        "",
        "correlation",
        "off",
        "",
    ]
    lines = [head]
    for row in rows:
        target = "" if row.target is None else f">= {row.target:g}"
        tuned = "" if row.tuned is None else f"{row.tuned:.3g} (>= {row.tuned_target:g})"
        figures = [f"{row.ours:.4g}", f"{row.library:.4g}", f"{row.ratio:.3g}", target, tuned, row.verdict]
        off = "" if row.difference is None else f"{row.difference:.1g}"
        lines.append([row.work, row.network, *figures, f"{row.correlation:.6f}", off, "; ".join(row.notes)])
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def write_json(file: Path, rows: list[Row], settings: dict[str, Any]) -> None:
    """Rows and settings as JSON; the folder is made."""
    file.parent.mkdir(parents=True, exist_ok=True)
    content = [{**asdict(row), "ratio": row.ratio, "verdict": row.verdict} for row in rows]
    whole = {"settings": settings, "peak_mb": round(peak_mb()), "rows": content}
    file.write_text(json.dumps(whole, indent=1))


def peak_mb() -> float:
    """The most memory that this process has held so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6
