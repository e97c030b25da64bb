"""Long work in batches: progress, cancel, and a batch size that survives a full GPU.

Only the work between two batches may be interrupted, so a cancelled run leaves nothing half-done.
"""

from __future__ import annotations

import ctypes
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import torch

from ..types import Cancelled, IsCancelled, OnProgress

# Above, glibc hands the memory of large activations (32 MB, its highest threshold) back and fetches it again.
CPU_BATCH = 6
CPU_GRADIENT_BATCH = 4  # a backward pass keeps every layer: about 100 MB an image of EfficientNet-Lite0
GPU_BATCH = 128
FIRST_LOOK, NEXT_LOOK = 0.2, 0.5  # seconds until somebody who waits is shown what there is, and from then on


@dataclass
class Progress:
    """What long work reports to: `on_progress(done, total)` after each batch, and
    `on_partial(values, samples, of)` with the map (H, W) as it stands after some of its samples.
    `cancelled()` is asked before each batch.

    `forwards` adds up the inputs sent through the network (or its suffix) on this progress.
    """

    on_progress: OnProgress | None = None
    cancelled: IsCancelled | None = None
    total: int = 0
    done: int = 0
    forwards: int = 0
    on_partial: Callable[[torch.Tensor, int, int], None] | None = None
    _next_look: float = field(default_factory=lambda: time.monotonic() + FIRST_LOOK)

    def due(self) -> bool:
        """Whether somebody waits for a look at the map, and the last one is long enough ago."""
        return self.on_partial is not None and time.monotonic() >= self._next_look

    def show(self, values: torch.Tensor, samples: int, of: int) -> None:
        """Give a look at the map (H, W) after `samples` of `of`. What a look costs is waited four times."""
        if self.on_partial is None:
            return
        start = time.monotonic()
        self.on_partial(values, samples, of)
        now = time.monotonic()
        self._next_look = now + max(NEXT_LOOK, 4 * (now - start))

    def check(self) -> None:
        """Raise `Cancelled` if the caller asked to stop."""
        if self.cancelled is not None and self.cancelled():
            raise Cancelled(f"Cancelled after {self.done} of {self.total} passes.")

    def advance(self, count: int) -> None:
        """Report `count` more passes done."""
        self.done += count
        self.forwards += count
        if self.on_progress is not None:
            self.on_progress(min(self.done, self.total), self.total)

    def note(self, count: int) -> None:
        """Count passes beside the announced work (a look at the whole picture)."""
        self.forwards += count

    def reach(self, done: int) -> None:
        """Report `done` passes, where some of them turned out not to be needed."""
        if done > self.done:
            self.done = done
            if self.on_progress is not None:
                self.on_progress(min(self.done, self.total), self.total)


def onto(tensor: torch.Tensor, device: torch.device, dtype: torch.dtype | None = None) -> torch.Tensor:
    """The tensor on a device; to a GPU from pinned memory, so that copying and computing overlap."""
    if device.type != "cuda" or tensor.is_cuda:
        return tensor.to(device, dtype)
    return tensor.pin_memory().to(device, dtype, non_blocking=True)


def batch_size(device: torch.device, gradient: bool = False) -> int:
    """The batch that scoring, or a pass forward and backward, starts with on this device."""
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
    """Concatenate `work(start, stop)` over [0, total) along dimension 0.

    Each piece is at most `size` long (the device's default if None). When the GPU runs out of memory the
    piece is halved and tried again, down to 1; then the error is raised. `seen(pieces, count)` is
    given what came of the first `count` whenever a look at it is due."""
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


def keep_freed_memory() -> bool:
    """Ask glibc to keep freed activations for the next layer instead of handing them back; True if it will.

    A setting of the whole process, so it is the application's to make, once, before it starts threads. On
    CPUs it saves about a third of a forward pass. Does nothing where the C library is not glibc."""
    if platform.libc_ver()[0] != "glibc":
        return False
    mallopt = ctypes.CDLL(None).mallopt
    settings = {M_MMAP_THRESHOLD: 32 << 20, M_TRIM_THRESHOLD: 256 << 20, M_ARENA_MAX: 1}
    return sum(mallopt(option, value) for option, value in settings.items()) == len(settings)


M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8  # from malloc.h
