"""ModelHandle: a network, the lock that guards it, and what is known about its input, classes and layers.

Streamlit runs each visitor in a thread of its own and all of them share one network. A hook or a gradient of
one visitor must never reach another's map, so the network is private and `session()` is the only way to it.
Outside a session, nothing public on a handle leads to a module or to a weight."""

from __future__ import annotations

import copy
import hashlib
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import nn

from ..inputs.views import InputGrid, view_pixels
from ..types import ImageInput, IsCancelled, LayerSpec, OnProgress
from .batches import Progress, onto
from .capture import Capture, Wanted, capture_each, capture_together
from .fair_lock import FairLock
from .folding import Autocast, Folded, Folding, fold
from .ledger import Ledger
from .lookup import class_index, find_layer
from .snapshot import Snapshot


class ModelHandle:
    """A loaded classifier.

    `device` and `dtype` say where and in which precision it computes. `labels` are the class names in order,
    `grid` says how pictures are brought to it. `layers` is filled by `load_model`. `activation` turns its
    logits into probabilities ("softmax" or "sigmoid"). `autocast` is the lower precision in which its scorer
    runs, or None. `fold` allows it to fold batch norm (`folding`). `ledger` holds what was measured."""

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
        fold: bool = True,
    ):
        self.spec, self.key = spec, spec.key
        self.labels, self.grid, self.activation = labels, grid, activation
        self.device, self.dtype, self.autocast = device, dtype, autocast
        self.layers: tuple[LayerSpec, ...] = ()
        self.ledger = Ledger()
        self._net = net.to(device=device, dtype=dtype).eval().requires_grad_(False)
        self._module_keys = frozenset(key for key, _ in net.named_modules())
        self._fold = fold
        self._folded: Folded | None = None
        self._scorer: nn.Module | None = None
        self._at_rest: Snapshot | None = None  # the network's state outside every session
        self._lock = FairLock()
        self._digest = ""
        self._depth = 0  # open sessions of the thread that holds the lock

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
        """The network, in eval mode with frozen parameters, for this thread alone until the block ends.

        Threads that wait get it in the order in which they came. When the block ends, also by an exception,
        every change to modes, hooks, submodules, replaced forwards, `requires_grad` and `.grad` is undone. A
        change does not show in maps, since most are computed by the folded network; `variant` makes a handle
        to a changed copy."""
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
        """A handle to a copy of the network, which `change` has changed in place. The copy is never folded:
        folding keeps trained logits to 1e-5, and a changed network need not keep them as well."""
        with self.session() as net, torch.inference_mode(False), torch.no_grad():
            copied = copy.deepcopy(net)
            change(copied)
        made = self.like(copied, self.device)
        made._fold = False
        return made

    def like(self, net: nn.Module, device: torch.device) -> ModelHandle:
        """A handle to another network of the same architecture on `device`; everything else as here."""
        made = ModelHandle(*self._parts(net, device))
        made.layers = self.layers
        made.ledger.default_layers.update(self.ledger.default_layers)
        return made

    def __reduce__(self) -> tuple:
        """Pickle the network and what is known about it; the copy has a lock and a ledger of its own."""
        with self.session() as net:
            return _rebuilt, (self._parts(net, self.device), self.layers, dict(self.ledger.default_layers))

    def _parts(self, net: nn.Module, device: torch.device) -> tuple:
        known = (self.labels, self.grid, device, self.dtype, self.activation, self.autocast, self._fold)
        return (self.spec, net, *known)

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
        """The folded network, under autocast if the handle has one; only inside a session.

        It has the network's logits (to 1e-5 without autocast) in about half the time. Use it for scores and
        for gradients with respect to the input. Its layers have the network's names; a folded convolution
        returns something else (`capture` takes care of that)."""
        net = self._folded_network().net
        if self._scorer is None:
            self._scorer = net if self.autocast is None else Autocast(net, self.autocast)
        return self._scorer

    @property
    def scorer_key(self) -> int | None:
        """A number that stands for the scorer outside a session (its `id`); None before it is first used."""
        return None if self._scorer is None else id(self._scorer)

    @property
    def folded(self) -> Folding | None:
        """The facts about the folded network; None before it is first used."""
        return None if self._folded is None else self._folded.facts

    def _folded_network(self) -> Folded:
        with self._lock:
            if not self._depth:
                raise RuntimeError("The scorer and captures are available inside a session only.")
            if self._folded is None:
                with torch.inference_mode(False):  # the caller may be scoring, others will need gradients
                    self._folded = fold(self._net, self.blank()) if self._fold else Folded(self._net)
            return self._folded

    def capture(
        self, x: torch.Tensor, layers: Collection[LayerSpec] = (), gradients: Collection[str] = ()
    ) -> Capture:
        """`capture_together` of `x` (N, 3, H, W), inside a session: one capture of all these layers; those
        in `gradients` with their gradients."""
        found = capture_together(self._net, self._folded_network(), x, layers, gradients)
        self.ledger.count(len(x))
        return found

    def capture_each(self, x: torch.Tensor, wanted: Sequence[Wanted]) -> list[Capture]:
        """`capture_each` of `x` (N, 3, H, W), inside a session: for each of `wanted` the capture that serves
        it. Several may share one."""
        found = capture_each(self._net, self._folded_network(), x, wanted)
        self.ledger.count(len(x) * len({id(one) for one in found}))
        return found

    def progress(
        self, on_progress: OnProgress | None = None, cancelled: IsCancelled | None = None, total: int = 0
    ) -> Progress:
        """A Progress whose inputs are counted in this handle's ledger. `capture` counts its own inputs."""
        return Progress(on_progress, cancelled, total, ledger=self.ledger)

    @property
    def seconds_per_pass(self) -> float:
        """Seconds of one picture in a scoring batch; measured at the first call, kept in the ledger."""
        with self.session(), torch.no_grad():
            if self.ledger.seconds_per_pass is None:
                batch, scorer = self.blank(4), self.scorer
                float(scorer(batch).sum())
                start = time.perf_counter()
                float(scorer(batch).sum())
                self.ledger.seconds_per_pass = (time.perf_counter() - start) / len(batch)
            return self.ledger.seconds_per_pass

    def blank(self, batch: int = 1) -> torch.Tensor:
        """Fixed noise (batch, 3, H, W), for finding layers, folding and timing."""
        noise = torch.randn((batch, 3, *self.input_size), generator=torch.Generator().manual_seed(0))
        return noise.to(self.device, self.dtype)

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
