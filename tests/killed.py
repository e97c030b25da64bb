"""Commands that are killed: nothing that is kept is done again, and the end is as if nothing had happened."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tests.conftest import ROOT


def killed(module: str, arguments: Sequence[str], parts: Path, after: Sequence[int]) -> int:
    """Run `python -m MODULE` and kill it each time when that many more parts lie in the folder, then let it
    end; its exit status. Raises AssertionError where a run ended before it could be killed, or where a part
    that was kept is written again."""
    line = [sys.executable, "-m", module, *arguments]
    silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    for wanted in after:
        before = len(kept(parts))
        process = subprocess.Popen(line, cwd=ROOT, **silent)
        while process.poll() is None and len(kept(parts)) < before + wanted:
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL, f"{module} ended before {wanted} parts were kept"
    found = kept(parts)
    assert len(found) >= sum(after)
    process = subprocess.Popen(line, cwd=ROOT, **silent)
    while process.poll() is None and parts.is_dir():
        now = kept(parts)
        assert all(now.get(file, written) == written for file, written in found.items()), "done again"
        time.sleep(0.02)
    return process.wait()


def kept(parts: Path) -> dict[Path, int]:
    """When each part was written."""
    found = {}
    for file in parts.glob("*.parquet"):
        try:
            found[file] = os.stat(file).st_mtime_ns
        except FileNotFoundError:  # the run is over, and its parts have become a table
            continue
    return found
