"""Sets of pictures whose objects have boxes: ILSVRC's validation pictures, ChestX-ray14, and mosaics."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from ..datasets import Example, nih, open_dataset, voc
from ..inputs.samples import mosaic, samples
from ..inputs.wordnet import name_of
from ..models.chest import LABELS as FINDINGS

LAYOUT = Path("CLS-LOC") / "val"  # below Data and Annotations, as ILSVRC is published
CLASSES = 1000  # of ImageNet
CLASS_MAP = "classes.csv"
BOXES = "BBox_List_2017.csv"


def in_pairs(folder: Path) -> tuple[Example, ...]:
    """Each shipped picture of a known class once, beside the next one, with the box of its half: no two
    examples explain the same photograph."""
    known = [key for key, one in samples().items() if one.package and one.classes]
    found = []
    for place, key in enumerate(known):
        pair = (key, known[(place + 1) % len(known)])
        label = samples()[key].label
        name = f"{label}, beside {samples()[pair[1]].label}"
        found.append(Example(name, "+".join(pair), label, samples()[key].classes, mosaic(pair).boxes[:1]))
    return tuple(found)


def with_boxes(folder: Path) -> tuple[Example, ...] | None:
    """The folder ILSVRC, or ilsvrc, in the layout in which it is published, or with one folder of pictures
    and one of XML files. A file classes.csv in it says which class of ImageNet a name is that has no WordNet
    id. None where there is no such folder; raises InputError for one that cannot be read."""
    home = next((folder / name for name in ("ILSVRC", "ilsvrc") if (folder / name).is_dir()), None)
    if home is None:
        return None
    stamps = [path.stat().st_mtime_ns for path in (home, home / "Annotations" / LAYOUT) if path.is_dir()]
    return _read(home, tuple(stamps))


@lru_cache(maxsize=4)
def _read(home: Path, stamps: tuple[int, ...]) -> tuple[Example, ...]:
    """The examples of a folder; fifty thousand files are not read twice while it has not changed."""
    notes = home / "Annotations" / LAYOUT
    if notes.is_dir():
        return voc(home / "Data" / LAYOUT, notes, {}).examples
    own = home / CLASS_MAP
    labels = [name_of(index) for index in range(CLASSES)]
    return open_dataset(home, labels, own if own.is_file() else None).examples


def chest(folder: Path) -> tuple[Example, ...] | None:
    """The pictures of NIH's list of boxes that lie beside it; None without the list or any picture."""
    places = (folder / BOXES, folder / "chestxray14" / BOXES)
    file = next((place for place in places if place.is_file()), None)
    if file is None or not (file.parent / "images").is_dir():
        return None
    classes = {label.lower(): index for index, label in enumerate(FINDINGS)}
    return nih(file, file.parent / "images", classes).examples
