"""Long work in batches: progress, cancellation, and a batch size that shrinks when the GPU's memory is full.

Work is cancelled between two batches only, so a cancelled run leaves no batch half-done.
"""

from __future__ import annotations

import ctypes
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import torch

from ..types import Cancelled, IsCancelled, OnProgress
from .ledger import Ledger

# In larger batches an activation exceeds 32 MB, the highest threshold below which glibc keeps freed memory.
CPU_BATCH = 6
CPU_GRADIENT_BATCH = 4  # a backward pass keeps every layer: about 100 MB an image of EfficientNet-Lite0
GPU_BATCH = 128
FIRST_LOOK, NEXT_LOOK = 0.2, 0.5  # seconds until a growing map is shown first, and between later times


@dataclass
class Progress:
    """What long work reports to.

    `on_progress(done, total)` is called after each batch, `cancelled()` before each one, and
    `on_partial(values, samples, of)` now and then with the map (H, W) after some of its samples. `forwards`
    adds up the inputs sent through the network, or through the part of it behind a layer. They are counted
    in `ledger` too, if there is one: `ModelHandle.progress` makes a Progress with the handle's ledger.
    `between()` is called before each batch and gives the seconds that it took to let others use the network;
    `waited` adds them up."""

    on_progress: OnProgress | None = None
    cancelled: IsCancelled | None = None
    total: int = 0
    done: int = 0
    forwards: int = 0
    on_partial: Callable[[torch.Tensor, int, int], None] | None = None
    ledger: Ledger | None = None
    between: Callable[[], float] | None = None
    waited: float = 0.0
    _next_look: float = field(default_factory=lambda: time.monotonic() + FIRST_LOOK)

    def due(self) -> bool:
        """Whether the growing map is wanted and was last shown long enough ago."""
        return self.on_partial is not None and time.monotonic() >= self._next_look

    def show(self, values: torch.Tensor, samples: int, of: int) -> None:
        """Show the map (H, W) after `samples` of `of`. The next one is due after NEXT_LOOK seconds, or after
        four times as long as showing this one took."""
        if self.on_partial is None:
            return
        start = time.monotonic()
        self.on_partial(values, samples, of)
        now = time.monotonic()
        self._next_look = now + max(NEXT_LOOK, 4 * (now - start))

    def check(self) -> None:
        """Let others use the network. Raise `Cancelled` if the caller asked to stop."""
        if self.between is not None:
            self.waited += self.between()
        if self.cancelled is not None and self.cancelled():
            raise Cancelled(f"Cancelled after {self.done} of {self.total} passes.")

    def advance(self, count: int) -> None:
        """Count `count` more inputs, and report as many passes done."""
        self.note(count)
        self.reach(self.done + count)

    def note(self, count: int) -> None:
        """Count inputs that are no part of `total` (the two ends of a path)."""
        self.forwards += count
        if self.ledger is not None:
            self.ledger.count(count)

    def reach(self, done: int) -> None:
        """Report `done` passes done without counting inputs: some passes turned out not to be needed, or
        their inputs were counted elsewhere."""
        if done > self.done:
            self.done = done
            if self.on_progress is not None:
                self.on_progress(min(self.done, self.total), self.total)


def onto(tensor: torch.Tensor, device: torch.device, dtype: torch.dtype | None = None) -> torch.Tensor:
    """The tensor on a device. To a CUDA device it is copied from pinned memory without waiting."""
    if device.type != "cuda" or tensor.is_cuda:
        return tensor.to(device, dtype)
    return tensor.pin_memory().to(device, dtype, non_blocking=True)


def batch_size(device: torch.device, gradient: bool = False) -> int:
    """How many inputs are scored at a time on this device at first; `gradient`: forward and backward."""
    if device.type != "cpu":
        return GPU_BATCH
    return CPU_GRADIENT_BATCH if gradient else CPU_BATCH


def run_batches(
    work: Callable[[int, int], torch.Tensor],
    total: int,
    device: torch.device,
    progress: Progress,
    size: int | None = None,
    seen: Callable[[torch.Tensor, int], None] | None = None,
) -> torch.Tensor:
    """`work(start, stop)` over [0, total), piece by piece, concatenated along dimension 0.

    A piece is at most `size` long (None: the device's batch size). When the GPU runs out of memory, the piece
    is halved and tried again; at size 1 the error is raised. `seen(values, count)` is called with what the
    first `count` gave whenever `progress` says that the growing map is due."""
    size = size or batch_size(device)
    pieces, start = [], 0
    while start < total:
        progress.check()
        stop = min(start + size, total)
        try:
            piece = work(start, stop)
        except torch.OutOfMemoryError:
            if size == 1:
                raise
            size = max(1, size // 2)
            torch.cuda.empty_cache()
            continue
        pieces.append(piece)
        progress.advance(stop - start)
        start = stop
        if seen is not None and start < total and progress.due():
            seen(torch.cat(pieces), start)
    return torch.cat(pieces)


def keep_freed_memory(most: int = 256 << 20, each: int = 32 << 20) -> bool:
    """Ask glibc to keep freed activations for the next layer: up to `most` bytes, in pieces of up to `each`;
    larger ones go back to the system.

    Returns True if it accepts. This saves about a third of a forward pass on a CPU. It is a setting of the
    whole process, so the application calls it once, before it starts threads. Where the C library is not
    glibc, it does nothing."""
    if platform.libc_ver()[0] != "glibc":
        return False
    mallopt = ctypes.CDLL(None).mallopt
    settings = {M_MMAP_THRESHOLD: each, M_TRIM_THRESHOLD: most, M_ARENA_MAX: 1}
    return sum(mallopt(option, value) for option, value in settings.items()) == len(settings)


def hand_back_freed_memory() -> None:
    """Ask glibc to return all freed memory to the system; nothing where the C library is another."""
    if platform.libc_ver()[0] == "glibc":
        ctypes.CDLL(None).malloc_trim(0)


M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8  # from malloc.h
