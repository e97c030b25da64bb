"""Pictures are drawn and measured, look after look, until it is decided or none may be drawn any more.

The scores are those of `evaluate`, on its engines. They lie in FOLDER as tables of at most 256 pictures,
0000.parquet, 0001.parquet, ..., each of which survives a kill at any moment and is read, not computed, by the
next run with the same arguments. What is kept in memory is one number a picture, method and metric."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from ..datasets import Dataset
from ..engine.explain import plan_of
from ..evaluation.evaluate import Engine, RunProgress, evaluate, local
from ..evaluation.plan import CENTRE, CHANCE
from ..evaluation.resumable_table import errors_of
from ..network.handle import ModelHandle
from ..types import Cancelled, InputError, IsCancelled
from .directions import SIGN
from .drawing import drawn, pieces, witnesses
from .looks import Look, looks
from .plan import Ranked
from .result import Ranking
from .standing import Scores, standings


@dataclass(frozen=True)
class RankProgress:
    """Pictures `done` of at most `budget`, `failed` of them; the look after `until` pictures is next.
    `rate`: seconds a picture."""

    done: int
    budget: int
    failed: int
    until: int
    rate: float


OnProgress = Callable[[RankProgress], None]


def rank(
    handle: ModelHandle,
    dataset: Dataset,
    plan: Ranked,
    folder: Path,
    progress: OnProgress | None = None,
    cancelled: IsCancelled | None = None,
    engine: Engine = local,
) -> Ranking:
    """The ranking after the look that ended the run. Raises InputError where the folder holds another run or
    no picture can be measured, Cancelled with everything done so far kept."""
    plan.check()
    chosen = drawn(dataset, plan.seed, plan.budget)
    every = looks(len(chosen.examples), 1 - plan.confidence)
    passes = passes_of(handle, plan)
    kept = _Kept(plan, chosen)
    folder.mkdir(parents=True, exist_ok=True)
    parts = pieces([look.pictures for look in every])
    numbers = iter(enumerate(parts))
    for look in every:
        while kept.seen < look.pictures:
            number, (first, end) = next(numbers)
            part = replace(chosen, examples=chosen.examples[first:end])
            told = _told(progress, kept, len(chosen.examples), look)
            file = folder / f"{number:04d}.parquet"
            try:
                rows = evaluate(handle, part, plan.measured(), file, told, cancelled, engine)
            except Cancelled as error:
                raise Cancelled(f"Cancelled after {kept.seen} pictures and a part of the next.") from error
            kept.add(rows, file, end)
        found = kept.ranking(handle, dataset, look, every, passes)
        if found.settled:
            return found
    return found


def score_files(folder: Path) -> list[Path]:
    """The finished tables of scores in the folder, in the order in which the pictures were drawn."""
    return sorted(folder.glob("[0-9][0-9][0-9][0-9].parquet"))


def passes_of(handle: ModelHandle, plan: Ranked) -> dict[str, int]:
    """How many inputs one map sends through the network, by row: counted from the request, not measured. A
    backward pass is not counted. Raises InputError for a map that this network cannot give."""
    found = {}
    for name in dict.fromkeys(plan.rows):
        found[name] = 0
        if name not in (CENTRE, CHANCE):
            with handle.session() as net:
                found[name] = plan_of(handle, net, plan.measured().request(name, 0)).passes()
    return found


class _Kept:
    """The scores so far: one number a picture, row and metric."""

    def __init__(self, plan: Ranked, chosen: Dataset):
        self.plan, self.chosen = plan, chosen
        self.names = {example.name: n for n, example in enumerate(chosen.examples)}
        self.witness = witnesses(chosen.examples)
        shape = (len(chosen.examples), len(plan.rows), len(plan.metrics))
        self.values = np.full(shape, np.nan)
        self.measured = np.zeros(len(chosen.examples), bool)
        self.seen = self.failed = 0
        self.why = ""

    def add(self, rows: pd.DataFrame, file: Path, end: int) -> None:
        """The rows of one table of `evaluate`."""
        pictures = rows["image"].map(self.names).to_numpy(int)
        values = rows["value"].to_numpy(float)
        for m, metric in enumerate(self.plan.metrics):
            for k, method in enumerate(self.plan.rows):
                own = ((rows["metric"] == metric) & (rows["method"] == method)).to_numpy()
                self.values[pictures[own], k, m] = values[own]
        self.measured[pictures] = True
        if errors_of(file).exists():
            errors = pd.read_csv(errors_of(file))
            self.failed += len(errors)
            self.why = self.why or str(errors["error"].iloc[0])
        self.seen = end

    def ranking(
        self,
        handle: ModelHandle,
        dataset: Dataset,
        look: Look,
        every: tuple[Look, ...],
        passes: dict[str, int],
    ) -> Ranking:
        """What these scores say at this look."""
        here = np.flatnonzero(self.measured)
        if not len(here):
            raise InputError(f"None of {self.failed} pictures could be measured. The first: {self.why}")
        scores = self._scores(here)
        self._all_there(scores)
        found = standings(scores, look.alpha, self.plan.seed)
        return Ranking(
            self.plan,
            handle.key,
            dataset.name,
            found,
            look,
            every,
            len(here),
            len(np.unique(self.witness[here])),
            len(dataset.examples),
            self.failed,
            self.plan.settled(found),
            passes,
        )

    def _scores(self, here: np.ndarray) -> Scores:
        plan, pictures = self.plan, self.chosen.examples
        return Scores(
            plan.names,
            plan.metrics,
            tuple(SIGN[metric] for metric in plan.metrics),
            tuple(pictures[n].name for n in here),
            self.witness[here],
            self.values[here],
        )

    def _all_there(self, scores: Scores) -> None:
        """Raise InputError for a metric that has no value for any method: it needs what the set lacks."""
        for m, metric in enumerate(scores.metrics):
            if np.isnan(scores.values[:, :, m]).all():
                raise InputError(
                    f"The metric {metric!r} has no value in any of these pictures; it needs boxes, labels or "
                    "masks that they do not have."
                )


def _told(
    progress: OnProgress | None, kept: _Kept, budget: int, look: Look
) -> Callable[[RunProgress], None] | None:
    """Progress over all pictures from that over those of one table."""
    if progress is None:
        return None
    before, failed = kept.seen, kept.failed

    def told(p: RunProgress) -> None:
        progress(RankProgress(before + p.done, budget, failed + p.failed, look.pictures, p.rate))

    return told


def all_scores(files: Sequence[Path], out: Path) -> None:
    """One Parquet file of all tables, a table at a time; at least one must have rows."""
    import pyarrow.parquet as pq

    filled = [file for file in files if pq.read_metadata(file).num_rows]  # others know no types
    schema = pq.read_schema(filled[0]).remove_metadata()
    beside = out.with_name(out.name + ".writing")
    try:
        with pq.ParquetWriter(beside, schema) as writer:
            for file in filled:
                writer.write_table(pq.read_table(file).replace_schema_metadata(None).cast(schema))
        beside.replace(out)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
