"""The command `python -m xai_core.evaluate`, and what a notebook imports from here: see `evaluation`."""

from __future__ import annotations

import sys

from .evaluation.command import main
from .evaluation.evaluate import (
    CENTRE,
    CHANCE,
    COLUMNS,
    ENGINES,
    MEASURES,
    UNSEEING,
    Engine,
    Plan,
    RunProgress,
    engine_named,
    evaluate,
    local,
    measure,
    summary_of,
    table_of,
)
from .evaluation.resumable_table import errors_of

__all__ = [
    "CENTRE",
    "CHANCE",
    "COLUMNS",
    "ENGINES",
    "MEASURES",
    "UNSEEING",
    "Engine",
    "Plan",
    "RunProgress",
    "engine_named",
    "errors_of",
    "evaluate",
    "local",
    "main",
    "measure",
    "summary_of",
    "table_of",
]

if __name__ == "__main__":
    sys.exit(main())
