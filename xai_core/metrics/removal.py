"""What happens to the answer when a region of the picture is taken out.

The control is the same region moved to a random place (over the edge and in again on the other side), so that
it has the same area and the same shape."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from ..network.batches import Progress, onto, run_batches
from ..network.handle import ModelHandle
from ..network.scores import probabilities
from ..scoring.superpixels import Base, boxes_of_masks, score_grouped
from ..types import ImageInput, InputError, IsCancelled, OnProgress
from .fillers import Filler


@dataclass(frozen=True, eq=False)
class Removal:
    """The probabilities as more and more of a picture is taken out, in the order of a map.

    `percents` (P,) of the picture's area; `probabilities` float32 (P, K) of all classes; `control` float32
    (C, Q, K) the same at `control_percents` (Q,) for C random places of the same regions. `flip` is the
    smallest of `percents` at which the answer is another one than with nothing taken out, or None."""

    percents: np.ndarray
    probabilities: np.ndarray
    control_percents: np.ndarray
    control: np.ndarray
    how: str

    @property
    def answers(self) -> np.ndarray:
        """int (P,): the predicted class at each percentage."""
        return self.probabilities.argmax(1)

    @property
    def flip(self) -> float | None:
        other = np.flatnonzero(self.answers != self.answers[0])
        return float(self.percents[other[0]]) if len(other) else None


def order_of(values: np.ndarray) -> np.ndarray:
    """int64 (H, W): 0 for the highest value, then 1 ...; equal values in reading order, so that every
    percentage is an exact number of pixels."""
    order = np.empty(values.size, np.int64)
    order[np.argsort(-values.ravel(), kind="stable")] = np.arange(values.size)
    return order.reshape(values.shape)


def removal(
    handle: ModelHandle,
    image: ImageInput,
    values: np.ndarray,
    how: str = "grey",
    percents: Sequence[float] = tuple(range(61)),
    control_percents: Sequence[float] = tuple(range(0, 61, 5)),
    controls: int = 5,
    seed: int = 0,
    progress: OnProgress | None = None,
    cancelled: IsCancelled | None = None,
) -> Removal:
    """Take out the highest `percents` of `values` (H, W on the input grid), and the same regions elsewhere.

    `percents` begin with 0. Raises InputError for a map of another size, an unknown `how`, or percentages
    outside 0..100."""
    for name, given in (("percents", percents), ("control_percents", control_percents)):
        if not len(given) or min(given) < 0 or max(given) > 100:
            raise InputError(f"{name} is {list(given)!r}; numbers from 0 to 100 are accepted.")
    if percents[0] != 0:
        raise InputError(f"percents begins with {percents[0]!r}; it must begin with 0, the whole picture.")
    order = torch.from_numpy(order_of(_checked(handle, values)))
    orders = [order, *_moved(order, controls, seed)]
    plan = [(0, p) for p in percents]
    plan += [(c, p) for c in range(1, controls + 1) for p in control_percents]

    def masks(start: int, stop: int) -> torch.Tensor:
        return torch.stack([orders[c] < round(p / 100 * order.numel()) for c, p in plan[start:stop]])

    found = _probabilities(
        handle, image, masks, len(plan), how, handle.progress(progress, cancelled, len(plan))
    )
    first = len(percents)
    control = found[first:].reshape(controls, len(control_percents), -1)
    return Removal(np.array(percents, float), found[:first], np.array(control_percents, float), control, how)


@dataclass(frozen=True, eq=False)
class RegionEffect:
    """The probabilities with a region taken out, beside random places of the same region.

    `area` is its share of the picture; `before` and `after` float32 (K,), `control` float32 (C, K)."""

    area: float
    before: np.ndarray
    after: np.ndarray
    control: np.ndarray
    how: str

    def drop(self, target: int) -> float:
        """By how much the probability falls, -1..1; negative where it rises."""
        return float(self.before[target] - self.after[target])

    def control_drops(self, target: int) -> np.ndarray:
        """float (C,): the same at the random places."""
        return self.before[target] - self.control[:, target]

    def percentile(self, target: int) -> float:
        """0..1: the share of random places that cost the class less (ties count half)."""
        drops, own = self.control_drops(target), self.drop(target)
        return float(np.mean(drops < own) + np.mean(drops == own) / 2)


def region_effect(
    handle: ModelHandle,
    image: ImageInput,
    mask: np.ndarray,
    how: str = "grey",
    controls: int = 60,
    seed: int = 0,
    progress: OnProgress | None = None,
    cancelled: IsCancelled | None = None,
) -> RegionEffect:
    """Take out the region `mask` (bool, H, W on the input grid). Raises InputError for an empty region or the
    whole picture, which has no other place."""
    mask = _checked(handle, mask).astype(bool)
    if not mask.any() or mask.all():
        raise InputError("The region is empty or the whole picture; some of the picture is accepted.")
    region = torch.from_numpy(mask)
    every = torch.stack([torch.zeros_like(region), region, *_moved(region, controls, seed)])
    work = handle.progress(progress, cancelled, len(every))
    filler = _filler(handle, image, how)

    def make(numbers: np.ndarray) -> torch.Tensor:
        return handle.grid.normalise(filler(onto(every[numbers], handle.device)))

    with handle.session(), torch.inference_mode():
        bases = [Base(make(np.array([0])), boxes_of_masks(every.numpy()))]
        found = score_grouped(
            handle.scorer, make, bases, lambda logits: probabilities(logits, handle.activation), work
        )
    values = found.float().cpu().numpy()
    return RegionEffect(float(mask.mean()), values[0], values[1], values[2:], how)


def _checked(handle: ModelHandle, values: np.ndarray) -> np.ndarray:
    if np.shape(values) != handle.input_size:
        raise InputError(f"The region is {np.shape(values)}; the model's input is {handle.input_size}.")
    return np.asarray(values)


def _moved(region: torch.Tensor, count: int, seed: int) -> list[torch.Tensor]:
    """The region at random places, never where it was."""
    generator = torch.Generator().manual_seed(seed)
    width = region.shape[1]
    places = torch.randint(1, region.numel(), (count,), generator=generator).tolist()
    return [region.roll((place // width, place % width), (0, 1)) for place in places]


def _probabilities(
    handle: ModelHandle,
    image: ImageInput,
    masks: Callable[[int, int], torch.Tensor],
    total: int,
    how: str,
    progress: Progress,
) -> np.ndarray:
    """float32 (total, K): the probabilities of the picture with each mask taken out."""
    filler = _filler(handle, image, how)
    with handle.session():
        scorer = handle.scorer

        def work(start: int, stop: int) -> torch.Tensor:
            x = handle.grid.normalise(filler(onto(masks(start, stop), handle.device)))
            with torch.inference_mode():
                logits = scorer(x.contiguous(memory_format=torch.channels_last))
                return probabilities(logits, handle.activation).float().cpu()

        found = run_batches(work, total, handle.device, progress)
    return found.numpy()


def _filler(handle: ModelHandle, image: ImageInput, how: str) -> Filler:
    view = torch.from_numpy(np.array(handle.view(image))).permute(2, 0, 1)[None]
    return Filler(view.to(handle.device, handle.dtype), how)
