"""Sets of pictures by name, one line in SETS each: what must lie in the folder of the data, how it is read.

A set lies in that folder, or in the folders inside it, under the name of its file. What is made of shipped
pictures is always here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..datasets import Example, cifar10, corrupted, drawn_shapes, open_dataset
from ..inputs import shapes
from ..inputs.images import PICTURES
from ..inputs.samples import mosaic, sample_path, samples
from ..inputs.wordnet import class_of
from ..models.cifar import LABELS as CIFAR10
from ..types import Box, InputError
from .boxed_sets import chest, in_pairs, with_boxes

DRAWN = 20  # pictures of shapes
PROBING = 500  # pictures of a probing set, all of which are kept in memory
Finder = Callable[[Path], tuple[Example, ...] | None]


@dataclass(frozen=True)
class PictureSet:
    """Pictures by name: `file` is what must lie in the folder of the data, `megabytes` its size (None where
    it is a person's own), `find` gives the pictures, None where they are not here."""

    key: str
    label: str
    file: str
    megabytes: float | None
    find: Finder


def find_set(key: str) -> PictureSet:
    """The set of pictures of that key; raises InputError for any other."""
    if key not in SETS:
        raise InputError(f"There is no set of pictures {key!r}; there are {', '.join(SETS)}.")
    return SETS[key]


def _shipped(folder: Path) -> tuple[Example, ...]:
    """The pictures that come with packages; those without a class of ImageNet are explained for what the
    network says."""
    return tuple(
        Example(one.label, key, one.label, one.classes) for key, one in samples().items() if one.package
    )


def _ten(folder: Path) -> tuple[Example, ...] | None:
    found = []
    for key, one in samples().items():
        if one.package:
            continue
        path = _in(folder, one.file) or sample_path(key, fetch=False)
        if path is None:
            return None
        found.append(Example(one.label, str(path), one.label, one.classes))
    return tuple(found)


def _single(file: str, label: str, targets: tuple[int, ...], boxes: tuple[Box, ...] = ()) -> Finder:
    """The finder of one file."""

    def find(folder: Path) -> tuple[Example, ...] | None:
        path = _in(folder, file)
        return None if path is None else (Example(label, str(path), label, targets, boxes),)

    return find


def _sample(*keys: str) -> Finder:
    """The finder of one sample, or of a mosaic of several, which are always here."""

    def find(folder: Path) -> tuple[Example, ...]:
        boxes = mosaic(keys).boxes if len(keys) > 1 else ()
        label = " and ".join(samples()[key].label for key in keys)
        return (Example(label, "+".join(keys), label, samples()[keys[0]].classes, boxes),)

    return find


def _labelled(*names: str) -> Finder:
    """The finder of a folder of one of the names, of pictures with WordNet ids in their names."""

    def find(folder: Path) -> tuple[Example, ...] | None:
        for path in (place / name for place in (folder, *_folders(folder)) for name in names):
            if path.is_dir() and any(class_of(file.name) is not None for file in path.iterdir()):
                return open_dataset(path, ()).examples
        return None

    return find


def _spread(name: str, most: int) -> Finder:
    """The finder of the pictures of a folder of that name, and of the folders in it: at most so many of them,
    evenly spaced by name."""

    def find(folder: Path) -> tuple[Example, ...] | None:
        for path in (place / name for place in (folder, *_folders(folder))):
            files = sorted(file for file in path.rglob("*") if file.suffix.lower() in PICTURES)
            if files:
                count = min(most, len(files))
                chosen = [files[n * len(files) // count] for n in range(count)]
                return tuple(Example(str(f.relative_to(path)), str(f), f.parent.name, ()) for f in chosen)
        return None

    return find


def _shapes(folder: Path) -> tuple[Example, ...]:
    classes = {label: index for index, label in enumerate(shapes.LABELS)}
    return drawn_shapes(classes, count=DRAWN).examples


def _cifar10(folder: Path) -> tuple[Example, ...] | None:
    """The binary version, or pictures in a folder for each of the ten classes."""
    places = (folder, *_folders(folder))
    home = next((found for place in places if (found := cifar10.home_of(place)) is not None), None)
    if home is not None:
        return open_dataset(home, cifar10.test_batch(home).classes).examples
    for place in places:
        if all((place / name).is_dir() for name in CIFAR10):
            return _by_turns(open_dataset(place, CIFAR10).examples)
    return None


def _corrupted(folder: Path) -> tuple[Example, ...]:
    return _by_turns(corrupted().examples)


def _by_turns(examples: Sequence[Example]) -> tuple[Example, ...]:
    """One example of each label, then the next of each, so that the first ones show every label."""
    seen, turns = dict[str, int](), list[tuple[int, Example]]()
    for example in examples:
        seen[example.label] = seen.get(example.label, 0) + 1
        turns.append((seen[example.label], example))
    return tuple(example for _, example in sorted(turns, key=lambda turn: turn[0]))


def _in(folder: Path, file: str) -> Path | None:
    """The file in the folder, or in one of those inside it."""
    places = (folder / file, *(child / file for child in _folders(folder)))
    return next((place for place in places if place.is_file()), None)


def _folders(folder: Path) -> list[Path]:
    """The folders inside a folder, and those inside them."""
    if not folder.is_dir():
        return []
    inside = sorted(child for child in folder.iterdir() if child.is_dir())
    return inside + [below for child in inside for below in sorted(child.iterdir()) if below.is_dir()]


DOG_AND_CAT = (  # drawn by hand around the two animals of dog_cat.png, in its 224 x 224 pixels
    Box("bull mastiff", 72, 12, 172, 144),
    Box("tiger cat", 36, 120, 206, 222),
)
SETS: dict[str, PictureSet] = {
    one.key: one
    for one in (
        PictureSet("shipped", "ten pictures that come with packages", "", None, _shipped),
        PictureSet("coffee", "the photograph of a cup of coffee", "", None, _sample("coffee")),
        PictureSet(
            "coffee_and_cat", "a mosaic of a cup of coffee and a cat", "", None, _sample("coffee", "chelsea")
        ),
        PictureSet("corrupted", "five photographs and their corruptions", "", None, _corrupted),
        PictureSet("shapes", "drawn shapes", "", None, _shapes),
        PictureSet("ten", "ten photographs of ImageNet", "its ten .JPEG files", 1.2, _ten),
        PictureSet(
            "dog_cat",
            "The picture of a bull mastiff and a tiger cat",
            "dog_cat.png",
            0.1,
            _single("dog_cat.png", "Bull mastiff and tiger cat", (243, 282), DOG_AND_CAT),
        ),
        PictureSet(
            "granny_smith",
            "The photograph of a Granny Smith",
            "n07742313_Granny_Smith.jpg",
            0.1,
            _single("n07742313_Granny_Smith.jpg", "Granny Smith", (948,)),
        ),
        PictureSet(
            "imagenet50",
            "shap's fifty photographs of ImageNet",
            "the folder imagenet50",
            4,
            _labelled("imagenet50", "shap_imagenet50"),
        ),
        PictureSet(
            "probing",
            "A probing set (the pictures of Broden, or ImageNet's validation set)",
            "the folder probing",
            None,
            _spread("probing", PROBING),
        ),
        PictureSet("cifar10", "CIFAR-10's test set", cifar10.ARCHIVE, cifar10.MEGABYTES, _cifar10),
        PictureSet("pairs", "mosaics of two of five shipped pictures", "", None, in_pairs),
        PictureSet(
            "ilsvrc",
            "ILSVRC's validation pictures with their boxes",
            "the folder ILSVRC with Data/CLS-LOC/val and Annotations/CLS-LOC/val",
            6_300,
            with_boxes,
        ),
        PictureSet(
            "chestxray14",
            "ChestX-ray14's pictures with boxes",
            "BBox_List_2017.csv and beside it the folder images",
            400,
            chest,
        ),
    )
}
