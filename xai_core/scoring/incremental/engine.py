"""Whether a scorer can be run on windows, checked once, and whether that is faster, measured."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

import numpy as np
import torch
from torch import nn

from .network import Incremental, boxes_as_windows, clock
from .patchwork import Patchwork, best_cut, put_together
from .trace import NotTraceable

TOLERANCE = 1e-5
SIDE = 8  # pixels of the windows that it is checked with


@dataclass(eq=False)
class Engine:
    """What is known about running a scorer on windows. `network` is None where that cannot be done, or comes
    out otherwise; `reason` then says why, in a sentence. `error` is the largest difference of the check, as a
    share of the largest logit. `faster` keeps what was measured: kind of windows -> whether it pays."""

    network: Incremental | None
    reason: str = ""
    error: float = 0.0
    faster: dict[tuple, bool] = field(default_factory=dict)


_ENGINES: WeakKeyDictionary[nn.Module, dict[tuple, Engine]] = WeakKeyDictionary()
_LOCK = threading.Lock()


def engine_of(scorer: nn.Module, x: torch.Tensor) -> Engine:
    """The engine for inputs like `x` (N, 3, H, W); made and checked when it is first asked for. The caller
    holds the network."""
    key = (tuple(x.shape[1:]), x.device, x.dtype)
    with _LOCK:
        known = _ENGINES.setdefault(scorer, {})
    if key not in known:
        known[key] = _checked(scorer, x)
    return known[key]


def known_engine(key: int) -> Engine | None:
    """The engine that was made last for the scorer with this `id`; None if none was needed yet."""
    with _LOCK:
        found = next((engines for scorer, engines in _ENGINES.items() if id(scorer) == key), {})
    return next(reversed(found.values()), None)


def _checked(scorer: nn.Module, x: torch.Tensor) -> Engine:
    try:
        network = Incremental(scorer, x)
        with torch.inference_mode():
            error = max(difference(scorer, network, x[:1], running) for running in (False, True))
    except NotTraceable as refused:
        return Engine(None, f"The network cannot be followed: {refused}.")
    engine = Engine(network)
    _accept(engine, error)
    return engine


def _accept(engine: Engine, error: float) -> None:
    """Switch the engine off if it came out this far off, or not as a number."""
    engine.error = max(error, engine.error)  # in this order, NaN stays
    if not error <= TOLERANCE:
        engine.network = None
        engine.reason = f"Its logits came out {error:.2g} of their size apart, more than {TOLERANCE:g}."
        logging.getLogger(__name__).warning("Incremental inference is switched off: %s", engine.reason)


def patchwork_of(
    scorer: nn.Module,
    x: torch.Tensor,
    baseline: torch.Tensor,
    labels: torch.Tensor,
    total: int,
    batch: int,
    check: Callable[[], None],
) -> Patchwork | None:
    """A patchwork for `total` pictures of which each superpixel of `labels` (H, W) is that of `x` or of
    `baseline` (1, 3, H, W), scored `batch` at a time. None where whole pictures are as fast, which is
    measured, or where the engine is off. A first batch is checked; `check` is called now and then, and may
    raise."""
    engine = engine_of(scorer, x)
    if engine.network is None:
        return None
    count = int(labels.max()) + 1
    rows = np.random.default_rng(0).random((batch, count)) < 0.5
    with torch.inference_mode():
        pictures = put_together(x, baseline, labels, rows)
        found = best_cut(engine.network, pictures, labels, total)
        if found is None:
            return None
        patchwork = Patchwork(engine.network, x, baseline, labels, *found, batch, check)
        whole, quick = _timed(lambda: scorer(pictures), x), _timed(lambda: patchwork.logits(rows), x)
        _accept(engine, _apart(quick[1], whole[1]))
    return patchwork if engine.network is not None and quick[0] < whole[0] else None


def _timed(work: Callable[[], torch.Tensor], x: torch.Tensor) -> tuple[float, torch.Tensor]:
    """The shorter of two runs, in seconds, and the result."""
    times = []
    for _ in range(2):
        began = clock(x.device)
        found = work()
        times.append(clock(x.device) - began)
    return min(times), found


def _apart(found: torch.Tensor, expected: torch.Tensor) -> float:
    return float((found - expected).abs().max() / expected.abs().max().clamp(min=1))


def difference(scorer: nn.Module, network: Incremental, x: torch.Tensor, running: bool) -> float:
    """The largest difference between logits of whole pictures and of windows, as a share of the largest: nine
    windows of noise in the corners, at the sides and in the middle of noise like `x` (1, 3, H, W)."""
    generator = torch.Generator().manual_seed(0)
    size = tuple(x.shape[2:])
    side = min(SIDE, *size)
    picture = torch.randn(x.shape, generator=generator, dtype=torch.float32).to(x)
    places = [(top, left) for top in (0, size[0] // 2, size[0]) for left in (size[1], size[1] // 3, 0)]
    boxes = np.array([(top, left, side, side) for top, left in places])
    windows = boxes_as_windows(boxes, size, running)
    cells = torch.randn((len(boxes), 3, side, side), generator=generator, dtype=torch.float32).to(x)
    pictures, last = [], picture
    for number, (top, left) in enumerate(zip(windows.top, windows.left, strict=True)):
        changed = (last if running else picture).clone()
        changed[0, :, top : top + side, left : left + side] = cells[number]
        pictures.append(changed)
        last = changed
    expected = scorer(torch.cat(pictures).contiguous(memory_format=torch.channels_last))
    found = network.logits(network.activations(picture), cells, windows)
    return _apart(found, expected)
