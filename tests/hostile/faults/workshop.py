"""A process that has imported everything once and forks for each piece of work, so that killing one is cheap.

with Workshop() as shop:
    work = shop.start("pins", {"XAI_BOARDS_DIR": folder}, board)     # a function of `works`
    work.kill()
    work.told()                                                      # what it had acknowledged"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.conftest import ROOT

KILLS = 25  # of each kind of work
CODE = "from tests.hostile.faults import works; works.serve()"


@dataclass
class Work:
    """A process at work; what it acknowledges stands in a file, a line for each."""

    process: int
    acknowledged: Path
    shop: Workshop

    def told(self) -> list[Any]:
        """What it has acknowledged so far."""
        return [json.loads(line) for line in self.acknowledged.read_text().splitlines()]

    def kill(self) -> bool:
        """End it with SIGKILL, and wait until it is gone; False where it had come to its end before."""
        with suppress(ProcessLookupError):
            os.kill(self.process, signal.SIGKILL)
        status = self.shop.ended()
        assert status in (0, -signal.SIGKILL), self.told()
        return status != 0

    def first(self) -> Any:
        """Wait until something is acknowledged; the first of it."""
        ends = time.monotonic() + 60
        while not (told := self.told()):
            assert time.monotonic() < ends, "nothing was done in a minute"
            time.sleep(0.001)
        return told[0]


class Workshop:
    """Forks one piece of work at a time."""

    def __enter__(self) -> Workshop:
        self.files = tempfile.TemporaryDirectory(prefix="workshop-")
        Path(self.files.name).chmod(0o777)  # also for work under another account
        environment = os.environ | {"OMP_NUM_THREADS": "1", "XAI_PREFETCH": "0"}
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", CODE],
            cwd=ROOT,
            env=environment,
            text=True,
            stdin=pipe,
            stdout=pipe,
        )
        assert self._line() == "ready"
        return self

    def __exit__(self, *_: object) -> None:
        for stream in (self.process.stdin, self.process.stdout):
            assert stream is not None
            stream.close()
        self.process.wait(20)
        self.files.cleanup()

    def start(
        self, work: str, environment: Mapping[str, str | None], *given: object, **limits: object
    ) -> Work:
        """Begin a function of `works`. `limits` are `user`, a number of an account, and `file`, bytes."""
        number, name = tempfile.mkstemp(dir=self.files.name)
        os.close(number)
        Path(name).chmod(0o666)
        order = {"work": work, "environment": environment, "given": given, "out": name, **limits}
        assert self.process.stdin is not None
        print(json.dumps(order), file=self.process.stdin, flush=True)
        return Work(int(self._line()), Path(name), self)

    def does(self, work: str, environment: Mapping[str, str | None], *given: object, **limits: object) -> Any:
        """What a function of `works` acknowledges last; it must come to its end."""
        started = self.start(work, environment, *given, **limits)
        status = self.ended()
        told = started.told()
        assert status == 0, told
        return told[-1] if told else None

    def ended(self) -> int:
        """How the work that was begun last ended."""
        return int(self._line())

    def _line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()


def killed(
    shop: Workshop,
    longest: float,
    work: str,
    environment: Mapping[str, str],
    *given: object,
    kills: int = KILLS,
) -> Iterator[tuple[int, list[Any]]]:
    """The number of each kill, from 1, and what the work had acknowledged. It is killed up to `longest`
    seconds after its first acknowledgement, and every fifth time after its start."""
    draw = random.Random(work)
    for number in range(1, kills + 1):
        began = shop.start(work, environment, *given)
        if number % 5:
            began.first()
        time.sleep(draw.random() * longest)
        assert began.kill()
        yield number, began.told()
