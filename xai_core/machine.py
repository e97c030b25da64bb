"""How much memory this process may use, and whether that makes its machine a small one.

The limit is the smallest of: the memory of the machine, what its cgroup and those above it allow (v2
`memory.max`, v1 `memory.limit_in_bytes`), and the limit of the address space (RLIMIT_AS)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

SMALL = 3_000_000_000  # bytes; a machine with less is a small one


def is_small() -> bool:
    """XAI_SMALL=1 or 0, else whether this process may use less than 3 GB."""
    named = os.environ.get("XAI_SMALL", "")
    return named == "1" if named in ("0", "1") else 0 < memory() < SMALL


@cache
def memory() -> int:
    """Bytes that this process may use; 0 where the system does not tell."""
    return min((limit for limit in (physical(), *cgroups(), address_space()) if limit > 0), default=0)


def physical() -> int:
    """Bytes of the machine's memory; 0 where the system does not tell."""
    if not hasattr(os, "sysconf"):
        return 0
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def address_space() -> int:
    """Bytes of addresses that this process may have; 0 where there is no limit."""
    try:
        import resource
    except ImportError:  # Windows
        return 0
    soft, _ = resource.getrlimit(resource.RLIMIT_AS)
    return 0 if soft == resource.RLIM_INFINITY else soft


def cgroups(own: Path = Path("/proc/self/cgroup"), mounted: Path = Path("/sys/fs/cgroup")) -> Iterator[int]:
    """The limits, in bytes, of the process's control groups and those above them. A container often sees its
    own group as the root, whatever `own` says, so that the root is looked at in any case."""
    try:
        lines = own.read_text().splitlines()
    except OSError:  # not Linux
        return
    for line in lines:
        number, controllers, path = line.split(":", 2)
        if number == "0":
            places, name = [mounted, mounted / "unified"], "memory.max"
        elif "memory" in controllers.split(","):
            places, name = [mounted / "memory"], "memory.limit_in_bytes"
        else:
            continue
        for place in places:
            group = place / path.lstrip("/")
            for folder in (group, *group.parents):
                if folder.is_relative_to(place):
                    yield _limit(folder / name)


def _limit(file: Path) -> int:
    """The number in the file; 0 where there is none, or the word "max"."""
    try:
        text = file.read_text().strip()
    except OSError:
        return 0
    return int(text) if text.isdecimal() else 0
