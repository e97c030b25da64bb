"""The maps of Overview's next steps: those that say something of this network."""

from __future__ import annotations

from dataclasses import dataclass

import xai_core as xai

from ..state.subject import Subject
from ..widgets import grid, methods

DEEPEST = 3  # layers beside each other


@dataclass(frozen=True)
class Maps:
    """The method shown at several layers, the one whose trust is checked, and those that are compared."""

    layered: str
    trusted: str
    compared: tuple[str, ...]

    def about(self) -> str:
        """The compared methods in a sentence."""
        labels = [xai.METHODS[key].label for key in self.compared]
        return f"{', '.join(labels[:-1])} and {labels[-1]}."


CONVOLUTIONAL = Maps("grad_cam", "grad_cam", ("grad_cam", "guided_backprop", "guided_grad_cam"))
BY_ATTENTION = Maps("layer_cam", "attn_lrp", ("attn_lrp", "attention_gae", "attention_rollout"))


def maps_for(handle: xai.ModelHandle) -> Maps:
    """Those of the network's usual method. Where that has no layers, LayerCAM shows depth, since it weighs
    each token by its own gradient."""
    return CONVOLUTIONAL if methods.usual(handle) == "grad_cam" else BY_ATTENTION


def layers(subject: Subject) -> list[xai.Request]:
    """One method at the deepest suggested layers."""
    keys = [spec.key for spec in subject.handle.layers if spec.suggested][-DEEPEST:]
    method = maps_for(subject.handle).layered
    return [grid.request(subject, method, key, subject.target.index) for key in keys]


def trusted(subject: Subject) -> xai.Request:
    """The map that is shown beside the one of random weights."""
    return grid.request(subject, maps_for(subject.handle).trusted, None, subject.target.index)


def compared(subject: Subject) -> list[xai.Request]:
    """Three methods."""
    every = maps_for(subject.handle).compared
    return [grid.request(subject, method, None, subject.target.index) for method in every]
