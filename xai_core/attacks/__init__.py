"""Adversarial attacks on a person's own image: the registry, and attack().

A new attack is one file with a SPEC, and one line in this list. The picture is attacked as the network sees
it, on its input grid, and judged as the 8-bit picture that can be saved."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from ..display import Displayed
from ..network.handle import ModelHandle
from ..network.scores import rank
from ..parameters import complete
from ..types import ClassScore, ImageInput, InputError, IsCancelled, OnProgress, Params
from . import fgsm, one_pixel, pgd, pgd_l2
from ._spec import AttackSpec, Goal

ATTACKS: dict[str, AttackSpec] = {
    spec.key: spec for spec in (fgsm.SPEC, pgd.SPEC, pgd_l2.SPEC, one_pixel.SPEC)
}


@dataclass(frozen=True, eq=False)
class PerturbedImage(Displayed):
    """An attacked picture. `original` and `image` are the 8-bit pictures on the model's input grid before and
    after (fit "squash", so that they reach the network as they are). `before` and `after` are the predicted
    classes of the two, `target` the class wanted (None: any other than `label`, the class before). `success`
    is judged on `image`. `forwards` counts the inputs sent through the network."""

    _kind = "attack"
    original: ImageInput
    image: ImageInput
    attack: str
    params: Params
    label: int
    target: int | None
    success: bool
    before: ClassScore
    after: ClassScore
    forwards: int
    seconds: float
    seed: int = 0

    @property
    def noise(self) -> np.ndarray:
        """int16 (H, W, 3): after minus before, in steps of the 8-bit picture."""
        return self.image.pixels.astype(np.int16) - self.original.pixels

    @property
    def changed(self) -> np.ndarray:
        """int (k, 2): row and column of every pixel that differs."""
        return np.argwhere(self.noise.any(2))


def find_attack(method: str) -> AttackSpec:
    """The attack of that name; raises InputError for any other."""
    if method not in ATTACKS:
        raise InputError(f"There is no attack {method!r}; the attacks are {', '.join(ATTACKS)}.")
    return ATTACKS[method]


def attack(
    handle: ModelHandle,
    image: ImageInput,
    method: str,
    target: int | None = None,
    seed: int = 0,
    progress: OnProgress | None = None,
    cancelled: IsCancelled | None = None,
    **params: Any,
) -> PerturbedImage:
    """Change `image` so that the answer is another one, or, with `target`, that class.

    The answer is the most probable class, also of a network whose classes are right or wrong by themselves.
    `method` is one of ATTACKS; epsilon is in 0..255. Raises InputError for an unknown attack, class or
    parameter, and where the picture already is of the target class."""
    spec = find_attack(method)
    if target is not None:
        target = handle.check_target(target)
    if not isinstance(seed, int) or isinstance(seed, bool):
        raise InputError(f"seed is {seed!r}; a whole number is accepted.")
    filled = complete(spec.params, params, method)
    start = time.perf_counter()
    view = np.array(handle.view(image))
    work = handle.progress(progress, cancelled, spec.passes(filled))
    with handle.session():
        work.check()
        pixels = torch.from_numpy(view).permute(2, 0, 1)[None].to(handle.device, handle.dtype)
        before = _answer(handle, pixels)
        if target == before.index:
            raise InputError(
                f"target is {target}, which is the class of the picture already; give another one."
            )
        label = before.index if target is None else target
        goal = Goal(handle.scorer, handle.grid, label, target is not None, work, handle.activation)
        moved = spec.run(goal, pixels, torch.Generator().manual_seed(seed), **filled)
        after = _answer(handle, moved)
        forwards = work.forwards + 2  # the answers before and after
    changed = moved[0].permute(1, 2, 0).cpu().numpy().astype(np.uint8)
    return PerturbedImage(
        original=ImageInput(view, "squash", image.name, boxes=image.boxes),
        image=ImageInput(changed, "squash", f"{image.name}, attacked by {spec.label}"),
        attack=method,
        params=filled,
        label=before.index,
        target=target,
        success=after.index == target if target is not None else after.index != before.index,
        before=before,
        after=after,
        forwards=forwards,
        seconds=time.perf_counter() - start - work.waited,
        seed=seed,
    )


def _answer(handle: ModelHandle, pixels: torch.Tensor) -> ClassScore:
    """The predicted class of whole pixel values, as `predict` gives it."""
    values = pixels[0].permute(1, 2, 0).cpu().numpy().astype(np.uint8)
    with torch.inference_mode():
        logits = handle.capture(handle.preprocess(ImageInput(values, "squash"))).logits[0].cpu().double()
    return rank(logits, handle.labels, handle.activation, top=1)[0]
