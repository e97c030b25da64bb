"""Which pictures of a data set go through the network together, and reading them ahead.

Pictures n with the same n // N form a group, and picture n takes place n % N of its batch. A place whose
picture was measured before, or cannot be read, stays grey. So a picture's place and its batch's length follow
from its number and the plan alone, and its numbers are the same bytes after a resume and in any worker that
computes with as many threads. N follows from counted bytes, never from the clock."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass

import numpy as np

from ..datasets import Example
from ..engine.explain import wanted_of
from ..network.batches import batch_size
from ..network.handle import ModelHandle
from ..types import ImageInput, InputError, Request

MOST = 32  # pictures of a group, which lie in memory together
USUAL = 224 * 224  # pixels of the inputs for which batches are chosen
KEPT = {"cpu": 400e6}  # bytes that the captures of a group may keep
KEPT_ON_GPU = 4e9
READERS = 2  # threads


@dataclass(frozen=True)
class Group:
    """The pictures `first` ... `first + size - 1` of a data set; `waiting` are those not measured yet."""

    first: int
    size: int
    waiting: tuple[tuple[int, Example], ...]


@dataclass(frozen=True)
class Picture:
    """A picture that has been read, and its view on the network's input grid, uint8 (H, W, 3)."""

    number: int
    example: Example
    image: ImageInput
    view: np.ndarray


Unread = tuple[int, str]  # a picture's number, and the sentence that says why it cannot be read


def grouped(waiting: Iterable[tuple[int, Example]], total: int, size: int) -> list[Group]:
    """The groups of up to `size` pictures that hold the waiting ones of a data set of `total`."""
    found: dict[int, list[tuple[int, Example]]] = {}
    for number, example in waiting:
        found.setdefault(number // size * size, []).append((number, example))
    return [Group(first, min(size, total - first), tuple(some)) for first, some in found.items()]


def group_size(handle: ModelHandle, requests: Sequence[Request]) -> int:
    """How many pictures are captured together for these maps: as many as the device scores at a time, fewer
    where the captures would keep more than KEPT bytes. 1 where a request is not accepted."""
    try:
        wanted = wanted_of(handle, requests)
    except InputError:
        return 1
    height, width = handle.input_size
    most = min(MOST, batch_size(handle.device) * max(1, USUAL // (height * width)))
    with handle.session():
        kept = handle.kept_bytes(wanted)
    return int(max(1, min(most, KEPT.get(handle.device.type, KEPT_ON_GPU) // max(1, kept))))


def read_ahead(handle: ModelHandle, groups: Sequence[Group]) -> Generator[list[Picture | Unread], None, None]:
    """The waiting pictures of each group, read in threads while earlier ones are measured. At most one group
    and READERS pictures are ahead, so a large data set needs no more memory than a small one."""
    with closing(_ahead(handle, groups)) as pictures:
        for group in groups:
            yield [next(pictures) for _ in group.waiting]


def _ahead(handle: ModelHandle, groups: Sequence[Group]) -> Generator[Picture | Unread, None, None]:
    most = READERS + max((group.size for group in groups), default=0)
    pool = ThreadPoolExecutor(READERS, "reader")
    begun: deque[Future[Picture | Unread]] = deque()
    try:
        for group in groups:
            for number, example in group.waiting:
                begun.append(pool.submit(_read, handle, number, example))
                if len(begun) > most:
                    yield begun.popleft().result()
        while begun:
            yield begun.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def _read(handle: ModelHandle, number: int, example: Example) -> Picture | Unread:
    try:
        image = example.image()
    except InputError as error:
        return number, str(error)
    return Picture(number, example, image, handle.view(image))
