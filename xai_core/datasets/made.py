"""Sets that need no data: mosaics with known boxes, corrupted samples, and drawn shapes with known masks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

from ..inputs import corruptions, shapes
from ..inputs.samples import mosaic, samples
from .example import Dataset, Example, class_named

DRAWN = 500  # examples of a set of drawn pictures


def mosaics() -> Dataset:
    """Every pair of samples of which a class is known, side by side, once for each of the two: boxes without
    any data."""
    known = [key for key, sample in samples().items() if sample.package and sample.classes]
    found = []
    for pair in combinations(known, 2):
        boxes = mosaic(pair).boxes
        for key, box in zip(pair, boxes, strict=True):
            label = samples()[key].label
            name = f"{label} in {' and '.join(samples()[k].label for k in pair)}"
            found.append(Example(name, "+".join(pair), label, samples()[key].classes, (box,)))
    return Dataset("mosaics", tuple(found))


def corrupted(strengths: Sequence[int] = (1, 2, 3, 4, 5)) -> Dataset:
    """The samples of which a class is known, as they are and under each corruption and strength."""
    found = []
    for key, sample in samples().items():
        if not sample.package or not sample.classes:
            continue
        found.append(Example(sample.label, key, sample.label, sample.classes))
        for kind in corruptions.KINDS:
            found += [
                Example(
                    f"{sample.label}, {kind} {s}",
                    key,
                    sample.label,
                    sample.classes,
                    corruption=kind,
                    strength=s,
                )
                for s in strengths
            ]
    return Dataset("corruptions", tuple(found))


def drawn_shapes(classes: Mapping[str, int], objects: int = 1, count: int = DRAWN) -> Dataset:
    """`count` examples of drawn pictures with one filled shape each, or half as many pictures with two, each
    once for each of its two classes; the box is that of the class. Raises InputError for a model without
    these classes."""
    found = []
    for number in range(count // objects):
        key = shapes.key_of(number, objects)
        boxes = shapes.boxes_in(key)
        for box in boxes:
            name = f"{box.label} in {shapes.drawn_name(key, tuple(b.label for b in boxes))}"
            target = (class_named(box.label, classes),)
            found.append(Example(name, key, box.label, target, (box,), (shapes.SIDE, shapes.SIDE)))
    return Dataset("shapes" if objects == 1 else "shape_pairs", tuple(found))
