"""The app within the memory of a small server.   python -m tests.benchmarks.small [--limits 2700,1000]

A server of its own is started on one core within a control group of so many megabytes, and finds out by
itself that it is small. One visitor opens every page with the default picture; then five at once open them
all, each in an order of his own. Prints the largest memory of the process and of its group (which counts
cached files too), how often the group was at its limit, and the seconds of a page. Where no control group can
be made, the server is told that it is small (XAI_SMALL=1), and its largest memory must stay below the limit.
The exit code is 1 where the server ended, a page did not come, or the limit was passed."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import random
import shutil
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

from websockets.exceptions import ConnectionClosed

from tests import loops
from tests.browser.conftest import FAST, free_port, served

from .visitors import PATIENCE, Seen, visitor

PAGES = (
    *("overview", "gallery", "compare", "lime", "counterfactual", "trust", "insertion", "adversarial"),
    *("methods", "right_wrong", "localization", "concepts", "board", "study"),
)
MANY = 5
MOUNTED = Path("/sys/fs/cgroup")


def own_group() -> Path | None:
    """The folder of this process's control group of memory; None where there is none."""
    try:
        lines = [line.split(":", 2) for line in Path("/proc/self/cgroup").read_text().splitlines()]
    except OSError:
        return None
    for number, controllers, path in lines:
        place = MOUNTED / "memory" if "memory" in controllers.split(",") else MOUNTED
        group = place / path.lstrip("/")
        if (number == "0" or place != MOUNTED) and (group / limit_name(group)).is_file():
            return group
    return None


def limit_name(group: Path) -> str:
    """The file of a group that limits its memory, of the first or second version of control groups."""
    return "memory.limit_in_bytes" if (group / "memory.limit_in_bytes").is_file() else "memory.max"


@contextlib.contextmanager
def limited(megabytes: int) -> Iterator[Path | None]:
    """A control group of so much memory inside this process's own, removed afterwards; None where that
    cannot be made."""
    own = own_group()
    group = own / f"saliency-lab-{os.getpid()}" if own is not None else None
    try:
        if group is not None:
            group.mkdir()
            (group / limit_name(group)).write_text(str(megabytes * 1_000_000))
    except OSError:
        if group is not None and group.is_dir():
            group.rmdir()
        group = None
    try:
        yield group
    finally:
        if group is not None:
            _remove(group)


def _remove(group: Path) -> None:
    for _ in range(50):  # its last process may be on its way out
        with contextlib.suppress(OSError):
            group.rmdir()
            return
        time.sleep(0.1)
    group.rmdir()


def under(group: Path | None) -> tuple[str, ...]:
    """What a server is started with, so that it is in the group, and on one core."""
    core = ("taskset", "-c", "0") if shutil.which("taskset") else ()
    if group is None:
        return core
    return ("sh", "-c", f'echo $$ > "{group}/cgroup.procs" && exec "$@"', "sh", *core)


async def opened(port: int, order: list[str], seen: Seen) -> None:
    """One visitor's pages, one after the other."""
    try:
        async with visitor(port, seen) as own:
            for page in order:
                start = time.monotonic()
                await asyncio.wait_for(own.go(page), 10 * PATIENCE)
                seen.seconds.append(time.monotonic() - start)
    except (OSError, ConnectionClosed, TimeoutError) as error:
        seen.wrong.append(type(error).__name__)


async def visits(port: int, pages: tuple[str, ...], many: int) -> tuple[Seen, Seen]:
    """What one visitor sees, and then many at once."""
    alone, together = Seen(), Seen()
    await opened(port, list(pages), alone)
    orders = [random.Random(number).sample(pages, len(pages)) for number in range(many)]
    await asyncio.gather(*(opened(port, order, together) for order in orders))
    return alone, together


def status(process: int, name: str) -> float:
    """A line of /proc/PID/status in MB; 0 for a process that has ended."""
    try:
        text = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0.0
    told = text.partition(f"{name}:")[2].split()
    return int(told[0]) * 1024 / 1e6 if told else 0.0


def read(group: Path | None, *names: str) -> int:
    """The number in the first of these files that the group has; 0 without one."""
    found = [file for name in names if group is not None and (file := group / name).is_file()]
    return int(found[0].read_text()) if found else 0


def measure(megabytes: int, pages: tuple[str, ...] = PAGES, many: int = MANY) -> dict[str, float]:
    """A server within so much memory: what its visitors met, and what it took."""
    with limited(megabytes) as group:
        told = {} if group is not None else {"XAI_SMALL": "1"}
        port = free_port()
        with served(port, under(group), **FAST, XAI_PREFETCH="", **told) as server:
            alone, together = loops.run(visits(port, pages, many))
            peak = status(server.pid, "VmHWM")
            return {
                "limit, MB": megabytes,
                "in a control group": float(group is not None),
                "pages": len(alone.seconds) + len(together.seconds),
                "asked": (1 + many) * len(pages),
                "went wrong": len(alone.wrong) + len(together.wrong),
                "alive": float(server.poll() is None),
                "largest memory, MB": peak,
                "of the group, MB": read(group, "memory.max_usage_in_bytes", "memory.peak") / 1e6,
                "times at the limit": read(group, "memory.failcnt"),
                "one visitor, median s": statistics.median(alone.seconds or [0.0]),
                "one visitor, longest s": max(alone.seconds, default=0.0),
                "together, median s": statistics.median(together.seconds or [0.0]),
                "together, longest s": max(together.seconds, default=0.0),
            }


def holds(row: dict[str, float]) -> bool:
    """Whether the server lived, every page came, and the limit was kept."""
    came = row["alive"] and row["pages"] == row["asked"] and not row["went wrong"]
    if row["in a control group"]:  # the system holds the limit; files that processes share are not counted
        return bool(came)
    return bool(came and 0 < row["largest memory, MB"] < row["limit, MB"])


def main() -> int:
    """Print what was measured; 1 where something did not hold."""
    parser = argparse.ArgumentParser(prog="tests.benchmarks.small", description=__doc__.splitlines()[0])
    parser.add_argument("--limits", default="2700,1000", help="megabytes, one row each")
    options = parser.parse_args()
    rows = []
    for limit in map(int, options.limits.split(",")):
        rows.append(measure(limit))
        print(*(f"{name} {value:.1f}" for name, value in rows[-1].items()), sep="; ", flush=True)
    return int(not all(map(holds, rows)))


if __name__ == "__main__":
    raise SystemExit(main())
