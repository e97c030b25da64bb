"""What a model answers over a dataset: one line a picture, right or wrong, and what follows from that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
import torch

from ..datasets import Dataset, Example
from ..metrics.bands import interval
from ..network.batches import batch_size
from ..network.handle import ModelHandle
from ..network.scores import probabilities, rank
from ..types import Cancelled, InputError, IsCancelled, OnProgress

ELSE = "another class"
USUAL = 224 * 224  # pixels of the inputs for which batches are chosen


@dataclass(frozen=True, eq=False)
class Predictions:
    """`table` has a line for each picture, in the dataset's order: number (its place in the dataset), image,
    label (the dataset's name), target, predicted, answer (the predicted class's name), confidence (its
    probability), probability (of the best right class), correct, correct_top5. `errors` has image and error
    for each that cannot be read."""

    table: pd.DataFrame
    errors: pd.DataFrame


COLUMNS = [
    "number",
    "image",
    "label",
    "target",
    "predicted",
    "answer",
    "confidence",
    "probability",
    "correct",
    "correct_top5",
]


def predictions(
    handle: ModelHandle,
    dataset: Dataset,
    progress: OnProgress | None = None,
    cancelled: IsCancelled | None = None,
) -> Predictions:
    """All pictures in batches, through the network that scores (logits within 1e-5 of the original's).
    A picture is right where the most probable class is one of its right ones."""
    height, width = handle.input_size
    size = batch_size(handle.device) * max(
        1, min(32, USUAL // (height * width))
    )  # small pictures cost little
    lines, errors = [], []
    total = len(dataset.examples)
    for start in range(0, total, size):
        if cancelled is not None and cancelled():
            raise Cancelled(f"Cancelled after {start} of {total} pictures.")
        read, numbers = [], []
        for number, example in enumerate(dataset.examples[start : start + size], start):
            try:
                read.append(handle.preprocess(example.image()))
                numbers.append(number)
            except InputError as error:
                errors.append({"image": example.name, "error": str(error)})
        if read:
            with handle.session(), torch.no_grad():
                logits = handle.scorer(torch.cat(read)).float().cpu()
            handle.ledger.count(len(read))
            for number, one in zip(numbers, logits, strict=True):
                lines.append(_line(handle, number, dataset.examples[number], one))
        if progress is not None:
            progress(min(start + size, total), total)
    return Predictions(pd.DataFrame(lines, columns=COLUMNS), pd.DataFrame(errors, columns=["image", "error"]))


def _line(handle: ModelHandle, number: int, example: Example, logits: torch.Tensor) -> dict[str, object]:
    ranked = rank(logits, handle.labels, handle.activation, top=5)
    best, chances = ranked[0], probabilities(logits, handle.activation)
    true = max(sorted(example.targets), key=lambda index: float(logits[index]))
    values = (
        number,
        example.name,
        example.label,
        true,
        best.index,
        best.label,
        best.probability,
        float(chances[true]),
        best.index in example.targets,
        any(s.index in example.targets for s in ranked),
    )
    return dict(zip(COLUMNS, values, strict=True))


@dataclass(frozen=True)
class Accuracy:
    """A share of right answers with Wilson's 95 % interval."""

    right: int
    count: int
    share: float
    low: float
    high: float


def accuracy(right: Sequence[bool]) -> Accuracy:
    """Of `correct` or `correct_top5`; raises InputError for none."""
    if not len(right):
        raise InputError("There is no prediction to count.")
    count = int(sum(right))
    return Accuracy(count, len(right), count / len(right), *interval(count, len(right)))


def named(table: pd.DataFrame, dataset: Dataset) -> pd.Series:
    """Each answer as one of the dataset's names, or ELSE where the dataset has no such class. A class that is
    right for several names counts for the picture's own where that is right, else for the first."""
    owner: dict[int, str] = {}
    for example in dataset.examples:
        for index in example.targets:
            owner.setdefault(index, example.label)
    own = zip(table["label"], table["predicted"], table["correct"], strict=True)
    given = [label if right else owner.get(index, ELSE) for label, index, right in own]
    return pd.Series(given, index=table.index, name="answer", dtype=object)


def answered(table: pd.DataFrame, dataset: Dataset) -> pd.Series:
    """Each answer as `named`, a class that the dataset does not have by the model's name."""
    given = named(table, dataset)
    return given.where(given != ELSE, table["answer"])


def confusion(table: pd.DataFrame, dataset: Dataset) -> pd.DataFrame:
    """How often each of the dataset's names (rows) was answered with each (columns, as `named`); ELSE is a
    column only where it occurs."""
    names = list(dict.fromkeys(example.label for example in dataset.examples))
    counts = pd.crosstab(table["label"], named(table, dataset))
    columns = [*names, *([ELSE] if ELSE in counts.columns else [])]
    return counts.reindex(index=names, columns=columns, fill_value=0)


def pairs(table: pd.DataFrame, dataset: Dataset) -> pd.DataFrame:
    """Every pair of a true class and an answer (`answered`) that occurs: true, answer, n, right. Mistakes
    first, the most frequent first, ties by name."""
    given, right = answered(table, dataset), table["correct"].astype(bool)
    lines = pd.DataFrame({"true": table["label"], "answer": given, "right": right, "n": 1})
    counted = lines.groupby(["true", "answer", "right"])["n"].sum().reset_index()
    order = ["right", "n", "true", "answer"]
    counted = counted.sort_values(order, ascending=[True, False, True, True], kind="stable")
    return counted[["true", "answer", "n", "right"]].reset_index(drop=True)
