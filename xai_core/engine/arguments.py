"""What a method's function is given: each argument made only when a method uses it, and once for all of
them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

import torch
from torch import nn

from ..inputs import superpixels
from ..inputs.backgrounds import DRAWN, backgrounds
from ..methods import MethodSpec
from ..network.attention import Attention
from ..network.batches import Progress
from ..network.capture import Capture
from ..network.handle import ModelHandle
from ..network.patches import DROP, PATCH, patch_labels
from ..network.scores import Score, probabilities
from ..scoring.hiding import Dropped, Hiding, Painted
from ..types import ImageInput, InputError, LayerSpec
from .usable import choice_key

# parameters that are applied to the score, to the result or to what is supplied, and so are not passed on
_APPLIED_HERE = (
    *("relu", "counterfactual", "contrast", "score"),
    *("baseline", "blur", "draws", "segmentation", "stages"),
)
_NOISE = 0x5EED  # keeps a baseline of noise apart from the method's own random numbers


class Arguments:
    """One image in one network: its capture, and what has been made from it so far."""

    def __init__(
        self,
        handle: ModelHandle,
        net: nn.Module,
        image: ImageInput,
        x: torch.Tensor,
        found: Capture,
        progress: Progress,
    ):
        self.handle, self.net, self.image, self.x, self.found, self.progress = (
            handle,
            net,
            image,
            x,
            found,
            progress,
        )
        self.logits = found.logits.detach()
        self._gradients: dict[Score, dict[str, torch.Tensor]] = {}
        self._segments: dict[tuple[str, int], torch.Tensor] = {}

    @cached_property
    def ranked(self) -> torch.Tensor:
        """The logits (K,) in double precision, on the CPU."""
        return self.logits[0].cpu().double()

    @cached_property
    def chances(self) -> torch.Tensor:
        """What the logits make of each class (K,), by the model's activation."""
        return probabilities(self.ranked, self.handle.activation)

    @classmethod
    def of_input(cls, handle: ModelHandle, net: nn.Module, image: ImageInput, x: torch.Tensor) -> Arguments:
        """Without a capture: for what is made of the picture alone (superpixels, baselines)."""
        return cls(handle, net, image, x, Capture(net, x.new_zeros(1, 0), {}), handle.progress())

    def arguments(
        self,
        method: MethodSpec,
        layer: LayerSpec | None,
        params: Mapping[str, Any],
        score: Score,
        seed: int,
        facts: dict[str, Any],
    ) -> dict[str, Any]:
        """Keyword arguments of `method.run`; `facts` is the dictionary that it may write into."""
        key = layer.key if layer is not None else ""  # a method without a layer asks for nothing of one
        supply: dict[str, Callable[[], Any]] = {
            "net": lambda: self.net,
            "captured": lambda: self.found.net,
            "scorer": lambda: self.handle.scorer,
            "x": lambda: self.x,
            "score": lambda: score,
            "logits": lambda: self.logits,
            "layer": lambda: layer,
            "activations": lambda: self.found.activations[key],
            "gradients": lambda: self.gradients(score)[key],
            "own_layers": lambda: self.own_layers(method, params, score),
            "attention": lambda: self.attention,
            "generator": lambda: torch.Generator().manual_seed(seed),
            "baseline": lambda: self.baseline(params, seed),
            "backgrounds": lambda: self.backgrounds(params, seed),
            "bounds": lambda: self.bounds,
            "segments": lambda: self.segments(params["segmentation"], params["segments"]),
            "patches": lambda: self.patches,
            "hiding": lambda: self.hiding(params, seed),
            "facts": lambda: facts,
            "progress": lambda: self.progress,
        }
        own = {p.name: params[p.name] for p in method.params if p.name not in _APPLIED_HERE}
        return own | {name: supply[name]() for name in method.uses}

    def own_layers(
        self, method: MethodSpec, params: Mapping[str, Any], score: Score
    ) -> tuple[tuple[torch.Tensor, torch.Tensor], ...]:
        """(activations, gradients) of each of the method's own layers, in order."""
        slopes = self.gradients(score)
        return tuple(
            (self.found.activations[one.key], slopes[one.key])
            for one in method.layers_of(params, self.handle.layers)
        )

    @cached_property
    def attention(self) -> Attention:
        """The attention of all blocks, in the network itself; one pass, when it is first asked for."""
        return Attention(self.net, self.x, self.handle.layers)

    def hiding(self, params: Mapping[str, Any], seed: int) -> Hiding:
        """What hides parts of the picture, as the parameter baseline says."""
        if params["baseline"] == DROP:
            return self.dropped
        return Painted(self.handle.scorer, self.x, self.baseline(params, seed))

    @cached_property
    def dropped(self) -> Dropped:
        """Leaves patches out. Raises InputError where that cannot be done, and notes it."""
        try:
            made = Dropped(self.net, self.x, self.handle.layers)
        except InputError as error:
            self.handle.ledger.refused[choice_key("baseline", DROP)] = str(error)
            raise
        self.progress.note(made.inputs)
        return made

    def gradients(self, score: Score) -> dict[str, torch.Tensor]:
        """Of the score, at every captured layer; the negated score costs no pass."""
        plain = dataclasses.replace(score, negate=False)
        if plain not in self._gradients:
            self._gradients[plain] = self.found.gradients(plain)
        if score.negate and score not in self._gradients:
            self._gradients[score] = {key: -value for key, value in self._gradients[plain].items()}
        return self._gradients[score]

    def segments(self, kind: str, count: int) -> torch.Tensor:
        """Superpixels (1, H, W) of the picture as the network sees it; "patch" are the network's own patches,
        however many are asked for."""
        if (kind, count) not in self._segments:
            if kind == PATCH:
                labels = patch_labels(self.handle.layers, self.handle.input_size)
            else:
                labels = superpixels.segment(self.handle.view(self.image), kind, count)
            self._segments[kind, count] = torch.from_numpy(labels)[None].to(self.x.device)
        return self._segments[kind, count]

    @property
    def patches(self) -> torch.Tensor | None:
        """The patches (1, H, W) of the network; None if it has none."""
        has = any(layer.prefix is not None for layer in self.handle.layers)
        return self.segments(PATCH, 0) if has else None

    @property
    def bounds(self) -> tuple[torch.Tensor, torch.Tensor]:
        """(1, 3, 1, 1) each: the smallest and the largest value that a pixel can have in the input."""
        one = self.x[:1, :, :1, :1]
        low, high = (self.handle.grid.normalise(torch.full_like(one, end)) for end in (0.0, 255.0))
        return low, high

    def baseline(self, params: Mapping[str, Any], seed: int) -> torch.Tensor:
        """(1, 3, H, W), as the parameters baseline and blur say; "superpixel" is each one's mean colour."""
        if params["baseline"] == "superpixel":
            return superpixels.segment_means(
                self.x, self.segments(params["segmentation"], params["segments"])
            )
        noise = torch.Generator().manual_seed(seed ^ _NOISE)
        return superpixels.baseline(self.x, params["baseline"], self.handle.grid, noise, params["blur"])

    def backgrounds(self, params: Mapping[str, Any], seed: int) -> torch.Tensor:
        """(S, 3, H, W): the baselines to average over, as the parameters baseline, blur and draws say."""
        noise = torch.Generator().manual_seed(seed ^ _NOISE)
        draws = params.get("draws", DRAWN)
        return backgrounds(self.x, params["baseline"], self.handle.grid, noise, params["blur"], draws)
