"""Where pyarrow takes its memory from; decided before it is imported.

Its own choice, mimalloc, keeps what many small tables took, so that joining the parts of a long run held many
times the memory of its rows. The C library's allocator gives it back. Who has set ARROW_DEFAULT_MEMORY_POOL
is left alone. `python -m tests.benchmarks.spuriosity memory` measures long runs."""

from __future__ import annotations

import os

POOL = "ARROW_DEFAULT_MEMORY_POOL"


def take_from_the_system() -> None:
    """Set the C library's allocator for pyarrow in this process and those it starts, if nothing was set."""
    os.environ.setdefault(POOL, "system")
