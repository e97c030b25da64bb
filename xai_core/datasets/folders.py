"""Labels from where a picture lies, what it is called, or the file of many that it is in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from ..inputs.wordnet import class_of, name_of
from . import cifar10
from .example import Dataset, Example, class_named, dataset, pictures


def labelled_folder(path: Path, classes: Mapping[str, int]) -> Dataset:
    """One subfolder a class, named as the model's class, by the class map, or by a WordNet id, which the
    class's name takes the place of."""
    found = []
    for folder in sorted(child for child in path.iterdir() if child.is_dir()):
        files = pictures(folder)
        if files:
            by_id = class_of(folder.name)
            target = by_id if by_id is not None else class_named(folder.name, classes)
            label = name_of(by_id) if by_id is not None else folder.name
            found += [Example(f"{folder.name}/{f.name}", str(f), label, (target,)) for f in files]
    return dataset(path.name, found, path)


def wordnet_folder(path: Path) -> Dataset:
    """Files whose names begin with WordNet ids, labelled by the class's name; others have no class and are
    left out."""
    files = pictures(path)
    known = [(f, index) for f in files if (index := class_of(f.name)) is not None]
    names = {index: name_of(index) for index in {index for _, index in known}}
    found = [Example(f.name, str(f), names[index], (index,)) for f, index in known]
    left = len(files) - len(found)
    notes = (f"{left} pictures carry no WordNet id and are left out.",) if left else ()
    return replace(dataset(path.name, found, path), notes=notes)


def cifar10_test(folder: Path, classes: Mapping[str, int]) -> Dataset:
    """CIFAR-10's 10,000 test pictures, `folder` the one around cifar-10-batches-bin or its archive."""
    batch = cifar10.test_batch(folder)
    targets = [class_named(name, classes) for name in batch.classes]
    return Dataset(
        "cifar10",
        tuple(
            Example(f"{n:05d} {batch.classes[k]}", cifar10.source(folder, n), batch.classes[k], (targets[k],))
            for n, k in enumerate(batch.targets)
        ),
    )
