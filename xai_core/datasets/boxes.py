"""Labels with boxes: PASCAL VOC and ILSVRC, NIH ChestX-ray14; what a box is, for COCO too."""

from __future__ import annotations

import csv
import logging
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from ..inputs.images import PICTURES
from ..inputs.wordnet import class_of
from ..types import Box, InputError
from .example import Dataset, Example, class_named, dataset

NAMED = 3  # files that a note names
FARTHEST = 1_000_000  # pixels that a box may lie from a picture's corner; no picture has such a side
NIH_SIDE = 1024
log = logging.getLogger(__name__)


def voc(images: Path, annotations: Path, classes: Mapping[str, int]) -> Dataset:
    """PASCAL VOC or ILSVRC XML, one file a picture. The class is that of the first object; the boxes are
    those of all objects of that class. Files that cannot be used are named in the notes."""
    found, missing, broken = [], [], []
    for file in sorted(annotations.glob("*.xml")):
        try:
            root = ElementTree.parse(file).getroot()
            objects = [(o.findtext("name", ""), _voc_box(o)) for o in root.iter("object")]
            width, height = (int(root.findtext(f"size/{side}", "0")) for side in ("width", "height"))
        except _UNREADABLE:
            broken.append(file.name)
            continue
        picture = _beside(images, root.findtext("filename", ""), file.stem)
        if picture is None or not objects:
            missing.append(file.name)
            continue
        name = objects[0][0]
        by_id = class_of(name)
        target = by_id if by_id is not None else class_named(name, classes)
        boxes = tuple(box for label, box in objects if label == name)
        size = (width, height) if width > 0 and height > 0 else None
        found.append(Example(picture.name, str(picture), name, (target,), boxes, size))
    notes = (left_out("cannot be read", broken), left_out("have no picture or no object", missing))
    return replace(dataset(annotations.parent.name, found, annotations), notes=tuple(filter(None, notes)))


# broken XML, an unknown encoding, no file any more; an object without a box, or words for numbers
_UNREADABLE = (ElementTree.ParseError, LookupError, OSError, AttributeError, TypeError, ValueError)


def left_out(why: str, names: list[str], things: str = "annotations") -> str:
    """The note: "2 annotations `why` and are left out: a.xml, b.xml."; nothing where there are none."""
    listed = ", ".join(names[:NAMED]) + (", ..." if len(names) > NAMED else ".")
    if len(names) == 1:
        return f"1 {things.removesuffix('s')} {why.replace('have', 'has')} and is left out: {listed}"
    return f"{len(names)} {things} {why} and are left out: {listed}" if names else ""


def _voc_box(node: ElementTree.Element) -> Box:
    sides = ("xmin", "ymin", "xmax", "ymax")
    x0, y0, x1, y1 = (float(node.findtext(f"bndbox/{side}", "")) for side in sides)
    box = Box(node.findtext("name", ""), x0, y0, x1, y1)
    if not _is_box(box):
        raise ValueError(f"{box} is no box")
    return box


def noted(file: Path, found: list[Example], notes: tuple[str, ...]) -> Dataset:
    """The set of an annotation file, with the notes that say something."""
    return replace(dataset(file.stem, found, file, notes), notes=tuple(filter(None, notes)))


def box_of(label: str, x: float, y: float, width: float, height: float) -> Box | None:
    """The box; None for one without an area, and for one that lies nowhere in a picture."""
    with suppress(OverflowError):  # a whole number that no float can hold
        box = Box(label, float(x), float(y), float(x) + float(width), float(y) + float(height))
        return box if _is_box(box) else None
    return None


def _is_box(box: Box) -> bool:
    """Whether it has an area, some of which may lie in a picture. (NaN is smaller than nothing.)"""
    spans = (box.x0, box.x1), (box.y0, box.y1)
    return all(-FARTHEST <= low < high <= FARTHEST and high > 0 for low, high in spans)


def begins_in(box: Box, size: tuple[int, int]) -> bool:
    """Whether it begins left of the right edge of a picture of that width and height, and above its lower
    edge."""
    return box.x0 < size[0] and box.y0 < size[1]


def nih(file: Path, images: Path, classes: Mapping[str, int]) -> Dataset:
    """NIH ChestX-ray14's BBox_List_2017.csv: one finding and box a row, in pictures of 1024 x 1024. Rows that
    cannot be used are counted in the notes. Raises InputError for a file that is no such table."""
    found, broken = [], []
    for line, row in _nih_rows(file):
        box = _nih_box(row)
        if box is None:
            broken.append(f"line {line}")
            continue
        picture = row[0]
        place = next((p for p in (images / picture, images / "images" / picture) if is_file(p)), None)
        if place is not None:
            name, targets = box.label, (class_named(box.label, classes),)
            found.append(Example(f"{picture}, {name}", str(place), name, targets, (box,), (NIH_SIDE,) * 2))
    return noted(file, found, (left_out("cannot be used", broken, "rows"),))


def _nih_rows(file: Path) -> list[tuple[int, list[str]]]:
    """The rows below the header, each with the number of its line."""
    try:
        with file.open(newline="", encoding="utf-8-sig") as handle:
            reader = csv.reader(handle)
            rows = [(reader.line_num, row) for row in reader if row and row[0] != "Image Index"]
    except (OSError, ValueError, csv.Error) as error:  # no text, or a field without an end
        log.info("%s is no list of boxes: %s", file, error)
        raise InputError(
            f"{file.name} cannot be read as a list of boxes, which is CSV in UTF-8 with the columns picture, "
            "finding, x, y, width and height."
        ) from error
    return rows


def _nih_box(row: list[str]) -> Box | None:
    """The box of a row; None for one that is none, or does not lie in the picture."""
    try:
        x, y, width, height = (float(value) for value in row[2:6])
    except ValueError:  # too few, or words
        return None
    box = box_of({"Infiltrate": "Infiltration"}.get(row[1], row[1]), x, y, width, height)
    return box if box is not None and begins_in(box, (NIH_SIDE, NIH_SIDE)) else None


def is_file(place: Path) -> bool:
    """Whether there is such a file; what is too long for a name, or cannot be one, is none."""
    try:
        return place.is_file()
    except (OSError, ValueError):
        return False


def _beside(images: Path, stated: str, stem: str) -> Path | None:
    names = [images / stated] if stated else []
    names += [images / f"{stem}{written}" for suffix in PICTURES for written in (suffix, suffix.upper())]
    return next((place for place in names if is_file(place)), None)
