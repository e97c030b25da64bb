"""Pictures measured group after group. Every engine calls `measured`."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from functools import partial

from ..datasets import Example
from ..engine.explain import explain_looked, wanted_of
from ..engine.looked import Answered, look_together
from ..network.batches import Progress
from ..network.handle import ModelHandle
from ..types import Explanation, InputError, IsCancelled
from .groups import Group, Picture, Unread, read_ahead
from .plan import COLUMNS, UNSEEING, Plan
from .rows import Row, rows_of

__all__ = [
    "COLUMNS",
    "UNSEEING",
    "Engine",
    "Outcome",
    "Outcomes",
    "Plan",
    "Waiting",
    "measure",
    "measured",
    "outcome",
]

Outcome = list[Row] | str  # a picture's rows, or the sentence that says why it has none
Waiting = Sequence[Group]
Measured = Generator[tuple[int, Outcome], None, None]
Outcomes = Generator[tuple[int, Outcome | bytes], None, None]  # rows also as the bytes of the table's part
Measuring = Callable[[], Outcome]  # what is left to do for a picture when its maps are there

# measures what is waiting and yields it as it is done, in any order; closed early when a run is cancelled
Engine = Callable[[ModelHandle, Plan, Waiting], Outcomes]


def measured(
    handle: ModelHandle, plan: Plan, waiting: Waiting, cancelled: IsCancelled | None = None
) -> Measured:
    """The waiting pictures, one group after another: its number, and its rows or the sentence that says why
    it has none. Pictures are read ahead in threads. Where everything is short, one more thread measures the
    maps of a picture while the next one is explained; otherwise each picture is done before the next.

    `cancelled()` is asked before each group and picture and between two batches of a map. Raises
    Cancelled."""
    steps = Progress(cancelled=cancelled)
    aside = ThreadPoolExecutor(1, "metrics") if plan.quick else None
    begun: deque[tuple[int, Future[Outcome]]] = deque()
    try:
        with closing(read_ahead(handle, waiting)) as read:
            for group, pictures in zip(waiting, read, strict=True):
                for number, left in _explained(handle, plan, group, pictures, cancelled):
                    if aside is None:
                        yield number, left()
                        continue
                    begun.append((number, aside.submit(left)))
                    while begun and (begun[0][1].done() or len(begun) > group.size):
                        steps.check()
                        yield _done(begun)
        while begun:
            steps.check()
            yield _done(begun)
    finally:
        if aside is not None:
            aside.shutdown(cancel_futures=True)


def _done(begun: deque[tuple[int, Future[Outcome]]]) -> tuple[int, Outcome]:
    number, task = begun.popleft()
    return number, task.result()


def _explained(
    handle: ModelHandle,
    plan: Plan,
    group: Group,
    pictures: Sequence[Picture | Unread],
    cancelled: IsCancelled | None,
) -> Iterator[tuple[int, Measuring]]:
    """Each picture's number and what is left to do when its maps are there."""
    read = [one for one in pictures if isinstance(one, Picture)]
    try:
        answers: list[Answered] | str = _answers(handle, plan, group, read, cancelled) if read else []
    except InputError as error:
        answers = str(error)
    place = 0
    for one in pictures:
        if not isinstance(one, Picture):
            yield one[0], partial(str, one[1])
        elif isinstance(answers, str):
            yield one.number, partial(str, answers)
        else:
            yield one.number, _maps(handle, plan, one, answers[place], cancelled)
            place += 1


def _answers(
    handle: ModelHandle, plan: Plan, group: Group, read: Sequence[Picture], cancelled: IsCancelled | None
) -> list[Answered]:
    """What the network sees in the pictures that were read, all in one batch. Raises InputError where it can
    give none of the maps."""
    wanted = wanted_of(handle, plan.requests(None))
    at = {one.number - group.first: one for one in read}

    def target_of(place: int, best: int) -> int:
        """A class that the model does not have is refused with the picture's own requests."""
        own = best if plan.predicted else at[place].example.target
        return own if 0 <= own < len(handle.labels) else best

    views = [at[place].view if place in at else None for place in range(group.size)]
    with handle.session():
        progress = handle.progress(cancelled=cancelled)
        found = look_together(handle, views, wanted, target_of, progress)
    return [one for one in found if one is not None]


def _maps(
    handle: ModelHandle, plan: Plan, picture: Picture, answered: Answered, cancelled: IsCancelled | None
) -> Measuring:
    """Computes the maps of one picture."""
    steps = Progress(cancelled=cancelled)
    steps.check()
    target = answered.target if plan.predicted else picture.example.target
    try:
        requests = plan.requests(target)
        found = explain_looked(handle, picture.image, answered.looked, requests, cancelled)
    except InputError as error:
        return partial(str, str(error))
    steps = Progress() if plan.quick else steps  # in another thread `cancelled` is not asked
    return partial(_measured_maps, handle, plan, picture, answered, found, steps)


def _measured_maps(
    handle: ModelHandle,
    plan: Plan,
    picture: Picture,
    answered: Answered,
    found: Sequence[Explanation],
    steps: Progress,
) -> Outcome:
    try:
        return rows_of(handle, plan, picture, answered, found, steps)
    except InputError as error:
        return str(error)


def outcome(
    handle: ModelHandle, example: Example, plan: Plan, cancelled: IsCancelled | None = None
) -> Outcome:
    """The rows of one picture alone, or the sentence that says why it has none. Raises Cancelled."""
    ((_, found),) = measured(handle, plan, [Group(0, 1, ((0, example),))], cancelled)
    return found


def measure(
    handle: ModelHandle, example: Example, plan: Plan, cancelled: IsCancelled | None = None
) -> list[Row]:
    """The rows of one picture alone. Raises InputError where it cannot be read or explained, Cancelled."""
    found = outcome(handle, example, plan, cancelled)
    if isinstance(found, str):
        raise InputError(found)
    return found
