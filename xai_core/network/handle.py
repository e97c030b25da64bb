"""ModelHandle: a classifier, with what is known about its input, its classes and its layers."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable
from typing import Protocol

import numpy as np
import torch
from torch import nn

from ..inputs.views import InputGrid, view_pixels
from ..types import ImageInput, InputError, LayerSpec
from .access import NetworkAccess
from .batches import onto
from .identity import behaviour_of, identity_of, weights_sha256
from .lookup import class_index, find_layer, unread_note
from .outputs import RowForm


class Spec(Protocol):
    """What a handle needs of a registry entry: its key and the name of the architecture."""

    @property
    def key(self) -> str:
        """The key under which the model is loaded."""

    @property
    def architecture(self) -> str:
        """The name of the architecture."""


class ModelHandle(NetworkAccess):
    """A loaded classifier. The network itself is private: `session` is the only way to it.

    `labels` are the class names in order; `grid` says how pictures are brought to its input; `activation`
    turns its logits into probabilities ("softmax" or "sigmoid"). `load_model` fills `layers`, `refused` (a
    sentence for each module whose tokens cannot be read as a grid) and `traits` (what methods may need of a
    network: "attention", "convolution", "pooling"; None where nobody looked). `form` says what the rows of a
    network that is no classifier stand for (`wrap`); such a network has no labels, and its logits are those
    rows.
    `device`, `dtype`, `autocast` and `ledger` are those of `NetworkAccess`."""

    def __init__(
        self,
        spec: Spec,
        net: nn.Module,
        labels: tuple[str, ...],
        grid: InputGrid,
        device: torch.device,
        dtype: torch.dtype,
        activation: str = "softmax",
        autocast: torch.dtype | None = None,
        change: str = "",
        form: RowForm | None = None,
    ):
        super().__init__(net, grid.size, device, dtype, autocast, change)
        self.form = form
        self.spec, self.key = spec, spec.key
        self.labels, self.grid, self.activation = labels, grid, activation
        self.layers: tuple[LayerSpec, ...] = ()
        self.refused: dict[str, str] = {}
        self.traits: frozenset[str] | None = None
        self._state = self._net.state_dict()
        self._weights_sha256 = ""
        self._identity: tuple[tuple, str] | None = None  # what it was computed from, and the identity
        self._module_keys = frozenset(key for key, _ in self._net.named_modules())

    def __repr__(self) -> str:
        return (
            f"ModelHandle({self.key!r}, {len(self.labels)} classes, {len(self.layers)} layers, {self.device})"
        )

    def variant(self, change: Callable[[nn.Module], None]) -> ModelHandle:
        """A handle to a copy of the network, which `change` has changed in place. The copy is not folded."""
        with self.session() as net, torch.inference_mode(False), torch.no_grad():
            copied = copy.deepcopy(net)
            change(copied)
        made = self.like(copied, self.device)
        made._change = behaviour_of(copied)
        return made

    def like(self, net: nn.Module, device: torch.device) -> ModelHandle:
        """A handle to another network of the same architecture on `device`; everything else as here."""
        return _made(self._parts(net, device), self._known())

    def __reduce__(self) -> tuple:
        """Pickle the network and what is known about it; the copy has a lock and a ledger of its own."""
        with self.session() as net:
            return _made, (self._parts(net, self.device), self._known())

    def _known(self) -> _Known:
        """What was found out about the architecture."""
        ledger = self.ledger
        defaults, refused = dict(ledger.default_layers), dict(ledger.refused)
        return _Known(self.layers, self.refused, self.traits, defaults, refused)

    def _parts(self, net: nn.Module, device: torch.device) -> tuple:
        known = (self.labels, self.grid, device, self.dtype, self.activation, self.autocast)
        return (self.spec, net, *known, self._change, self.form)

    @property
    def weights_sha256(self) -> str:
        """sha256 of the weights: names, types, shapes and values of parameters and buffers.

        They are read at the first call. It does not wait for a session of another thread, since no session
        changes a weight."""
        if not self._weights_sha256:
            self._weights_sha256 = weights_sha256(self._state)
        return self._weights_sha256

    @property
    def identity(self) -> str:
        """64 hexadecimal digits that stand for everything that changes a map but the device: weights, key,
        input grid, class names, precision, activation, autocast, and a change by `variant`."""
        facts = (self.labels, self.grid, self.dtype, self.activation, self.autocast, self._change)
        if self._identity is None or self._identity[0] != facts:
            named = {
                "weights": self.weights_sha256,
                "key": self.key,
                "architecture": self.spec.architecture,
                "labels": self.labels,
                "grid": dataclasses.asdict(self.grid),
                "dtype": str(self.dtype),
                "activation": self.activation,
                "autocast": str(self.autocast),
                "change": self._change,
            }
            self._identity = facts, identity_of(named)
        return self._identity[1]

    def view(self, image: ImageInput, scale: int = 1) -> np.ndarray:
        """uint8 (H*scale, W*scale, 3): the picture on the input grid, before normalisation."""
        return view_pixels(image, self.grid, scale)

    def preprocess(self, image: ImageInput) -> torch.Tensor:
        """The network's input for a picture: (1, 3, H, W), normalised, on the handle's device."""
        pixels = onto(torch.from_numpy(np.array(self.view(image))), self.device)
        return self.grid.normalise(pixels.permute(2, 0, 1)[None].float()).to(self.dtype)

    def layer(self, key: str | None) -> LayerSpec:
        """The layer of that key; None is the last suggested one. `features_29` is accepted for `features.29`.

        Raises InputError for an unknown layer, or one whose output has no spatial map."""
        if key in self.refused or (key is None and self.refused and not self.layers):
            raise InputError(self.refused[key or next(iter(self.refused))])
        return find_layer(key, self.layers, self._module_keys, self.key)

    @property
    def layer_note(self) -> str:
        """Why the layers behind the default one are not suggested, in a sentence; "" where there are none:
        only the class token is read behind it."""
        return unread_note(self.layers)

    def check_target(self, target: int, name: str = "target") -> int:
        """`target` as a class index; raises InputError, which calls it `name`, if it is none."""
        return class_index(target, len(self.labels), self.key, name)


@dataclasses.dataclass(frozen=True)
class _Known:
    """What was found out about an architecture by running it, for handles to copies of the network."""

    layers: tuple[LayerSpec, ...]
    refused: dict[str, str]
    traits: frozenset[str] | None
    default_layers: dict[str, str]
    methods_refused: dict[str, str]


def _made(parts: tuple, known: _Known) -> ModelHandle:
    """A handle of these parts (`ModelHandle._parts`) that knows its layers."""
    made = ModelHandle(*parts)
    made.layers, made.refused, made.traits = known.layers, known.refused, known.traits
    made.ledger.default_layers.update(known.default_layers)
    made.ledger.refused.update(known.methods_refused)
    return made
