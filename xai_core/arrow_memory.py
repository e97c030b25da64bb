"""Where pyarrow takes its memory from; decided before it is imported.

Its own choice, mimalloc, keeps what many small tables took: joining 6,000 parts of a run held 50 MB for 4 MB
of rows. The C library's allocator gives it back. Whoever has set ARROW_DEFAULT_MEMORY_POOL is left alone."""

from __future__ import annotations

import os

POOL = "ARROW_DEFAULT_MEMORY_POOL"


def take_from_the_system() -> None:
    """Set the C library's allocator for pyarrow in this process and those it starts, if nothing was set."""
    os.environ.setdefault(POOL, "system")
