"""One capture of a batch of pictures, seen picture by picture.

A batch takes one forward pass. One backward pass from the sum of the pictures' scores, each of its own class,
gives the gradients of all of them, since no picture's score depends on another picture:

    d (sum_j s_j) / d A_i = d s_i / d A_i

`Batch.row(i)` is a capture of picture i alone, so what explains one picture explains each of a batch."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast

import torch

from .capture import Capture
from .scores import Score


class Batch:
    """A capture of N pictures; `targets` holds the class that is explained of each."""

    def __init__(self, capture: Capture, targets: Sequence[int]):
        self.capture, self.targets = capture, tuple(targets)
        self._gradients: dict[Score, dict[str, torch.Tensor]] = {}

    def row(self, place: int) -> Row:
        """The capture (1, ...) of the picture in this place."""
        own = slice(place, place + 1)
        activations = {key: values[own] for key, values in self.capture.activations.items()}
        return Row(self.capture.net, self.capture.logits[own], activations, batch=self, place=place)

    def gradients(self, score: Score, place: int) -> dict[str, torch.Tensor]:
        """Those (1, C, h, w) of one picture's score. The first call runs the backward pass for all pictures;
        a score of another class than the picture's in `targets` has a backward pass of its own."""
        own = slice(place, place + 1)
        if score.targets != (self.targets[place],):
            alone = self.capture.gradients(lambda logits: score(logits[own]))
            return {key: values[own] for key, values in alone.items()}
        for_all = dataclasses.replace(score, targets=self.targets)
        if for_all not in self._gradients:
            self._gradients[for_all] = self.capture.gradients(for_all)
        return {key: values[own] for key, values in self._gradients[for_all].items()}


@dataclass
class Row(Capture):
    """One picture of a batch; its gradients come from the batch's backward pass."""

    batch: Batch = field(kw_only=True)
    place: int = field(kw_only=True)

    def gradients(self, score: object) -> dict[str, torch.Tensor]:
        """d score / d activation (1, C, h, w) for every layer captured with gradients; `score` is a Score of
        one picture."""
        return self.batch.gradients(cast(Score, score), self.place)


class KeptBytes:
    """Counts the bytes that autograd keeps for the backward pass, in a `with` block: each memory once, the
    network's own weights left out."""

    def __init__(self, weights: Sequence[torch.Tensor]):
        self._seen = {tensor.untyped_storage().data_ptr() for tensor in weights}
        self._kept: list[torch.Tensor] = []  # their addresses stay their own as long as they live
        self.count = 0
        self._hooks = torch.autograd.graph.saved_tensors_hooks(self._keep, lambda kept: kept)

    def __enter__(self) -> KeptBytes:
        self._hooks.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._hooks.__exit__(*error)
        self._kept.clear()

    def _keep(self, tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in self._seen:
            self._seen.add(storage.data_ptr())
            self._kept.append(tensor)
            self.count += storage.nbytes()
        return tensor
