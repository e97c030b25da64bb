"""The numbers of one picture. Every engine calls `measured`."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Generator, Sequence

from ..datasets import Example
from ..engine.explain import explain_many, predict
from ..evaluation.plan import CENTRE
from ..inputs.views import view_boxes
from ..metrics.insertion import chance
from ..metrics.localization import centre_gaussian
from ..network.handle import ModelHandle
from ..types import Explanation, ImageInput, InputError, IsCancelled
from ._check import PREDICTED, UNSEEING, Check
from ._kind import Numbers, Shot
from .kinds import find_kind
from .regions import stamped
from .units import seed_of

Outcome = Numbers | str  # the numbers of a picture, or the sentence that says why it has none
Waiting = Sequence[tuple[int, Example]]
Outcomes = Generator[tuple[int, Outcome], None, None]

# measures what is waiting and yields it as it is done, in any order; closed early when the verdict is there
Engine = Callable[[ModelHandle, Check, Waiting, IsCancelled | None], Outcomes]


def local(handle: ModelHandle, check: Check, waiting: Waiting, cancelled: IsCancelled | None) -> Outcomes:
    """The engine in this process, one picture after another, so that none is measured in vain."""
    for number, example in waiting:
        yield number, outcome(handle, check, example, cancelled)


def outcome(
    handle: ModelHandle, check: Check, example: Example, cancelled: IsCancelled | None = None
) -> Outcome:
    """The numbers of a picture, or why it has none. Raises Cancelled."""
    try:
        return measure(handle, check, example, cancelled)
    except InputError as error:
        return str(error)


def measure(
    handle: ModelHandle, check: Check, example: Example, cancelled: IsCancelled | None = None
) -> Numbers:
    """The numbers that the check's kind takes of a picture, with the class that was explained and its
    probability. Raises InputError where it cannot be read or explained, Cancelled."""
    kind = find_kind(check.kind)
    work = handle.progress(cancelled=cancelled)
    work.check()
    image = example.image()
    seen, target = seen_and_target(handle, check, example, image)
    seed = seed_of(example, check.seed)
    e = map_of(handle, check, seen, target, seed)
    shot = Shot(handle, seen, view_boxes(image, handle.grid), e, check, seed, work)
    found = {name: float(value) for name, value in kind.measure(shot).items()}
    return {**found, "target": float(e.target), "probability": e.probability}


def map_of(handle: ModelHandle, check: Check, seen: ImageInput, target: int, seed: int) -> Explanation:
    """The map of a picture on the input grid. Raises InputError."""
    (e,) = explain_many(handle, seen, [check.request(target, seed)])
    if check.method not in UNSEEING:
        return e
    noise = chance(e, seed + 1)  # not the noise of the control
    if check.method != CENTRE:
        return noise
    return dataclasses.replace(noise, heatmap=centre_gaussian(e.view_size), method=CENTRE)


def seen_and_target(
    handle: ModelHandle, check: Check, example: Example, image: ImageInput | None = None
) -> tuple[ImageInput, int]:
    """The picture as the network sees it, with its stamp, and the class that is explained. Raises
    InputError."""
    image = example.image() if image is None else image
    seen = ImageInput(handle.view(image), "squash", example.name)
    if check.stamp:
        seen = stamped(seen, check.stamp, check.region)
    if check.explain == PREDICTED:
        return seen, predict(handle, seen, 1)[0].index
    if not example.targets:
        raise InputError(f"{example.name} has no class; explain the predicted one instead.")
    return seen, example.target
