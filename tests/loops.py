"""A coroutine run to its end from a test."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Answer = TypeVar("Answer")


def run(coroutine: Coroutine[object, object, Answer]) -> Answer:
    """asyncio.run on a thread of its own: Playwright leaves a running event loop on the thread of the test
    that used its browser, and asyncio.run refuses a thread that has one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()
