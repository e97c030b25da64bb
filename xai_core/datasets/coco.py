"""COCO's instances: one JSON for all pictures, whose entries are read one by one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..types import Box, InputError
from .boxes import FARTHEST, begins_in, box_of, is_file, left_out, log, noted
from .example import Dataset, Example, class_named


def coco(file: Path, images: Path, classes: Mapping[str, int]) -> Dataset:
    """COCO's instances JSON: boxes are x, y, width, height. The class of a picture is that of its largest
    box; the boxes are those of that class. Pictures and annotations that cannot be used are counted in the
    notes. Raises InputError for a file that is no such JSON."""
    pictures, annotations, categories = _instances(file)
    names = {one.get("id"): one.get("name") for one in categories if _is_id(one.get("id"))}
    by_image: dict[object, list[tuple[int, Box]]] = {}
    bad_boxes, bad_pictures, found = [], [], []
    for number, note in enumerate(annotations, 1):
        box = _coco_box(note, names)
        if box is None:
            bad_boxes.append(number)
        else:
            by_image.setdefault(note["image_id"], []).append((number, box))
    for number, picture in enumerate(pictures, 1):
        name, size = picture.get("file_name"), _coco_size(picture)
        if not isinstance(name, str) or not _is_id(picture.get("id")) or size == ():
            bad_pictures.append(number)
            continue
        place, objects = images / name, by_image.get(picture["id"], [])
        bad_boxes += [at for at, box in objects if size and not begins_in(box, size)]
        inside = [box for _, box in objects if not size or begins_in(box, size)]
        if inside and is_file(place):
            label = max(inside, key=_area).label
            boxes = tuple(box for box in inside if box.label == label)
            targets = (class_named(label, classes),)
            found.append((name, Example(place.name, str(place), label, targets, boxes, size or None)))
    found.sort(key=lambda one: one[0])
    numbered = {"annotations": bad_boxes, "pictures": bad_pictures}
    notes = tuple(
        left_out("cannot be used", [f"number {number}" for number in sorted(bad)], things)
        for things, bad in numbered.items()
    )
    return noted(file, [one for _, one in found], notes)


def _instances(file: Path) -> tuple[list[Any], list[Any], list[Any]]:
    """The lists of pictures, annotations and categories of a COCO file, whose entries are all objects."""
    try:
        data = json.loads(file.read_bytes())
        lists = tuple(data[name] for name in ("images", "annotations", "categories"))
        if not all(isinstance(one, list) for one in lists):
            raise TypeError("images, annotations and categories are no lists")
    except (OSError, ValueError, LookupError, TypeError, RecursionError) as error:
        log.info("%s is no COCO file: %s", file, error)
        raise InputError(
            f"{file.name} is no COCO file of instances, which is JSON with the lists images, annotations and "
            "categories."
        ) from error
    pictures, annotations, categories = (
        [entry if isinstance(entry, dict) else {} for entry in one] for one in lists
    )
    return pictures, annotations, categories


def _is_id(value: object) -> bool:
    return isinstance(value, (int, str)) and not isinstance(value, bool)


def _coco_box(note: Mapping[str, Any], names: Mapping[Any, Any]) -> Box | None:
    """The box of an annotation; None where it has none that can be used, or names no category."""
    image, category, sides = (note.get(key) for key in ("image_id", "category_id", "bbox"))
    label = names.get(category) if _is_id(category) else None
    if not _is_id(image) or not isinstance(label, str) or not isinstance(sides, list) or len(sides) != 4:
        return None
    if not all(isinstance(side, (int, float)) and not isinstance(side, bool) for side in sides):
        return None
    return box_of(label, *sides)


def _coco_size(picture: Mapping[str, Any]) -> tuple[int, int] | tuple[()] | None:
    """Width and height that a picture states; None where it states none, () where they are none."""
    width, height = picture.get("width"), picture.get("height")
    if width is None and height is None:
        return None
    if isinstance(width, int) and isinstance(height, int):
        return (width, height) if min(width, height) > 0 and max(width, height) <= FARTHEST else ()
    return ()


def _area(box: Box) -> float:
    return (box.x1 - box.x0) * (box.y1 - box.y0)
