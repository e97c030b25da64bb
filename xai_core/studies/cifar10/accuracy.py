"""Part 1: the baseline. How often a network is right, over all pictures and in each class."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np

from ...engine.explain import predict
from .._recipe import Bench, Found, Published, Step, Task, Values
from ..outcome import Cell, Estimate, Outcome, Table
from ._shared import STAND_IN, asks, by_photograph, counted, in_batches, is_right, numbers_in, photographs_of

Z = 1.959963984540054  # the 97.5th percentile of the normal distribution
POINT = 1.0  # percentage points within which an accuracy is that of the source


def answers_of(bench: Bench, step: Step) -> Values:
    """What the network says of each picture of a batch (n,), and with which probability (n,)."""
    work, said, chances = bench.progress(len(numbers_in(step))), [], []
    for number in numbers_in(step):
        work.check()
        (first,) = predict(bench.handle, bench.image(number), 1)
        said.append(first.index)
        chances.append(first.probability)
    return {"said": np.array(said), "probability": np.array(chances)}


def share_of(right: np.ndarray, photographs: np.ndarray) -> Estimate:
    """The share of right answers with Wilson's 95 % interval, which counts photographs: a copy adds nothing.

    (p + z^2 / 2 n -+ z sqrt(p (1 - p) / n + z^2 / 4 n^2)) / (1 + z^2 / n),   z = 1.96, n photographs
    """
    each = by_photograph(right.astype(float), photographs)
    share, n = float(each.mean()), len(each)
    middle, size = share + Z**2 / (2 * n), 1 + Z**2 / n
    half = Z * (share * (1 - share) / n + Z**2 / (4 * n**2)) ** 0.5
    return Estimate(share, max((middle - half) / size, 0.0), min((middle + half) / size, 1.0), n)


def conclude(bench: Bench, found: Found) -> Outcome:
    """The share of right answers, in all and by class, and what each class is most often taken for."""
    numbers = [n for step in found for n in numbers_in(step)]
    said = np.concatenate([values["said"] for values in found.values()])
    right, photographs = is_right(bench, numbers, said), photographs_of(bench, numbers)
    labels = np.array([bench.examples[n].label for n in numbers])
    all_ = counted(bench, share_of(right, photographs))
    rows: list[tuple[Cell, ...]] = [("all", len(numbers), all_.value, all_.low, all_.high, "")]
    for label in dict.fromkeys(labels.tolist()):
        own = labels == label
        part = share_of(right[own], photographs[own])
        taken = _most_often(bench, said[own & ~right])
        rows.append((label, int(own.sum()), part.value, part.low, part.high, taken))
    columns = ("class", "pictures", "right", "from", "to", "most often taken for")
    table = Table("accuracy", "Shares of right answers with 95 % intervals.", columns, tuple(rows))
    if not bench["published"]:
        note = "The published accuracy is that of another network, so it is compared with nothing here."
        return Outcome((table,), notes=(note,))
    percent = replace(all_, value=100 * all_.value, low=100 * all_.low, high=100 * all_.high)
    return Outcome((table,), {"accuracy": percent})


def _most_often(bench: Bench, wrong: np.ndarray) -> str:
    """ "dog, 12 times"; of classes named equally often the first one, and "" where nothing is wrong."""
    counted = Counter(sorted(wrong.tolist())).most_common(1)
    if not counted:
        return ""
    ((index, count),) = counted
    return f"{bench.handle.labels[index]}, {'once' if count == 1 else f'{count} times'}"


def _task(key: str, model: str, name: str, percent: float, layers: tuple[str, str]) -> Task:
    claim = f"{name} is right in {percent:g} % of the test pictures."
    return Task(
        key,
        f"Baseline accuracy of {name}",
        "Every picture is classified once; the table says how often the answer is right.",
        asks(model, layers),
        STAND_IN,
        in_batches,
        answers_of,
        conclude,
        "xai.predict(handle, image, 1)",
        (Published("accuracy", claim, "equal", percent, POINT, f"{percent:g} %", "%"),),
        ("Which classes are mistaken for each other, and why those?",),
        lambda bench, step: float(len(numbers_in(step))),
    )


TASKS = (
    _task("1a", "resnet18_cifar10", "ResNet-18", 92.0, ("layer3", "layer4")),
    _task("1b", "resnet20_cifar10", "ResNet-20", 91.7, ("layer2", "layer3")),
    _task("1c", "resnet56_cifar10", "ResNet-56", 93.4, ("layer2", "layer3")),
)
