"""ModelHandle: a network, the lock that guards it, and what is known about its input, classes and layers.

Streamlit serves every visitor from a thread of its own and shares one cached network between them. A hook or
a gradient of one visitor must never reach another's map, so the network is private and `session()` is the
only way to it."""

from __future__ import annotations

import copy
import hashlib
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import nn

from ..inputs.views import InputGrid, view_pixels
from ..types import ImageInput, IsCancelled, LayerSpec, OnProgress
from .batches import Progress, onto
from .capture import Capture, capture
from .fair_lock import FairLock
from .folding import Autocast, Folded, folded
from .ledger import Ledger
from .lookup import class_index, find_layer
from .snapshot import Snapshot


class ModelHandle:
    """A loaded classifier. `device` and `dtype` are where and how it computes; `layers` is filled by
    `load_model`; `activation` says how its logits become probabilities (`scores.probabilities`); `autocast`
    is the lower precision in which its scorer runs, or None."""

    def __init__(
        self,
        spec: Any,
        net: nn.Module,
        labels: tuple[str, ...],
        grid: InputGrid,
        device: torch.device,
        dtype: torch.dtype,
        activation: str = "softmax",
        autocast: torch.dtype | None = None,
    ):
        self.spec, self.key = spec, spec.key
        self.labels, self.grid, self.activation = labels, grid, activation
        self.device, self.dtype, self.autocast = device, dtype, autocast
        self.layers: tuple[LayerSpec, ...] = ()
        self.ledger = Ledger()
        self._net = net.to(device=device, dtype=dtype).eval().requires_grad_(False)
        self._module_keys = frozenset(key for key, _ in net.named_modules())
        self._twin: Folded | None = None
        self._scorer: nn.Module | None = None
        self._at_rest: Snapshot | None = None  # the network outside every session is always this
        self._lock = FairLock()
        self._digest = ""
        self._depth = 0  # sessions open in the thread that holds the lock

    def __repr__(self) -> str:
        return (
            f"ModelHandle({self.key!r}, {len(self.labels)} classes, {len(self.layers)} layers, {self.device})"
        )

    @property
    def input_size(self) -> tuple[int, int]:
        """(H, W) of the input grid in pixels."""
        return self.grid.size

    @contextmanager
    def session(self) -> Iterator[nn.Module]:
        """The network, alone: nobody else runs it until the block ends; who waits gets it in turn.

        It is in eval mode with frozen parameters. Whatever the block does to modes, hooks, replaced modules
        or forwards, `requires_grad` or `.grad` is undone at its end, also after an exception. Maps are not
        asked of a network that was changed like this, since most are taken on its folded twin: `variant`
        makes a handle to a changed copy.
        """
        with self._lock:
            if self._at_rest is None:
                self._at_rest = Snapshot(self._net)
            before = Snapshot(self._net) if self._depth else self._at_rest
            self._depth += 1
            try:
                yield self._net
            finally:
                self._depth -= 1
                before.restore()

    def variant(self, change: Callable[[nn.Module], None]) -> ModelHandle:
        """A handle of its own to a copy of the network, after `change` was done to the copy in place."""
        with self.session() as net, torch.inference_mode(False), torch.no_grad():
            copied = copy.deepcopy(net)
            change(copied)
        made = self.like(copied, self.device)
        made._twin = Folded(copied)  # folding is held to 1e-5 of trained logits, which these need not keep
        return made

    def like(self, net: nn.Module, device: torch.device) -> ModelHandle:
        """A handle to another network of the same architecture, with all that is known about this one."""
        made = ModelHandle(*self._parts(net, device))
        made.layers = self.layers
        made.ledger.default_layers.update(self.ledger.default_layers)
        return made

    def __reduce__(self) -> tuple:
        """How it travels to another process: as it is, with locks and counters of its own there."""
        with self.session() as net:
            return _rebuilt, (self._parts(net, self.device), self.layers, dict(self.ledger.default_layers))

    def _parts(self, net: nn.Module, device: torch.device) -> tuple:
        named = (self.labels, self.grid, device, self.dtype, self.activation, self.autocast)
        return (self.spec, net, *named)

    @property
    def digest(self) -> str:
        """sha256 of the weights: names, types, shapes and values of parameters and buffers. Reads them
        once.
        """
        with self._lock:
            if not self._digest:
                found = hashlib.sha256()
                for name, values in self._net.state_dict().items():
                    array = values.detach().cpu().contiguous()
                    found.update(f"{name} {array.dtype} {tuple(array.shape)}".encode())
                    found.update(array.reshape(-1).view(torch.uint8).numpy())
                self._digest = found.hexdigest()
            return self._digest

    @property
    def scorer(self) -> nn.Module:
        """The network with batch norm folded into its convolutions: same logits (1e-5), about half the time.

        For scores and for gradients of the input, inside a session; layers keep their names but not their
        outputs.
        """
        exact = self._folded().net
        if self._scorer is None:
            self._scorer = exact if self.autocast is None else Autocast(exact, self.autocast)
        return self._scorer

    def _folded(self) -> Folded:
        with self._lock:
            if not self._depth:  # it may be the network itself, which nobody reaches without a session
                raise RuntimeError("The scorer and what it holds are to be had inside a session only.")
            if self._twin is None:
                # whoever asks first may be scoring, but others will want gradients through its weights
                with torch.inference_mode(False):
                    self._twin = folded(self._net, self.blank())
            return self._twin

    def capture(
        self, x: torch.Tensor, layers: Collection[LayerSpec] = (), gradients: Collection[str] = ()
    ) -> Capture:
        """`capture.capture` of `x` (N, 3, H, W), inside a session, on the twin where it has the same outputs.

        Gradients at a layer with convolutions behind it are taken on the network itself: at the kink of a
        ReLU the last digit of what reaches it decides, and the twin's last digits are others."""
        if all(self.same(layer, layer.key in gradients) for layer in layers):
            x = x.contiguous(memory_format=torch.channels_last)
            found = capture(self._folded().net, x, layers, gradients)
        else:
            found = capture(self._net, x, layers, gradients)
        self.ledger.count(len(x))
        return found

    def progress(
        self, on_progress: OnProgress | None = None, cancelled: IsCancelled | None = None, total: int = 0
    ) -> Progress:
        """A Progress whose inputs are counted in this handle's ledger. `capture` counts its own inputs."""
        return Progress(on_progress, cancelled, total, ledger=self.ledger)

    def same(self, layer: LayerSpec | None, gradients: bool) -> bool:
        """Whether the twin's activations of a layer, and their gradients if asked, are the network's."""
        twin = self._folded()
        return layer is None or (layer.key in twin.same and (not gradients or layer.key in twin.behind))

    @property
    def twin(self) -> Folded | None:
        """What is known about the folded twin; None before it is first needed."""
        return self._twin

    @property
    def known_scorer(self) -> nn.Module | None:
        """The scorer, only to be asked about; None before it is first needed."""
        return self._scorer

    @property
    def seconds_per_pass(self) -> float:
        """Seconds for one image in a scoring batch, measured on first use, so that long work can be
        announced.
        """
        with self.session(), torch.no_grad():
            if self.ledger.seconds_per_pass is None:
                batch, scorer = self.blank(4), self.scorer
                float(scorer(batch).sum())
                start = time.perf_counter()
                float(scorer(batch).sum())
                self.ledger.seconds_per_pass = (time.perf_counter() - start) / len(batch)
            return self.ledger.seconds_per_pass

    def blank(self, batch: int = 1) -> torch.Tensor:
        """A fixed noise input of the right shape, for looking at shapes and timing."""
        noise = torch.randn((batch, 3, *self.input_size), generator=torch.Generator().manual_seed(0))
        return noise.to(self.device, self.dtype)

    def view(self, image: ImageInput, scale: int = 1) -> np.ndarray:
        """uint8 (H*scale, W*scale, 3): the picture as the network sees it, before normalisation."""
        return view_pixels(image, self.grid, scale)

    def preprocess(self, image: ImageInput) -> torch.Tensor:
        """(1, 3, H, W) tensor, normalised by the model's mean and standard deviation, on the handle's
        device.
        """
        pixels = onto(torch.from_numpy(np.array(self.view(image))), self.device)
        return self.grid.normalise(pixels.permute(2, 0, 1)[None].float()).to(self.dtype)

    def layer(self, key: str | None) -> LayerSpec:
        """The layer of that key; None is the last suggested one. `features_29` is accepted for `features.29`.

        Raises InputError for an unknown layer, or one whose output has no spatial map."""
        return find_layer(key, self.layers, self._module_keys, self.key)

    def check_target(self, target: int, name: str = "target") -> int:
        """`target` as a class index; raises InputError, which calls it `name`, if it is none."""
        return class_index(target, len(self.labels), self.key, name)


def _rebuilt(parts: tuple, layers: tuple[LayerSpec, ...], default_layers: dict[str, str]) -> ModelHandle:
    """The handle that `__reduce__` took apart."""
    made = ModelHandle(*parts)
    made.layers = layers
    made.ledger.default_layers.update(default_layers)
    return made
