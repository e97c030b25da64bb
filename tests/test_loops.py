"""A coroutine runs from a thread whose event loop already runs."""

from __future__ import annotations

import asyncio

from tests import loops


async def seven() -> int:
    await asyncio.sleep(0)
    return 7


def test_a_thread_that_has_a_running_loop_may_run_a_coroutine():
    async def within_a_loop() -> int:
        return loops.run(seven())

    assert asyncio.run(within_a_loop()) == loops.run(seven()) == 7
