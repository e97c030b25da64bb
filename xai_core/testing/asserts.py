"""Explanation tests as functions: each returns the Result of a check that passed, and raises otherwise.

    from xai_core.testing import assert_looks_at
    assert_looks_at("own/mine", "data/validation", share=0.6)

`model` is a handle or the key of a model, `data` a data set or what `open_dataset` takes. Every function
takes the fields of `Check` as keywords: method, layer, params, explain, against, confidence, about, limit,
seed; and class_map, out (a Parquet file that makes the run resumable) and engine ("local" or "ray")."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..datasets import Dataset
from ..evaluation.plan import CENTRE
from ..models import load_model
from ..network.handle import ModelHandle
from ..types import Box
from . import words
from ._check import RANDOM
from .engines import engine_named
from .judging import PASS, UNDECIDED
from .running import Result, run
from .spec import check_of
from .units import open_pictures

Model = ModelHandle | str
Data = Dataset | str | Path


class CheckFailed(AssertionError):
    """A check that failed, or that the gate refused. `result` is its Result."""

    def __init__(self, result: Result):
        self.result = result
        super().__init__(explained(result))


class CheckUndecided(CheckFailed):
    """A check that all pictures together could not decide."""


def assert_looks_at(
    model: Model,
    data: Data,
    boxes: Mapping[str, Sequence[Box]] | None = None,
    share: float = 0.6,
    against: str = CENTRE,
    confidence: float = 0.95,
    **fields: Any,
) -> Result:
    """More than `share` of the map lies inside the boxes, and more than of the control. `boxes` are those by
    name of picture, in pixels of the picture; None takes the data's own. Raises CheckFailed, CheckUndecided,
    and InputError for what cannot be run."""
    own = None if boxes is None else {name: tuple(some) for name, some in boxes.items()}
    return asserted(
        model, data, "looks_at", share=share, against=against, confidence=confidence, boxes=own, **fields
    )


def assert_ignores(
    model: Model,
    data: Data,
    region: str | Sequence[float] | Sequence[Sequence[float]],
    share: float = 0.2,
    effect: float = 0.2,
    stamp: str | Path = "",
    confidence: float = 0.95,
    **fields: Any,
) -> Result:
    """Less than `share` of the map lies in the region, and its removal costs less than `effect` more
    probability than that of the same region elsewhere. `stamp` is a picture that is put there first. The
    region is a name, or boxes in fractions (`regions`). Raises as `assert_looks_at`."""
    return asserted(
        model,
        data,
        "ignores",
        region=region,
        share=share,
        effect=effect,
        stamp=str(stamp),
        confidence=confidence,
        **fields,
    )


def assert_same_map_after(
    model: Model,
    data: Data,
    change: str = "flip",
    alike: float = 0.5,
    against: str = CENTRE,
    confidence: float = 0.95,
    **fields: Any,
) -> Result:
    """The map of the picture after flip, blur or brightness has a rank correlation of more than `alike` with
    the picture's own, and more than with the control. Raises as `assert_looks_at`."""
    fields |= {"change": change, "alike": alike, "against": against, "confidence": confidence}
    return asserted(model, data, "same_map_after", **fields)


def assert_faithful(
    model: Model,
    data: Data,
    gain: float = 0.0,
    against: str = RANDOM,
    confidence: float = 0.95,
    **fields: Any,
) -> Result:
    """Insertion and deletion are better than the control's by more than `gain`. Raises as
    `assert_looks_at`."""
    return asserted(model, data, "faithful", gain=gain, against=against, confidence=confidence, **fields)


def assert_robust(
    model: Model,
    data: Data,
    radius: float = 4.0,
    alike: float = 0.8,
    against: str = CENTRE,
    confidence: float = 0.95,
    **fields: Any,
) -> Result:
    """The map under noise of `radius` 8-bit steps has a rank correlation of more than `alike` with the
    picture's own, and more than with the control. Raises as `assert_looks_at`."""
    fields |= {"radius": radius, "alike": alike, "against": against, "confidence": confidence}
    return asserted(model, data, "robust", **fields)


def asserted(
    model: Model,
    data: Data,
    kind: str,
    class_map: str | Path | None = None,
    out: str | Path | None = None,
    engine: str = "local",
    workers: int | None = None,
    **fields: Any,
) -> Result:
    """A check of any kind by its key, with its settings and the fields of `Check`. Raises as
    `assert_looks_at`."""
    check = check_of({"kind": kind, **fields})
    measuring = engine_named(engine, workers)
    handle = (
        model if isinstance(model, ModelHandle) else load_model(model, "cpu" if engine == "ray" else "auto")
    )
    pictures = data if isinstance(data, Dataset) else open_pictures(data, handle.labels, class_map, [check])
    result = run(handle, pictures, check, None if out is None else Path(out), measuring)
    if result.verdict == PASS:
        return result
    raise (CheckUndecided if result.verdict == UNDECIDED else CheckFailed)(result)


def explained(result: Result) -> str:
    """A check that did not pass, in a few lines."""
    worst = [f"  worst: {example.name}" for example, _ in result.worst(3)] if result.looked else []
    claims = [f"  {words.claim_sentence(found)}" for found in result.findings] if result.looked else []
    lines = [words.headline(result), *claims, *worst, words.advice(result)]
    return "\n".join(filter(None, lines))
