"""Memory of large tensors is kept for the next ones.

glibc gives each thread an area of its own and returns large blocks to the system as soon as they are free, so
that every batch of a network has its memory provided anew, page by page. One area that is kept costs no more
memory, since batches run one after another (`python -m tests.benchmarks.allocator`)."""

from __future__ import annotations

import ctypes
import platform

# of glibc's malloc.h: M_ARENA_MAX, M_MMAP_THRESHOLD, M_TRIM_THRESHOLD, M_TOP_PAD
SETTINGS = ((-8, 1), (-3, 32 << 20), (-1, 1 << 30), (-2, 64 << 20))


def keep_memory() -> bool:
    """Whether it could be set for this process: with glibc only."""
    if platform.libc_ver()[0] != "glibc":
        return False
    mallopt = ctypes.CDLL(None).mallopt
    taken = [mallopt(name, value) for name, value in SETTINGS]
    return all(taken)
