"""The only way to a network that many threads share: a lock, sessions, and what runs inside them.

A hook or a gradient of one visitor must never reach another's map, so the network is private. Outside a
session, nothing public leads to a module or to a weight."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import nn

from ..types import IsCancelled, LayerSpec, OnProgress
from .batches import Progress
from .capture import Capture, Wanted, capture_each, capture_together
from .fair_lock import FairLock
from .folding import Autocast, Folded, Folding, fold
from .ledger import Ledger
from .precision import settle
from .snapshot import Snapshot
from .together import KeptBytes


class NetworkAccess:
    """A network behind a lock.

    `input_size` is (H, W) of its input, `device` and `dtype` say where and in which precision it computes.
    `autocast` is the lower precision in which its scorer runs, or None. `change` stands for what was changed
    in a copy, "" for a network as it was loaded. `ledger` holds what was measured."""

    def __init__(
        self,
        net: nn.Module,
        input_size: tuple[int, int],
        device: torch.device,
        dtype: torch.dtype,
        autocast: torch.dtype | None,
        change: str,
    ):
        self.input_size, self.device, self.dtype, self.autocast = input_size, device, dtype, autocast
        self.ledger = Ledger()
        self._change = change
        settle(device)
        self._net = net.to(device=device, dtype=dtype).eval().requires_grad_(False)
        self._folded: Folded | None = None
        self._scorer: nn.Module | None = None
        self._at_rest: Snapshot | None = None  # the network's state outside every session
        self._folded_at_rest: Snapshot | None = None  # the folded network's
        self._lock = FairLock()
        self._depth = 0  # open sessions of the thread that holds the lock

    @contextmanager
    def session(self) -> Iterator[nn.Module]:
        """The network, in eval mode with frozen parameters, for this thread until the block ends, and for
        this thread alone but where it lets others use it between two batches (`let_others`).

        Threads that wait get it in the order in which they came. When the block ends, also by an exception,
        every change to modes, hooks, submodules, replaced forwards, `requires_grad` and `.grad` is undone. A
        change does not show in maps, since most are computed by the folded network; `ModelHandle.variant`
        makes a handle to a changed copy."""
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

    def let_others(self) -> float:
        """Inside a session, between two batches: let all who wait for the network use it first. Gives the
        seconds that this took.

        The network stays with this session while anything in it is changed (a hook, a mode, a replaced
        module), since the others would see that."""
        if not self._lock.wanted or self._at_rest is None or not self._at_rest.holds():
            return 0.0
        if self._folded_at_rest is not None and not self._folded_at_rest.holds():
            return 0.0
        start = time.perf_counter()
        depth, self._depth = self._depth, 0
        try:
            self._lock.let_others()
        finally:
            self._depth = depth
        return time.perf_counter() - start

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
        """The folded network, made at the first call. A changed copy is not folded: folding keeps trained
        logits to 1e-5, and a changed network need not keep them as well."""
        with self._lock:
            if not self._depth:
                raise RuntimeError("The scorer and captures are available inside a session only.")
            if self._folded is None:
                with torch.inference_mode(False):  # the caller may be scoring, others will need gradients
                    self._folded = Folded(self._net) if self._change else fold(self._net, self.blank())
                self._folded_at_rest = Snapshot(self._folded.net)
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

    def kept_bytes(self, wanted: Sequence[Wanted]) -> int:
        """The bytes that captures of one picture keep: what autograd keeps for the backward pass, and the
        wanted activations. Counted in one pass over fixed noise; only inside a session."""
        folded = self._folded_network()
        weights = [*self._net.parameters(), *self._net.buffers()]
        weights += [*folded.net.parameters(), *folded.net.buffers()]
        with KeptBytes(weights) as kept:
            found = capture_each(self._net, folded, self.blank(), wanted)
        activations = (a for one in {id(c): c for c in found}.values() for a in one.activations.values())
        return kept.count + sum(a.numel() * a.element_size() for a in activations)

    def progress(
        self, on_progress: OnProgress | None = None, cancelled: IsCancelled | None = None, total: int = 0
    ) -> Progress:
        """A Progress whose inputs are counted in this network's ledger, and which lets others use the network
        before each batch. Captures count their own inputs."""
        return Progress(on_progress, cancelled, total, ledger=self.ledger, between=self.let_others)

    @property
    def seconds_per_pass(self) -> float:
        """Seconds of one picture in a scoring batch; measured at the first call, kept in the ledger."""
        known = self.ledger.seconds_per_pass
        if known is not None:  # nobody waits for the network to be told a number
            return known
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
