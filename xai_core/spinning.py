"""How long OpenMP's threads wait busily for their next piece of work; decided before torch is imported.

By default they spin for milliseconds. That takes the processors from everything else: from OpenVINO's
threads, which run between two operations of torch, and from other programs. `tests.benchmarks.spinning`
measures what a short wait costs on an idle machine and gains on a busy one. Whoever has set GOMP_SPINCOUNT or
OMP_WAIT_POLICY is left alone."""

from __future__ import annotations

import os
import sys

SHORT = "1000"  # turns of the waiting loop: microseconds
LONGEST = 20_000


def wait_briefly() -> None:
    """Set a short wait for this process, if torch is not imported yet and nothing was set."""
    if "torch" not in sys.modules and not {"GOMP_SPINCOUNT", "OMP_WAIT_POLICY"} & set(os.environ):
        os.environ["GOMP_SPINCOUNT"] = SHORT


def waits_briefly() -> bool:
    """Whether OpenMP's threads leave the processors soon, by what is set."""
    count = os.environ.get("GOMP_SPINCOUNT", "")
    if count.isdecimal():
        return int(count) <= LONGEST
    return os.environ.get("OMP_WAIT_POLICY", "").upper() == "PASSIVE"
