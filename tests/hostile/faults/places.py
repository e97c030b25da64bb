"""Folders on which nothing can be written: a disk of 2 MB, and one that is read-only."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NOBODY = 65534
Limits = dict[str, int]


@contextmanager
def small_disk(folder: Path) -> Iterator[Limits]:
    """The folder is a disk of 2 MB. Where this process may not mount one, whoever writes has to limit itself:
    the limits for `Workshop.start`."""
    if not _mount("-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)):
        yield {"file": 1_000_000}
        return
    try:
        yield {}
    finally:
        _unmount(folder)


def fill(folder: Path) -> None:
    """Write until the disk is full."""
    with (folder / "filling").open("wb", buffering=0) as file:
        try:
            for _ in range(5_000):
                file.write(bytes(1000))
        except OSError:
            return


@contextmanager
def read_only(folder: Path) -> Iterator[Limits]:
    """Nothing in the folder can be changed: it is mounted once more, read-only; else its permissions say so,
    which root does not heed, so that root works as nobody."""
    if _mount("--bind", str(folder), str(folder)):
        try:
            subprocess.run(["mount", "-o", "remount,bind,ro", str(folder)], check=True)
            yield {}
        finally:
            _unmount(folder)
        return
    within = [folder, *folder.rglob("*")]
    for path in within:
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        yield {"user": NOBODY} if os.geteuid() == 0 else {}
    finally:
        for path in within:
            path.chmod(0o755 if path.is_dir() else 0o644)


def _mount(*arguments: str) -> bool:
    if os.geteuid() != 0 or shutil.which("mount") is None:
        return False
    return subprocess.run(["mount", *arguments], capture_output=True).returncode == 0


def _unmount(folder: Path) -> None:
    subprocess.run(["umount", "--lazy", str(folder)], check=True)
