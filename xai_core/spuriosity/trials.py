"""The interventions: what the network answers when the region of a cluster is changed, beside controls.

A trial "out" is made on a picture of the cluster's class, a trial "paste" on a picture of another class:

    out      whole | out: the region filled | out_1 ...: as large a region elsewhere filled
             moved: the region's content at the place of out_1, and the region filled
    paste    whole | pasted: the region of a picture of the cluster, at its own place
             control: another region of that picture, at the same place
             ordinary: what the map of a picture of the class, outside the cluster, says most, there too

All changes of a trial go through the network as one batch, so that their number and their order never
change. The margin of class c is z_c - max_(j != c) z_j: it is positive where the answer is c."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from ..datasets import Example
from ..evaluation.groups import Group
from ..metrics.fillers import hidden
from ..network.batches import Progress
from ..network.handle import ModelHandle
from ..types import InputError, IsCancelled
from .maps import Outcome, Outcomes
from .regions import Place

OUT, PASTE = "out", "paste"
COLUMNS = ("trial", "cluster", "kind", "number", "image", "donor", "edit", "margin", "answer", "hit")


@dataclass(frozen=True)
class Trial:
    """One picture on which the region of cluster `cluster` is tried; `target` is the cluster's class.

    `elsewhere` are the places of the controls. `donor` is the picture of the cluster from which a paste comes
    (for "out" the picture itself), `ordinary` the one outside the cluster with its best place."""

    cluster: int
    kind: str
    number: int
    picture: Example
    target: int
    place: Place
    elsewhere: tuple[Place, ...]
    donor: Example
    ordinary: tuple[Example, Place] | None = None

    @property
    def name(self) -> str:
        """The picture on which it is made."""
        return self.picture.name


@dataclass(frozen=True)
class Trials:
    """The stage: called with groups of trials it gives each trial's number and its rows."""

    fill: str

    def __call__(
        self, handle: ModelHandle, groups: Sequence[Group], cancelled: IsCancelled | None = None
    ) -> Outcomes:
        """In the order of the groups. `cancelled()` is asked before each trial. Raises Cancelled."""
        for group in groups:
            for number, trial in group.waiting:
                Progress(cancelled=cancelled).check()
                assert isinstance(trial, Trial)
                yield number, self._outcome(handle, number, trial)

    def _outcome(self, handle: ModelHandle, number: int, trial: Trial) -> Outcome:
        try:
            changed = edits(handle, trial, self.fill)
        except InputError as error:
            return str(error)
        logits = answers(handle, list(changed.values()))
        rows = []
        for edit, one in zip(changed, logits, strict=True):
            answer = int(one.argmax())
            hit = answer in trial.picture.targets if trial.kind == OUT else answer == trial.target
            facts = (number, trial.cluster, trial.kind, trial.number, trial.name, trial.donor.name, edit)
            values = (*facts, margin(one, trial.target), answer, hit)
            rows.append(dict(zip(COLUMNS, values, strict=True)))
        return rows


def edits(handle: ModelHandle, trial: Trial, fill: str) -> dict[str, np.ndarray]:
    """The pictures of a trial by their names, uint8 (H, W, 3). Raises InputError for a file that cannot be
    read."""
    view = np.array(handle.view(trial.picture.image()))
    if trial.kind == OUT:
        return _out(view, trial, fill)
    if trial.ordinary is None:
        raise InputError("A trial of pasting has no ordinary picture.")
    donor = np.array(handle.view(trial.donor.image()))
    other, own = trial.ordinary
    ordinary = np.array(handle.view(other.image()))
    return {
        "whole": view,
        "pasted": put(view, trial.place, donor, trial.place),
        "control": put(view, trial.place, donor, trial.elsewhere[0]),
        "ordinary": put(view, trial.place, ordinary, own),
    }


def _out(view: np.ndarray, trial: Trial, fill: str) -> dict[str, np.ndarray]:
    gone = without(view, trial.place, fill)
    found = {"whole": view, "out": gone, "moved": put(gone, trial.elsewhere[0], view, trial.place)}
    return found | {f"out_{n}": without(view, p, fill) for n, p in enumerate(trial.elsewhere, 1)}


def put(view: np.ndarray, at: Place, source: np.ndarray, of: Place) -> np.ndarray:
    """The view (H, W, 3) with the content of place `of` of another view at place `at`."""
    made = view.copy()
    y0, y1, x0, x1 = at.box(view.shape[:2])
    v0, v1, u0, u1 = of.box(source.shape[:2])
    made[y0:y1, x0:x1] = source[v0:v1, u0:u1]
    return made


def without(view: np.ndarray, place: Place, fill: str) -> np.ndarray:
    """The view with the place filled."""
    mask = np.zeros(view.shape[:2], bool)
    y0, y1, x0, x1 = place.box(view.shape[:2])
    mask[y0:y1, x0:x1] = True
    return hidden(view, mask, fill)


def answers(handle: ModelHandle, views: Sequence[np.ndarray]) -> np.ndarray:
    """float64 (N, K): the logits of views, in one batch; where the GPU's memory is full, in two."""
    pixels = torch.from_numpy(np.stack(views)).to(handle.device).permute(0, 3, 1, 2).float()
    try:
        with handle.session(), torch.no_grad():
            logits = handle.scorer(handle.grid.normalise(pixels).to(handle.dtype)).double().cpu().numpy()
    except torch.OutOfMemoryError:
        if len(views) == 1:
            raise
        torch.cuda.empty_cache()
        half = len(views) // 2
        return np.concatenate([answers(handle, views[:half]), answers(handle, views[half:])])
    handle.ledger.count(len(views))
    return logits


def margin(logits: np.ndarray, target: int) -> float:
    """z_c - max_(j != c) z_j of logits (K,)."""
    return float(logits[target] - np.delete(logits, target).max())
