"""What calls cost in a process of their own: memory above what the process had before each, and time."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from tests.conftest import ROOT

PEAK_MB, SECONDS = 300, 2.0  # what any file of a visitor may cost
_WRAP = """
import ctypes, gc, json, resource, sys, time
{before}
def memory(what):
    try:  # of this program; the count that a process inherits includes what it was forked from
        return int(open("/proc/self/status").read().split(what)[1].split()[0]) * 1024 / 1e6
    except OSError:
        kilobytes = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * kilobytes / 1e6
def fresh():
    gc.collect()
    if sys.platform == "linux":
        ctypes.CDLL(None).malloc_trim(0)
        open("/proc/self/clear_refs", "w").write("5")  # the peak starts anew
for name, call in json.loads(sys.stdin.read()).items():
    fresh()
    base, clock = memory("VmRSS:"), time.process_time()
    try:
        said = repr(eval(call))
    except Exception as error:
        said = f"{{type(error).__name__}}: {{error}}"
    print(json.dumps([name, said, memory("VmHWM:") - base, time.process_time() - clock]), flush=True)
"""


@dataclass(frozen=True)
class Cost:
    """What the call returned or raised, megabytes above the process before it, and processor seconds."""

    said: str
    megabytes: float
    seconds: float


def costs(before: str, calls: Mapping[str, str]) -> dict[str, Cost]:
    """What each of the expressions `calls` costs, by name, in one process, after the statements `before`."""
    command = [sys.executable, "-W", "ignore", "-c", _WRAP.format(before=before)]
    done = subprocess.run(
        command, cwd=ROOT, input=json.dumps(dict(calls)), capture_output=True, text=True, timeout=170
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found = [json.loads(line) for line in done.stdout.splitlines()]
    return {name: Cost(said, megabytes, seconds) for name, said, megabytes, seconds in found}
