"""What happens to the answer when a region of the picture is taken out.

A region is hidden by grey, by a blur of the picture, or by inpainting from its surroundings. The control is
the same region moved to a random place (over the edge and in again on the other side), so that it has the
same area and the same shape."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from ..batches import Watch, run_batches
from ..regions import gaussian_blur
from ..scores import probabilities
from ..session import ModelHandle
from ..types import ImageInput, InputError

FILLS = ("grey", "blur", "inpaint")
GREY, BLUR = 127.0, 10.0  # a value of 0..255, and a standard deviation in pixels
INPAINT_SIDE = 112  # inpainting solves a system over all hidden pixels, so it works on a smaller picture


class Filler:
    """The picture with a region hidden: masks bool (B, H, W) -> whole pixel values (B, 3, H, W)."""

    def __init__(self, pixels: torch.Tensor, how: str):
        if how not in FILLS:
            raise InputError(f"how is {how!r}; accepted are {', '.join(FILLS)}.")
        self.pixels, self.how = pixels, how
        self._blurred = gaussian_blur(pixels, BLUR).round() if how == "blur" else None

    def __call__(self, masks: torch.Tensor) -> torch.Tensor:
        if self.how == "inpaint":
            return torch.cat([self._inpainted(mask) for mask in masks])
        other = torch.full_like(self.pixels, GREY) if self._blurred is None else self._blurred
        return torch.where(masks[:, None], other, self.pixels)

    def _inpainted(self, mask: torch.Tensor) -> torch.Tensor:
        """Biharmonic inpainting: the smoothest surface that meets what is left of the picture."""
        if not mask.any() or mask.all():
            return torch.where(mask, torch.full_like(self.pixels, GREY), self.pixels)
        from skimage.restoration import inpaint_biharmonic
        from skimage.transform import resize

        picture = self.pixels[0].permute(1, 2, 0).cpu().numpy().astype(np.float64) / 255
        hidden = mask.cpu().numpy()
        factor = max(1, round(min(hidden.shape) / INPAINT_SIDE))
        small = (-(-hidden.shape[0] // factor), -(-hidden.shape[1] // factor))
        covered = resize(hidden.astype(np.float64), small, order=1, anti_aliasing=False) > 0
        if covered.all():
            covered = resize(hidden, small, order=0, anti_aliasing=False)
        coarse = resize(picture, small, order=1, anti_aliasing=factor > 1)
        filled = inpaint_biharmonic(coarse, covered, channel_axis=-1).clip(0, 1)
        filled = resize(filled, hidden.shape, order=1) * 255
        other = torch.from_numpy(filled).permute(2, 0, 1)[None].to(self.pixels).round()
        return torch.where(mask, other, self.pixels)


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
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
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

    found = _probabilities(handle, image, masks, len(plan), how, Watch(progress, cancelled, len(plan)))
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
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> RegionEffect:
    """Take out the region `mask` (bool, H, W on the input grid). Raises InputError for an empty region or the
    whole picture, which has no other place."""
    mask = _checked(handle, mask).astype(bool)
    if not mask.any() or mask.all():
        raise InputError("The region is empty or the whole picture; some of the picture is accepted.")
    region = torch.from_numpy(mask)
    every = torch.stack([torch.zeros_like(region), region, *_moved(region, controls, seed)])
    watch = Watch(progress, cancelled, len(every))
    found = _probabilities(handle, image, lambda start, stop: every[start:stop], len(every), how, watch)
    return RegionEffect(float(mask.mean()), found[0], found[1], found[2:], how)


def hidden(view: np.ndarray, mask: np.ndarray, how: str) -> np.ndarray:
    """uint8 (H, W, 3): the picture that is scored with `mask` (H, W) taken out."""
    pixels = torch.from_numpy(np.array(view)).permute(2, 0, 1)[None].float()
    picture = Filler(pixels, how)(torch.from_numpy(np.array(mask, bool))[None])
    return picture[0].permute(1, 2, 0).numpy().astype(np.uint8)


def hiding_seconds(handle: ModelHandle, image: ImageInput, how: str) -> float:
    """Seconds that hiding one region takes beside the network: nothing to speak of, except for inpainting,
    which is tried once on a fifth of the picture and remembered."""
    if how != "inpaint":
        return 0.0
    key = (how, None)
    if key not in handle.rates:
        view = handle.view(image)
        mask = np.zeros(view.shape[:2], bool)
        mask[: round(0.45 * mask.shape[0]), : round(0.45 * mask.shape[1])] = True
        start = time.perf_counter()
        hidden(view, mask, how)
        handle.rates[key] = time.perf_counter() - start
    return handle.rates[key]


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
    watch: Watch,
) -> np.ndarray:
    """float32 (total, K): the probabilities of the picture with each mask taken out."""
    view = torch.from_numpy(np.array(handle.view(image))).permute(2, 0, 1)[None]
    filler = Filler(view.to(handle.device, handle.dtype), how)
    with handle.session():
        scorer = handle.scorer

        def work(start: int, stop: int) -> torch.Tensor:
            x = handle.grid.normalise(filler(masks(start, stop).to(handle.device)))
            with torch.inference_mode():
                logits = scorer(x.contiguous(memory_format=torch.channels_last))
                return probabilities(logits, handle.activation).float().cpu()

        found = run_batches(work, total, handle.device, watch)
        handle.passes += total
    return found.numpy()
