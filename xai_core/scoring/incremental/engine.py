"""Engines: whether a scorer can be run on windows, which is checked once for each scorer and input size."""

from __future__ import annotations

import logging
import threading
import weakref
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import nn

from ...network.batches import Progress
from ..metering import meter_of
from .compiled import NotTranslatable, Programs, why_not_here
from .cost import CostModel
from .network import Incremental
from .patchwork import Patchwork, Plan, plan_patchwork, put_together
from .running import Running
from .trace import NotTraceable
from .windows import boxes_as_windows

TOLERANCE = 1e-5  # largest difference of logits that passes a check, as a share of the largest logit
SIDE = 8  # pixels along each side of the windows in the check


@dataclass(eq=False)
class Engine:
    """What is known about running a scorer otherwise than as it is.

    On windows: `network` and its cost model `costs` are None if the network cannot be recorded or fails the
    check; `reason` then says why, in a sentence. `error` is the largest difference in the check, as a share
    of the largest logit. Compiled: `compiled` is None where it is not, and says why in its turn."""

    network: Incremental | None
    reason: str = ""
    error: float = 0.0
    costs: CostModel | None = None
    compiled: Compiled = field(default_factory=lambda: Compiled(None, "It was not recorded."))


@dataclass(eq=False)
class Compiled:
    """The programs of a scorer; None where it is not compiled, for a `reason`. `error` is the largest
    difference in the check, as a share of the largest logit."""

    programs: Programs | None
    reason: str = ""
    error: float = 0.0


# attention: what changes in one place changes every token behind it
ATTENTION = ("scaled_dot_product_attention", "multi_head_attention_forward", "softmax")
GLOBAL = "In attention every place sees all others, so that no part of it stays as it was."

_ENGINES: dict[int, dict[tuple, Engine]] = {}  # by the key of the scorer, until the scorer is gone
_LOCK = threading.Lock()


def key_of(scorer: nn.Module) -> int:
    """The number that stands for a scorer in `known_engine`: its `id`, which keeps nothing alive."""
    return id(scorer)


def engine_of(scorer: nn.Module, x: torch.Tensor) -> Engine:
    """The engine of a scorer for inputs like `x` (N, 3, H, W), made and checked at the first call. The caller
    must hold the network."""
    key, kind = key_of(scorer), (tuple(x.shape[1:]), x.device, x.dtype)
    with _LOCK:
        if key not in _ENGINES:
            _ENGINES[key] = {}
            weakref.finalize(scorer, _ENGINES.pop, key, None)
        engines = _ENGINES[key]
    if kind not in engines:
        engines[kind] = _checked(scorer, x)
    return engines[kind]


def known_engine(key: int) -> Engine | None:
    """The engine that was made last for the scorer of this key; None if none was needed yet, or if the scorer
    is gone."""
    return next(reversed(_ENGINES.get(key, {}).values()), None)


def _checked(scorer: nn.Module, x: torch.Tensor) -> Engine:
    """A new engine. The check runs on fixed noise, so its outcome depends on the scorer alone."""
    try:
        network = Incremental(scorer, x)
    except NotTraceable as refused:
        reason = f"The network cannot be followed: {refused}."
        return Engine(None, reason, compiled=Compiled(None, reason))
    compiled = _compiled(scorer, network, x)
    if any(step.name in ATTENTION for step in network.executed):
        return Engine(None, GLOBAL, compiled=compiled)
    network.programs = compiled.programs
    try:
        with torch.inference_mode():
            errors = [difference(scorer, network, x[:1], running) for running in (False, True)]
    except NotTraceable as refused:
        return Engine(None, f"The network cannot be followed: {refused}.", compiled=compiled)
    error = float(np.max(errors))  # NaN if one of them is, which fails the check
    if error <= TOLERANCE:
        return Engine(network, error=error, costs=CostModel.on(network, x), compiled=compiled)
    reason = f"Its logits came out {_too_large(error)}."
    logging.getLogger(__name__).warning("Incremental inference is switched off: %s", reason)
    return Engine(None, reason, error, compiled=compiled)


def _compiled(scorer: nn.Module, network: Incremental, x: torch.Tensor) -> Compiled:
    """The programs of a scorer, whose logits of noise are compared with its own."""
    weights = sum(one.numel() * one.element_size() for one in (*scorer.parameters(), *scorer.buffers()))
    reason = why_not_here(x, weights)
    if reason:
        return Compiled(None, reason)
    try:
        programs = Programs(network)
    except NotTranslatable as refused:
        return Compiled(None, f"OpenVINO's program has no {refused}.")
    noise = torch.randn((2, *x.shape[1:]), generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        error = _apart(programs.whole(noise), scorer(noise.contiguous(memory_format=torch.channels_last)))
    if error <= TOLERANCE:
        return Compiled(programs, error=error)
    reason = f"Its logits came out {_too_large(error)}."
    logging.getLogger(__name__).warning("The network is not compiled: %s", reason)
    return Compiled(None, reason, error)


def _too_large(error: float) -> str:
    return f"{error:.2g} of their size apart, more than {TOLERANCE:g}"


def patchwork_plan(
    scorer: nn.Module, x: torch.Tensor, labels: torch.Tensor, total: int, batch: int
) -> Plan | None:
    """How to score `total` patchworks of the superpixels `labels` (H, W) on pictures like `x`, `batch` at a
    time; None if whole pictures are not much more work, or if the scorer has no engine."""
    engine = engine_of(scorer, x)
    if engine.network is None or engine.costs is None:
        return None
    return plan_patchwork(engine.network, engine.costs, labels, total, batch)


def make_patchwork(
    scorer: nn.Module,
    x: torch.Tensor,
    baseline: torch.Tensor,
    labels: torch.Tensor,
    plan: Plan,
    batch: int,
    progress: Progress,
) -> Patchwork | None:
    """The patchwork of `x` and `baseline` (1, 3, H, W) for a plan. Runs the covering pictures, asks
    `progress` before each batch whether to stop, and adds their work to its meter.

    One batch is compared with the scorer's own logits. If they differ too much, a warning is logged and None
    is returned. That depends on the two pictures alone, so the same request always has the same outcome."""
    network = engine_of(scorer, x).network
    if network is None:
        return None

    def pictures() -> Iterator[torch.Tensor]:
        for start in range(0, len(plan.rows), batch):
            progress.check()
            rows = plan.rows[start : start + batch]
            yield put_together(x, baseline, labels, rows)
            meter_of(progress).done += plan.cut.seconds * len(rows)

    with torch.inference_mode():
        patchwork = Patchwork(network, plan, pictures())
        rows = np.random.default_rng(0).random((batch, plan.rows.shape[1])) < 0.5
        error = _apart(patchwork.logits(rows), scorer(put_together(x, baseline, labels, rows)))
    meter_of(progress).done += plan.check
    if error <= TOLERANCE:
        return patchwork
    logging.getLogger(__name__).warning(
        "Patchworks are not used for this picture: logits came out %s.", _too_large(error)
    )
    return None


def _apart(found: torch.Tensor, expected: torch.Tensor) -> float:
    """The largest difference, as a share of the largest logit, or of 1 if that is larger."""
    return float((found - expected).abs().max() / expected.abs().max().clamp(min=1))


def difference(scorer: nn.Module, network: Incremental, x: torch.Tensor, running: bool) -> float:
    """The largest difference between the logits of whole pictures and of windows, as a share of the largest
    logit, on noise like `x` (1, 3, H, W) with nine windows in its corners, at its sides and inside."""
    generator = torch.Generator().manual_seed(0)
    size = (x.shape[2], x.shape[3])
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
    if not running:
        return _apart(network.logits(network.activations(picture), cells, windows), expected)
    carried, before = Running(network), [picture, *pictures]
    parts = [slice(start, start + 3) for start in range(0, len(boxes), 3)]
    found = [
        carried.logits(part.start, before.__getitem__, cells[part], boxes_as_windows(boxes[part], size, True))
        for part in parts
    ]
    return _apart(torch.cat(found), expected)
