"""What the function of a library is given: the unfolded network, the same input, and our map."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from ...network.patches import DROP
from ...network.scores import Score
from ...scoring.hiding import Painted
from ...types import Explanation, InputError
from ..arguments import Arguments

KINKS = (
    "The library ran the unfolded network. Near the kinks of activations rounding alone moves a float32 "
    "gradient, by up to a few per cent at single pixels; in float64 the maps agree to 1e-4."
)


@dataclass(frozen=True)
class Case:
    """One map that a library is to compute."""

    net: nn.Module
    x: torch.Tensor
    e: Explanation
    score: Score
    arguments: Arguments  # of the picture alone

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The score (N,) of a batch."""
        self.arguments.progress.note(len(x))
        return self.score(self.net(x))

    def baseline(self) -> torch.Tensor:
        """What is painted over hidden parts. Raises InputError where they are left out instead."""
        if self.e.params["baseline"] == DROP:
            raise InputError("The library paints over what is hidden; it cannot leave patches out.")
        return self.arguments.baseline(self.e.params, self.e.seed)

    def backgrounds(self) -> torch.Tensor:
        """(S, 3, H, W): the baselines over which the map is averaged."""
        return self.arguments.backgrounds(self.e.params, self.e.seed)

    def scores(self, keep: torch.Tensor) -> torch.Tensor:
        """The scores (M,) of the picture with only the superpixels left that `keep` bool (M, d) names."""
        segments = torch.as_tensor(np.array(self.e.segments)).long().to(self.x.device)
        drop = self.e.params["baseline"] == DROP
        hiding = self.arguments.dropped if drop else Painted(self.net, self.x, self.baseline())
        found = hiding.regions(0, segments, len(keep)).scores(keep, self.score, self.arguments.progress)
        return found.cpu().double()

    def own_copy(self) -> nn.Module:
        """A trainable copy of the network, for libraries that put hooks on it or change it; it counts its
        inputs."""
        own = copy.deepcopy(self.net).requires_grad_(True)
        own.register_forward_pre_hook(lambda _module, inputs: self.arguments.progress.note(len(inputs[0])))
        return own

    def over_channels(self, values: torch.Tensor) -> np.ndarray:
        """(H, W) of values (1, 3, H, W), as the parameter aggregate says."""
        values = values.abs() if self.e.params.get("aggregate", "signed") == "abs" else values
        return values.sum(1)[0].detach().cpu().double().numpy()


Found = tuple[np.ndarray, str]  # the library's map (h, w), and how the two were made comparable
Compute = Callable[[Case], Found]
