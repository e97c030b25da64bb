"""Labels with boxes: PASCAL VOC and ILSVRC, COCO, NIH ChestX-ray14."""

from __future__ import annotations

import csv
import json
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from ..inputs.images import PICTURES
from ..inputs.wordnet import class_of
from ..types import Box, InputError
from .example import Dataset, Example, class_named, dataset

NAMED = 3  # files that a note names


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
        size = (width, height) if width and height else None
        found.append(Example(picture.name, str(picture), name, (target,), boxes, size))
    notes = (_left_out("cannot be read", broken), _left_out("have no picture or no object", missing))
    return replace(dataset(annotations.parent.name, found, annotations), notes=tuple(filter(None, notes)))


# broken XML, an unknown encoding, no file any more; an object without a box, or words for numbers
_UNREADABLE = (ElementTree.ParseError, LookupError, OSError, AttributeError, TypeError, ValueError)


def _left_out(why: str, names: list[str]) -> str:
    listed = ", ".join(names[:NAMED]) + (", ..." if len(names) > NAMED else ".")
    return f"{len(names)} annotations {why} and are left out: {listed}" if names else ""


def _voc_box(node: ElementTree.Element) -> Box:
    sides = ("xmin", "ymin", "xmax", "ymax")
    x0, y0, x1, y1 = (float(node.findtext(f"bndbox/{side}", "")) for side in sides)
    return Box(node.findtext("name", ""), x0, y0, x1, y1)


def coco(file: Path, images: Path, classes: Mapping[str, int]) -> Dataset:
    """COCO's instances JSON: boxes are x, y, width, height. The class of a picture is that of its largest
    box; the boxes are those of that class."""
    try:
        data = json.loads(file.read_text())
        names = {c["id"]: c["name"] for c in data["categories"]}
        by_image: dict[int, list[tuple[str, list[float]]]] = {}
        for note in data["annotations"]:
            by_image.setdefault(note["image_id"], []).append((names[note["category_id"]], note["bbox"]))
        pictures = data["images"]
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{file.name} is no COCO file of instances: {error}.") from error
    found = []
    for picture in sorted(pictures, key=lambda p: p["file_name"]):
        place, objects = images / picture["file_name"], by_image.get(picture["id"], [])
        if place.is_file() and objects:
            name = max(objects, key=lambda o: o[1][2] * o[1][3])[0]
            boxes = tuple(Box(name, x, y, x + w, y + h) for label, (x, y, w, h) in objects if label == name)
            size = (picture["width"], picture["height"]) if "width" in picture else None
            found.append(Example(place.name, str(place), name, (class_named(name, classes),), boxes, size))
    return dataset(file.stem, found, file)


def nih(file: Path, images: Path, classes: Mapping[str, int]) -> Dataset:
    """NIH ChestX-ray14's BBox_List_2017.csv: one finding and box a row, in pictures of 1024 x 1024."""
    found = []
    for picture, finding, x, y, w, h in _nih_rows(file):
        place = next((p for p in (images / picture, images / "images" / picture) if p.is_file()), None)
        if place is not None:
            name = {"Infiltrate": "Infiltration"}.get(finding, finding)
            box = (Box(name, x, y, x + w, y + h),)
            targets = (class_named(name, classes),)
            found.append(Example(f"{picture}, {name}", str(place), name, targets, box, (1024, 1024)))
    return dataset(file.stem, found, file)


def _nih_rows(file: Path) -> list[tuple[str, str, float, float, float, float]]:
    """Picture, finding, x, y, w, h of each row."""
    rows = []
    try:
        with file.open(newline="") as handle:
            for row in csv.reader(handle):
                if len(row) >= 6 and row[0] != "Image Index":
                    x, y, w, h = (float(value) for value in row[2:6])
                    rows.append((row[0], row[1], x, y, w, h))
    except (ValueError, csv.Error) as error:  # no text, or words for numbers
        raise InputError(f"{file.name} cannot be read as a list of boxes: {error}.") from error
    return rows


def _beside(images: Path, stated: str, stem: str) -> Path | None:
    names = [images / stated] if stated else []
    names += [images / f"{stem}{suffix}" for suffix in PICTURES]
    return next((place for place in names if place.is_file()), None)
