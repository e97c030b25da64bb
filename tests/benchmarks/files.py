"""How fast the app's server hands out the browser's files, with and without httptools and uvloop.

    python -m tests.benchmarks.files [--rounds N]

The files are Streamlit's own scripts, all but the four largest, fetched over six connections as a browser
does. Servers of all four ways take turns in one run; prints medians, and each as a ratio to neither.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import streamlit

from tests.browser.conftest import free_port, wait_until_healthy
from tests.test_architecture import ROOT

FOLDER = Path(streamlit.__file__).parent / "static" / "static" / "js"
WAYS = {"neither": ("httptools", "uvloop"), "httptools": ("uvloop",), "uvloop": ("httptools",), "both": ()}
CONNECTIONS, WARM = 6, 20.0
SERVER = """
import sys
from streamlit.web.cli import main
port, *hidden = sys.argv[1:]
sys.modules.update(dict.fromkeys(hidden))  # importing one of these fails
sys.argv = ["streamlit", "run", "dashboard.py", "--server.headless", "true", "--server.port", port]
main()
"""


@contextlib.contextmanager
def serving(hidden: tuple[str, ...]) -> Iterator[int]:
    """The port of the app's server, which finds these packages missing."""
    port, quiet = free_port(), {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    command = [sys.executable, "-c", SERVER, str(port), *hidden]
    environment = os.environ | {"XAI_PREFETCH": "0"}
    server = subprocess.Popen(command, cwd=ROOT, env=environment, **quiet)
    try:
        wait_until_healthy(f"http://127.0.0.1:{port}", server)
        yield port
    finally:
        server.terminate()
        server.wait(20)


def fetch(port: int, names: list[str]) -> int:
    """Bytes of these files over one connection."""
    connection, size = http.client.HTTPConnection("127.0.0.1", port), 0
    for name in names:
        connection.request("GET", f"/static/js/{name}")
        size += len(connection.getresponse().read())
    return size


def main() -> int:
    """Print what was measured."""
    parser = argparse.ArgumentParser(prog="tests.benchmarks.files", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    names = [file.name for file in sorted(FOLDER.glob("*.js"), key=lambda file: file.stat().st_size)[-70:-4]]
    shares = [names[i::CONNECTIONS] for i in range(CONNECTIONS)]
    times: dict[str, list[float]] = {way: [] for way in WAYS}
    size = 0
    with contextlib.ExitStack() as servers, ThreadPoolExecutor(CONNECTIONS) as pool:
        ports = {way: servers.enter_context(serving(hidden)) for way, hidden in WAYS.items()}
        time.sleep(WARM)  # until all have imported what they import while they answer
        for _ in range(rounds + 1):  # the first round fills the disk's cache
            for way, port in ports.items():
                start = time.perf_counter()
                size = sum(pool.map(fetch, [port] * CONNECTIONS, shares))
                times[way].append(time.perf_counter() - start)
    medians = {way: statistics.median(found[1:]) for way, found in times.items()}
    for way, seconds in medians.items():
        ratio = medians["neither"] / seconds
        print(f"{way:<10} {len(names)} files, {size / 1e6:.0f} MB: {seconds:.2f} s, ratio {ratio:.1f}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
