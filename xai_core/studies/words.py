"""What all reports of a study say alike: numbers, verdicts, what stands in, and the names of its files."""

from __future__ import annotations

import math
import re

from ..models import find_model
from ._recipe import ALL
from .outcome import Cell, Estimate, Figure, Finding, Table
from .runner import StudyResult, TaskResult
from .sets import find_set

FINDINGS = ("The paper", "Published", "Here", "Verdict")


def number(value: float, digits: int = 3) -> str:
    """A number with so many digits behind the point and a true minus sign; "< 0.001" for what is
    not zero but would look so, and "–" where there is no number."""
    if math.isnan(value):
        return "–"
    text = f"{value:.{digits}f}"
    if value > 0 and float(text) == 0:
        return f"< {10.0**-digits:.{digits}f}"
    return (text[1:] if float(text) == 0 and text.startswith("-") else text).replace("-", "−")


def cell(value: Cell, digits: int) -> str:
    """What stands in a cell of a table."""
    if isinstance(value, float):
        return number(value, digits)
    return f"{value:,}" if isinstance(value, int) else value


def estimate(found: Estimate, unit: str = "", digits: int = 3) -> str:
    """ "0.120 (0.050 to 0.190), 10 pictures"."""
    pictures = f"{found.pictures} {found.of}{'s' * (found.pictures != 1)}"
    value = number(found.value, digits) + (f" {unit}" if unit else "")
    if math.isnan(found.low):
        return f"{value}, {pictures}"
    return f"{value} ({number(found.low, digits)} to {number(found.high, digits)}), {pictures}"


def finding_row(found: Finding) -> tuple[str, str, str, str]:
    """The cells of a finding, as FINDINGS names them."""
    return found.claim, found.said or "no number", estimate(found.here, found.unit), found.verdict


def ran_with(result: TaskResult) -> str:
    """ "EfficientNet-Lite0, 10 pictures: ten pictures that come with packages"."""
    setup = result.setup
    looked = {step.picture for step in result.keys}
    count = len(setup.examples) if ALL in looked or not looked else len(looked)
    models = " and ".join(find_model(key).label for key in (setup.model, *setup.others))
    return f"{models}, {count} picture{'s' * (count != 1)}: {find_set(setup.pictures).label}"


def stand_ins(result: StudyResult) -> tuple[str, ...]:
    """Each thing that is missing and what stands in for it, in a sentence, once."""
    return tuple(dict.fromkeys(one.short for task in result.tasks for one in task.setup.missing))


def file_of(block: Figure | Table, task: TaskResult, ending: str) -> str:
    """The name of a figure's or a table's file, which begins with the task's key: "4d-stand-in.svg"."""
    key = task.task.key
    own = block.key if block.key.startswith(key) else f"{key}-{block.key}"
    stem = re.sub(r"[^A-Za-z0-9]+", "-", own).strip("-")
    return f"{stem}{'-stand-in' if task.setup.missing else ''}.{ending}"
