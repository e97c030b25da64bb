"""What a call costs in a process of its own: the memory above what the process had before, and time."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass

from tests.conftest import ROOT

PEAK_MB, SECONDS = 300, 2.0  # what any file of a visitor may cost
_WRAP = """
import json, resource, sys, time
{before}
def peak():
    try:  # what this program had at most; the process's own count includes what it was forked from
        status = open("/proc/self/status").read()
        return int(status.split("VmHWM:")[1].split()[0]) * 1024 / 1e6
    except OSError:
        kilobytes = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * kilobytes / 1e6
base, clock, said = peak(), time.process_time(), ""
try:
    said = repr(({call}))
except Exception as error:
    said = f"{{type(error).__name__}}: {{error}}"
print(json.dumps([said, peak() - base, time.process_time() - clock]))
"""


@dataclass(frozen=True)
class Cost:
    """What the call returned or raised, megabytes above the process before it, and processor seconds."""

    said: str
    megabytes: float
    seconds: float


def cost(before: str, call: str, timeout: float = 100) -> Cost:
    """`call` is an expression, measured after the statements `before` in a fresh process."""
    code = _WRAP.format(before=before, call=call)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=timeout,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return Cost(*json.loads(done.stdout.splitlines()[-1]))
