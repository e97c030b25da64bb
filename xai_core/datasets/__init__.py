"""Labelled pictures from anywhere: folders, boxes in VOC, COCO or NIH form, and sets that need no data.

    open_dataset(source, labels, class_map) -> Dataset of Examples

`source` is a folder (one subfolder a class, or names that begin with WordNet ids; with annotations beside it
the boxes too; or CIFAR-10's binary version), a COCO JSON, the NIH box list, "mosaics", "corruptions",
"shapes" or "shape_pairs" (drawn, for models with these classes), or "cifar10", which is fetched into
XAI_DATA_DIR, else the user's cache, where it is not there. A class map, a CSV of two columns or
"kangaroo=104,cat=281", says which class of the model a name of the dataset is; names that are classes of the
model need none. Pictures are read one at a time, when asked for."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..types import InputError
from . import cifar10
from .boxes import nih, voc
from .coco import coco
from .example import Dataset, Example
from .folders import cifar10_test, labelled_folder, wordnet_folder
from .made import corrupted, drawn_shapes, mosaics

__all__ = [
    "Dataset",
    "Example",
    "cifar10_test",
    "coco",
    "corrupted",
    "drawn_shapes",
    "labelled_folder",
    "mosaics",
    "nih",
    "open_dataset",
    "voc",
    "wordnet_folder",
]

ANNOTATIONS = ("annots", "annotations", "Annotations", "xml")
IMAGES = ("images", "JPEGImages", "Data")
IMAGENET = 1000  # classes
MADE = {"mosaics": mosaics, "corruptions": corrupted}
DRAWN = {"shapes": 1, "shape_pairs": 2}  # filled shapes in each picture


def open_dataset(
    source: str | Path, labels: Sequence[str], class_map: str | Path | Mapping[str, int] | None = None
) -> Dataset:
    """The dataset that lies at `source`. `labels` are the model's class names. Raises InputError where there
    is none, or where a name has no class."""
    table = _class_map(class_map, labels)
    if str(source) in MADE:
        if len(labels) < IMAGENET:
            raise InputError(
                f"The {source} are labelled with classes of ImageNet, and this network has {len(labels)} "
                "others; name a folder of labelled pictures."
            )
        return MADE[str(source)]()
    if str(source) in DRAWN:
        return drawn_shapes(table, DRAWN[str(source)])
    path = Path(source).expanduser()
    if str(source) == "cifar10" and not path.exists():
        return cifar10_test(cifar10.fetched(), table)
    if path.suffix.lower() == ".json" and path.is_file():
        return coco(path, path.parent, table)
    if path.suffix.lower() == ".csv" and path.is_file():
        return nih(path, path.parent, table)
    if not path.is_dir():
        raise InputError(f"There is no folder {str(source)!r}.")
    kept = cifar10.home_of(path)
    if kept is not None:
        return cifar10_test(kept, table)
    notes = next((path / name for name in ANNOTATIONS if (path / name).is_dir()), None)
    if notes is not None:
        return voc(next((path / name for name in IMAGES if (path / name).is_dir()), path), notes, table)
    if any(child.is_dir() for child in path.iterdir()):
        return labelled_folder(path, table)
    return wordnet_folder(path)


def _class_map(given: str | Path | Mapping[str, int] | None, labels: Sequence[str]) -> dict[str, int]:
    """The model's own names, and over them those of the map."""
    table = {label.lower(): index for index, label in reversed(list(enumerate(labels)))}
    if given is None:
        return table
    pairs: Mapping[str, object] = (
        given
        if isinstance(given, Mapping)
        else {row[0].strip(): row[1].strip() for row in _pairs(given) if len(row) >= 2}
    )
    for name, value in pairs.items():
        index = table.get(str(value).lower(), -1) if not str(value).isdigit() else int(str(value))
        if 0 <= index < len(labels):
            table[name.lower()] = index
        elif name.lower() not in ("name", "class", "label"):  # a header
            raise InputError(
                f"The class map gives {name!r} the class {value!r}, which the model does not have."
            )
    return table


def _pairs(given: str | Path) -> list[list[str]]:
    """The rows of a file, or name=class,name=class."""
    if Path(given).is_file():
        try:
            with Path(given).open(newline="") as handle:
                return list(csv.reader(handle))
        except (UnicodeDecodeError, csv.Error) as error:
            raise InputError(f"The class map {str(given)!r} cannot be read as CSV: {error}.") from error
    pairs = [pair.split("=") for pair in str(given).split(",")]
    if any(len(pair) != 2 for pair in pairs):
        raise InputError(f"There is no class map {str(given)!r}; accepted is a CSV or kangaroo=104,cat=281.")
    return pairs
