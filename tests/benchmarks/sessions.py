"""What two hundred visitors, one after another, leave behind.   python -m tests.benchmarks.sessions

Each comes with a connection of his own, uploads a photograph of two megabytes, opens one page, and leaves.
The server forgets a session that has ended after five seconds here (`server.disconnectedSessionTTL`; its
default is two minutes), and looks for garbage every three (XAI_TIDY_SECONDS). After each twenty, once it has
done so, its memory and open files are read. The exit code is 1 where memory grows by more than 30 MB from the
fourth reading, when every page and sample has been seen, to the last."""

from __future__ import annotations

import argparse
import asyncio
import random
import re
import time
import urllib.request
import uuid

import psutil

from tests.browser.conftest import FAST, free_port, served

from .visitors import OPACITIES, PAGES, SAMPLES, Seen, visitor

EVERY, TTL, TIDY, GROWTH_MB = 20, 5, 3, 30
PHOTOGRAPH = 2_000_000  # bytes


def upload(port: int, session: str, data: bytes) -> None:
    """A file for the session, as the browser sends it."""
    address = f"http://127.0.0.1:{port}/_stcore"
    with urllib.request.urlopen(f"{address}/health") as answer:
        found = re.search("_streamlit_xsrf=([^;]+)", answer.headers.get("set-cookie", ""))
    token = found.group(1).strip('"') if found else ""
    border = uuid.uuid4().hex
    head = f'--{border}\r\nContent-Disposition: form-data; name="f"; filename="p.jpg"\r\n\r\n'
    body = head.encode() + data + f"\r\n--{border}--\r\n".encode()
    headers = {
        "Content-Type": f"multipart/form-data; boundary={border}",
        "X-Xsrftoken": token,
        "Cookie": f"_streamlit_xsrf={token}",
    }
    place = f"{address}/upload_file/{session}/{uuid.uuid4()}"
    with urllib.request.urlopen(urllib.request.Request(place, body, headers, method="PUT")) as answer:
        assert answer.status == 204


async def visit(port: int, number: int, same: bool) -> None:
    """One visitor, from the connection to its end; `same`: all open one page with one sample and opacity."""
    draw = random.Random(0 if same else number)
    async with visitor(port, Seen()) as own:
        await own.open(draw.choice(PAGES), draw.choice(SAMPLES), draw.choice(OPACITIES))
        await asyncio.to_thread(upload, port, own.session, draw.randbytes(PHOTOGRAPH))


def main() -> int:
    """Print a line for each twenty visitors; 1 where memory grows."""
    parser = argparse.ArgumentParser(prog="tests.benchmarks.sessions", description=__doc__.splitlines()[0])
    parser.add_argument("--sessions", type=int, default=200)
    parser.add_argument(
        "--same", action="store_true", help="one view for all, so that no memory of results fills"
    )
    options = parser.parse_args()
    port, found = free_port(), []
    settings = {"STREAMLIT_SERVER_DISCONNECTED_SESSION_TTL": str(TTL), "XAI_TIDY_SECONDS": str(TIDY)}
    with served(port, **FAST, **settings) as process:
        server = psutil.Process(process.pid)
        for number in range(options.sessions):
            asyncio.run(visit(port, number, options.same))
            if (number + 1) % EVERY == 0:
                time.sleep(TTL + 1)
                asyncio.run(
                    visit(port, number, options.same)
                )  # Streamlit forgets old sessions when one comes or goes
                time.sleep(2 * TIDY + 1)
                found.append(server.memory_info().rss / 1e6)
                print(f"{number + 1} sessions: {found[-1]:.0f} MB, {server.num_fds()} open files", flush=True)
    return int(found[-1] - found[min(3, len(found) - 1)] > GROWTH_MB)


if __name__ == "__main__":
    raise SystemExit(main())
